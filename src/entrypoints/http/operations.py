"""For operators and load balancers: is the process alive, and is it ready?"""

from datetime import datetime
from typing import Literal, NotRequired, cast

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue

from domain.acting import in_background
from domain.operations.model import Finding
from entrypoints.http.answer_types import Answer, When
from entrypoints.http.context import services, settings
from entrypoints.http.described import TEXT, Access, described, gives, written
from entrypoints.http.shapes import moment

bp = Blueprint("operations", __name__)

_TAG = "Operations"


class HealthAnswer(Answer):
    """A sign of life."""

    status: Literal["ok"]


class CheckAnswer(Answer):
    """One thing that has to be right."""

    ok: bool
    """True with a ``cause`` is a warning: something will go wrong unless somebody mends it in time."""
    cause: NotRequired[str]
    mend: NotRequired[str]
    days_left: NotRequired[int]
    """Of ``client_secret``."""
    expires_at: NotRequired[When]
    """Of ``client_secret``."""
    estimated: NotRequired[str]
    """Of ``client_secret``, where Amazon has not said when it expires: how that was estimated."""
    keys: NotRequired[int]
    """Of ``identity_provider``: how many of its keys are held."""


class ReadinessAnswer(Answer):
    """Whether everything that has to be right is right."""

    status: Literal["ready", "not_ready"]
    checks: dict[str, CheckAnswer]
    """By name: ``database``, ``migrations``, ``key_ring``, ``client_secret``, ``scheduler`` and what else is set up."""


@bp.get("/healthz")
@described(_TAG, gives(HealthAnswer, "It answers."), access=Access.ANYBODY)
def healthz() -> ResponseReturnValue:
    """The process answers."""
    alive: HealthAnswer = {"status": "ok"}
    return alive


@bp.get("/readyz")
@described(
    _TAG,
    gives(ReadinessAnswer, "All is right."),
    gives(ReadinessAnswer, "Something is not right.", 503),
    access=Access.ANYBODY,
)
def readyz() -> ResponseReturnValue:
    """Whether everything that has to be right is right; what is not, in words."""
    with in_background():  # whoever asks: it is the installation's health
        findings = [probe.check() for probe in services().probes] + [_scheduler()]
    ready = all(finding.ok for finding in findings)
    found: ReadinessAnswer = {
        "status": "ready" if ready else "not_ready",
        "checks": {one.name: _shown(one) for one in findings},
    }
    return found, 200 if ready else 503


@bp.get("/metrics")
@described(_TAG, written("The figures, as Prometheus reads them.", TEXT), access=Access.ANYBODY)
def metrics() -> ResponseReturnValue:
    """Counts and gauges for Prometheus."""
    with in_background():  # whoever asks: the counts are over all users
        scrape = services().watch.scrape()
    return Response(scrape.text, content_type=scrape.content_type)


def _shown(finding: Finding) -> CheckAnswer:
    shown = {
        name: moment(each) if isinstance(each, datetime) else each for name, each in finding.details.items()
    }
    words = {"cause": finding.cause, "mend": finding.mend} if finding.cause else {}
    return cast("CheckAnswer", {"ok": finding.ok, **words, **shown})


def _scheduler() -> Finding:
    scheduler = current_app.extensions.get("portside_scheduler")
    if scheduler is None and settings().scheduler:
        return Finding(
            "scheduler", False, "the scheduler was not started", "start Portside with `portside serve`"
        )
    if scheduler is not None and not scheduler.running:
        return Finding("scheduler", False, "the scheduler has stopped", "restart this process")
    return Finding("scheduler", True)
