"""One module a page, each with a `router`. A new page: its module, and its name here (docs/board.md)."""

from fastapi import APIRouter

from tracker.web.pages import api, lists, notice, preparation, project, results, sources, today, triage

ROUTERS: tuple[APIRouter, ...] = tuple(
    module.router for module in (today, lists, triage, project, preparation, notice, results, sources, api)
)
