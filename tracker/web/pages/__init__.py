"""One module a page, each with a `router`. A new page: its module, and its name here (docs/board.md)."""

from fastapi import APIRouter

from tracker.web.pages import (
    api,
    calendar,
    lists,
    notice,
    preparation,
    project,
    results,
    settings,
    sources,
    today,
    triage,
)

ROUTERS: tuple[APIRouter, ...] = tuple(
    module.router
    for module in (today, lists, triage, project, preparation, notice, calendar, sources, results, settings, api)
)
