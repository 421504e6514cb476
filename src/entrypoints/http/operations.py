"""For operators and load balancers: is the process alive, and is it ready?"""

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

from domain.operations.model import Finding
from entrypoints.http.context import services, settings

bp = Blueprint("operations", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return {"status": "ok"}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Whether everything that has to be right is right; what is not, in words."""
    findings = [probe.check() for probe in services().probes] + [_scheduler()]
    ready = all(finding.ok for finding in findings)
    checks = {
        one.name: {"ok": True} if one.ok else {"ok": False, "cause": one.cause, "mend": one.mend}
        for one in findings
    }
    return {"status": "ready" if ready else "not_ready", "checks": checks}, 200 if ready else 503


def _scheduler() -> Finding:
    scheduler = current_app.extensions.get("portside_scheduler")
    if scheduler is None and settings().scheduler:
        return Finding(
            "scheduler", False, "the scheduler was not started", "start Portside with `portside serve`"
        )
    if scheduler is not None and not scheduler.running:
        return Finding("scheduler", False, "the scheduler has stopped", "restart this process")
    return Finding("scheduler", True)
