"""One module a page, each with a `router`. A new page: its module, and its name here (docs/board.md)."""

from fastapi import APIRouter

from tracker.web.pages import api, lists, triage

ROUTERS: tuple[APIRouter, ...] = (lists.router, triage.router, api.router)
