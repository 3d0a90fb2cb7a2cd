"""One module a page, each with a `router`. A new page: its module, and its name here (docs/board.md)."""

from fastapi import APIRouter

from tracker.web.pages import api, lists, results, sources, today, triage

ROUTERS: tuple[APIRouter, ...] = (today.router, lists.router, triage.router, results.router, sources.router, api.router)
