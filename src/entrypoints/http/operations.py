"""For operators and load balancers: is the process alive, and is it ready?"""

from datetime import datetime

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue

from domain.acting import in_background
from domain.operations.model import Finding
from entrypoints.http.context import services, settings
from entrypoints.http.shapes import moment

bp = Blueprint("operations", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return {"status": "ok"}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Whether everything that has to be right is right; what is not, in words."""
    with in_background():  # whoever asks: it is the installation's health
        findings = [probe.check() for probe in services().probes] + [_scheduler()]
    ready = all(finding.ok for finding in findings)
    checks = {one.name: _shown(one) for one in findings}
    return {"status": "ready" if ready else "not_ready", "checks": checks}, 200 if ready else 503


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Counts and gauges for Prometheus."""
    with in_background():  # whoever asks: the counts are over all users
        scrape = services().watch.scrape()
    return Response(scrape.text, content_type=scrape.content_type)


def _shown(finding: Finding) -> dict[str, object]:
    shown = {
        name: moment(each) if isinstance(each, datetime) else each for name, each in finding.details.items()
    }
    words = {"cause": finding.cause, "mend": finding.mend} if finding.cause else {}
    return {"ok": finding.ok, **words, **shown}


def _scheduler() -> Finding:
    scheduler = current_app.extensions.get("portside_scheduler")
    if scheduler is None and settings().scheduler:
        return Finding(
            "scheduler", False, "the scheduler was not started", "start Portside with `portside serve`"
        )
    if scheduler is not None and not scheduler.running:
        return Finding("scheduler", False, "the scheduler has stopped", "restart this process")
    return Finding("scheduler", True)
