"""What load balancers and operators ask."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from domain.operations.model import Finding
from tests.entrypoints.browsers import app_of
from tests.fakes.world import World


@dataclass
class Ticking:
    """A scheduler, as far as the health check knows it."""

    running: bool


def test_a_living_process_says_so_to_anybody(anonymous):
    answer = anonymous.get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_being_alive_does_not_depend_on_anything_else(anonymous, world):
    world.probes[0].cause = "the database does not answer"

    assert anonymous.get("/healthz").status_code == 200


def test_when_all_is_well_every_check_is_listed(anonymous):
    answer = anonymous.get("/readyz")

    assert answer.status_code == 200
    assert answer.json == {
        "status": "ready",
        "checks": {name: {"ok": True} for name in ("database", "migrations", "key_ring", "scheduler")},
    }


def test_what_is_wrong_is_said_in_words_with_the_mend(anonymous, world):
    world.probes[1].cause, world.probes[1].mend = "two migrations are missing", "run `portside migrate`"

    answer = anonymous.get("/readyz")

    assert (answer.status_code, answer.json["status"]) == (503, "not_ready")
    assert answer.json["checks"]["migrations"] == {
        "ok": False,
        "cause": "two migrations are missing",
        "mend": "run `portside migrate`",
    }
    assert answer.json["checks"]["database"] == {"ok": True}


def test_a_warning_is_shown_with_its_figures_and_turns_nobody_away(anonymous, world):
    ends = datetime(2026, 3, 1, 8, 30, 15, 123456, tzinfo=UTC)
    figures = {"days_left": 29, "expires_at": ends}
    warning = Finding("key_ring", True, "the secret expires in 29 days", "rotate it", figures)
    world.probes[2].found = warning

    answer = anonymous.get("/readyz")

    assert (answer.status_code, answer.json["status"]) == (200, "ready")
    assert answer.json["checks"]["key_ring"] == {
        "ok": True,
        "cause": "the secret expires in 29 days",
        "mend": "rotate it",
        "days_left": 29,
        "expires_at": "2026-03-01T08:30:15Z",
    }


@pytest.mark.parametrize(
    ("scheduler", "said"),
    [(None, "was not started"), (Ticking(running=False), "has stopped")],
)
def test_a_process_that_should_tick_and_does_not_is_not_ready(scheduler, said):
    app = app_of(World(SCHEDULER="on"))
    if scheduler is not None:
        app.extensions["portside_scheduler"] = scheduler

    answer = app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert said in answer.json["checks"]["scheduler"]["cause"]


def test_a_process_that_ticks_is_ready():
    app = app_of(World(SCHEDULER="on"))
    app.extensions["portside_scheduler"] = Ticking(running=True)

    assert app.test_client().get("/readyz").status_code == 200
