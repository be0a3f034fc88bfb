"""Answers without a log-in, for monitoring. None of them shows a name."""

from __future__ import annotations

import asyncio
from datetime import datetime
from types import MappingProxyType
from typing import Final

from fastapi import APIRouter, Request, Response

from securos_trigger.console.access import console
from securos_trigger.errors import SecurosTriggerError
from securos_trigger.operations.service_report import ServiceReport, Verdict
from securos_trigger.operations.status import service_status

router = APIRouter(tags=["probes"])
#: After this long without an answer, a probe says that the service does not answer.
ANSWERED_WITHIN_S: Final = 4.0
_SILENT: Final = ServiceReport(Verdict.TROUBLE, (), {}, has_answered=False)
_REASONS: Final = MappingProxyType(
    {
        Verdict.HEALTHY: "",
        Verdict.TROUBLE: "A person must act: `securos-trigger status CONFIG` says what to do.",
        Verdict.STARTING: "The service starts.",
        Verdict.NOT_RUNNING: "The service does not run.",
    }
)


@router.get("/healthz")
async def healthz() -> dict[str, bool]:
    """The console runs."""
    return {"ok": True}


@router.get("/readyz", responses={503: {"description": "The service does not run or answer, or a person must act."}})
async def readyz(request: Request, response: Response) -> dict[str, bool | str]:
    """The service runs and is healthy; else the reason why not."""
    report = await _report(request)
    is_healthy = report.verdict is Verdict.HEALTHY
    response.status_code = 200 if is_healthy else 503
    reason = _REASONS[report.verdict] if report.has_answered else "The service does not answer."
    return {"ok": is_healthy, "reason": reason}


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Figures for Prometheus, without names."""
    own, verdict = console(request), (await _report(request)).verdict
    figures = {
        "securos_trigger_console_sessions": own.sessions.count(),
        "securos_trigger_console_pages": own.feed.pages if own.feed is not None else 0,
        "securos_trigger_console_service_running": int(verdict is not Verdict.NOT_RUNNING),
        "securos_trigger_console_service_healthy": int(verdict is Verdict.HEALTHY),
    }
    text = "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in figures.items())
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


async def _report(request: Request) -> ServiceReport:
    """The state of the service: one question for all who ask at the same time, since they need no log-in."""
    own = console(request)

    def now() -> ServiceReport:
        return service_status(own.config, now=datetime.now().astimezone())

    try:
        return await asyncio.wait_for(own.asking.shared("status", now), ANSWERED_WITHIN_S)
    except TimeoutError:
        return _SILENT
    except SecurosTriggerError:
        return ServiceReport(Verdict.NOT_RUNNING, (), {})
