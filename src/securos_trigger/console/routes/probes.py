"""Answers without a log-in, for monitoring. None of them shows a name."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request, Response

from securos_trigger.console.access import console
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.operations.service_report import Verdict
from securos_trigger.operations.status import service_status

router = APIRouter(tags=["probes"])
_VERDICTS = {Verdict.HEALTHY: 200, Verdict.TROUBLE: 503, Verdict.STARTING: 503, Verdict.NOT_RUNNING: 503}


@router.get("/healthz")
def healthz() -> dict[str, bool]:
    """The console runs."""
    return {"ok": True}


@router.get("/readyz", responses={503: {"description": "The service does not run, or a person must act."}})
def readyz(request: Request, response: Response) -> dict[str, bool]:
    """The service runs and is healthy."""
    verdict = _verdict(request)
    response.status_code = _VERDICTS[verdict]
    return {"ok": verdict is Verdict.HEALTHY}


@router.get("/metrics", response_class=Response)
def metrics(request: Request) -> Response:
    """Figures for Prometheus, without names."""
    own, verdict = console(request), _verdict(request)
    figures = {
        "securos_trigger_console_sessions": own.sessions.count(),
        "securos_trigger_console_pages": own.feed.pages if own.feed is not None else 0,
        "securos_trigger_console_service_running": int(verdict is not Verdict.NOT_RUNNING),
        "securos_trigger_console_service_healthy": int(verdict is Verdict.HEALTHY),
    }
    text = "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in figures.items())
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _verdict(request: Request) -> Verdict:
    try:
        return service_status(console(request).config, now=datetime.now().astimezone()).verdict
    except SecurosTriggerError:
        return Verdict.NOT_RUNNING
