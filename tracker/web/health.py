"""`/health`: 200 while the service does its work, 503 where it does not; without login, without secrets."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from crawler.clock import now
from tracker.service.health import health_of
from tracker.web.roles import Signed

router = APIRouter()


@router.get("/health")
def health(request: Request, who: Signed) -> Response:
    found = health_of(request.app.state.engine, now())
    return JSONResponse(found.report, 503 if found.status == "down" else 200)
