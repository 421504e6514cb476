"""Spans, as a collector receives them."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text

from adapters.http import Outbound
from adapters.sql.engine import make_engine, reading
from adapters.tracing import OtelTracing, TracedWire, tracing_to
from domain.acting import in_background
from domain.connections.model import Connection
from domain.errors import Unavailable, UpstreamFailed
from domain.gateway.model import Answer, Call
from domain.gateway.operations import SEARCH_ORDERS
from domain.operations.tracing import Unfollowed
from domain.sync.model import Resource
from domain.tokens.model import AccessToken
from entrypoints import logs
from entrypoints.bootstrap import build
from entrypoints.http.app import create_app
from entrypoints.instance import open_instance
from entrypoints.scheduler.workers import Workers
from entrypoints.settings import load_settings
from tests import databases
from tests.adapters.collector import Collector, collecting, facts
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.things import NOW
from tests.fakes.world import World

ROUTE = "/api/v1/amazon/connections/<uuid:connection_id>"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class Followed:
    """Tracing to a collector; ``told`` once everything has been handed in."""

    tracing: OtelTracing
    collector: Collector

    def told(self) -> Collector:
        self.tracing.provider.force_flush()
        return self.collector


@pytest.fixture
def followed() -> Iterator[Followed]:
    with collecting() as collector:
        tracing = tracing_to(collector.url)
        assert isinstance(tracing, OtelTracing)
        yield Followed(tracing, collector)
        tracing.provider.shutdown()


@pytest.fixture
def world(followed: Followed) -> World:
    made = World()
    made.services = replace(made.services, tracing=followed.tracing)
    return made


def test_a_request_is_told_by_its_rule_and_not_by_its_address(world: World, followed: Followed) -> None:
    connection = world.connect(world.user)
    browser = logged_in(app_of(world), world.user)

    browser.get(f"/api/v1/amazon/connections/{connection.id}?note=private")

    span = followed.told().named(f"GET {ROUTE}")
    assert {**facts(span), "portside.request_id": "?"} == {
        "http.request.method": "GET",
        "http.route": ROUTE,
        "http.response.status_code": 200,
        "portside.request_id": "?",
    }
    assert followed.collector.paths[0] == "/v1/traces"
    assert followed.collector.services == {"portside"}
    assert not any(word in followed.collector.raw for word in (str(connection.id).encode(), b"private"))


def test_neither_codes_nor_passwords_nor_tokens_are_told(world: World, followed: Followed) -> None:
    app = app_of(world)
    browser = logged_in(app, world.user)
    browser.get(
        "/api/v1/amazon/oauth/callback?spapi_oauth_code=SECRETCODE&state=SECRETSTATE&selling_partner_id=A1"
    )
    app.test_client().get("/api/v1/auth/me", headers={"Authorization": "Bearer pk_SECRETKEY"})

    raw = bytes(followed.told().raw)

    assert "GET /api/v1/amazon/oauth/callback" in [span.name for span in followed.collector.spans]
    assert b"SECRET" not in raw
    assert b"correct horse battery" not in raw
    assert world.user.email.encode() not in raw


def test_health_checks_and_scrapes_are_not_followed(world: World, followed: Followed) -> None:
    browser = app_of(world).test_client()
    for path in ("/healthz", "/readyz", "/metrics", "/"):
        browser.get(path).close()
    browser.get("/api/v1/auth/me")

    assert [span.name for span in followed.told().spans] == ["GET /api/v1/auth/me"]


def test_a_request_goes_on_with_the_trace_that_it_came_with(world: World, followed: Followed) -> None:
    app_of(world).test_client().get("/api/v1/auth/me", headers={"traceparent": TRACEPARENT})

    (span,) = followed.told().spans
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == tuple(TRACEPARENT.split("-")[1:3])


def test_a_header_that_is_no_traceparent_harms_nobody(world: World, followed: Followed) -> None:
    answer = app_of(world).test_client().get("/api/v1/auth/me", headers={"traceparent": "00-zz-'; DROP"})

    (span,) = followed.told().spans
    assert (answer.status_code, span.parent_span_id) == (401, b"")


class _Bound(logging.Handler):
    """Remembers which ids were bound when each line was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[dict[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        del record
        self.seen.append(logs.bound_ids())


def test_log_lines_of_a_request_name_its_trace(world: World, followed: Followed) -> None:
    handler, log = _Bound(), logging.getLogger("entrypoints.http.app")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        app_of(world).test_client().get("/api/v1/auth/me")
    finally:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)

    (span,) = followed.told().spans
    assert [each["trace_id"] for each in handler.seen] == [span.trace_id.hex()]
    assert "trace_id" not in logs.bound_ids()


def test_a_run_is_a_trace_of_its_own_with_its_ids(world: World, followed: Followed) -> None:
    connection = world.connect(world.user)
    services = world.services
    workers = Workers(services.shift, services.runner, 4, Event(), tracing=followed.tracing)
    with in_background():
        workers.tick()
    assert workers.wait(10)

    told = facts(followed.told().named(f"sync {Resource.ORDERS.value}"))
    runs = {str(run.id) for run in world.store.tables.runs.values()}
    assert told["portside.connection_id"] == str(connection.id)
    assert told["portside.run_id"] in runs


@dataclass
class _Wire:
    """SP-API, which answers, or fails."""

    answer: Answer | None

    def send(self, connection: Connection, call: Call, token: AccessToken) -> Answer:
        del connection, call, token
        if self.answer is None:
            raise UpstreamFailed("a text with Atza|secret in it")
        return self.answer


def test_a_call_is_told_by_its_operation_and_a_failure_by_its_kind(world: World, followed: Followed) -> None:
    connection, token = world.connect(world.user), AccessToken("Atza|secret", NOW)
    call = Call(SEARCH_ORDERS, {"createdAfter": "2026-01-01T00:00:00Z"})
    good = TracedWire(_Wire(Answer(200, {"x-amzn-requestid": "R1"}, b"{}")), followed.tracing)
    with followed.tracing.span("sync orders", {}):
        good.send(connection, call, token)
    with followed.tracing.span("sync again", {}), pytest.raises(UpstreamFailed):
        TracedWire(_Wire(None), followed.tracing).send(connection, call, token)

    first, second = (span for span in followed.told().spans if span.name == "searchOrders")
    assert facts(first) == {
        "portside.operation": "searchOrders",
        "portside.connection_id": str(connection.id),
        "http.response.status_code": 200,
        "portside.upstream_request_id": "R1",
    }
    assert facts(second)["error.type"] == "UpstreamFailed"
    assert (first.status.code, second.status.code) == (0, 2)
    assert b"Atza" not in followed.collector.raw


def test_a_request_of_ours_is_told_by_its_host_only(followed: Followed) -> None:
    with collecting() as far, followed.tracing.span("sync orders", {}):
        outbound = Outbound.with_pool(5, 2, followed.tracing)
        outbound.send("POST", f"{far.url}/orders/303-123?code=SECRET", None, {}, b"", "Amazon")

    assert facts(followed.told().named("HTTP POST")) == {
        "server.address": "127.0.0.1",
        "http.request.method": "POST",
        "http.response.status_code": 200,
    }
    assert b"303-123" not in followed.collector.raw


def test_statements_are_told_with_places_for_their_values(followed: Followed, tmp_path: object) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/some.db", followed.tracing)
    with followed.tracing.span("sync orders", {}), reading(engine) as connection:
        connection.execute(text("SELECT :name"), {"name": "a buyer"})
        with pytest.raises(Unavailable):
            connection.execute(text("SELECT * FROM nowhere"))
    with reading(engine) as connection:  # part of nothing
        connection.execute(text("SELECT 2"))

    spans = [span for span in followed.told().spans if span.name == "SELECT"]
    assert [facts(span)["db.query.text"] for span in spans] == ["SELECT ?", "SELECT * FROM nowhere"]
    assert [span.status.code for span in spans] == [0, 2]
    assert b"a buyer" not in followed.collector.raw


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_request_tells_of_the_look_at_its_session(followed: Followed, tmp_path: Path, kind: str) -> None:
    """Of Portside as it is put together for a server, since it goes past SQLAlchemy on PostgreSQL."""
    url = databases.sqlite_database(tmp_path) if kind == "sqlite" else databases.postgres_database()
    variables = {
        "PORTSIDE_ENV": "test",
        "PORTSIDE_INSTANCE": str(tmp_path),
        "DATABASE_URL": url,
        "OTEL_EXPORTER_OTLP_ENDPOINT": followed.collector.url,
    }
    settings = load_settings(variables, tmp_path)
    portside = build(settings, open_instance(settings))
    browser = create_app(portside.services, settings, "a key of no installation").test_client()
    browser.post(
        "/api/v1/auth/register", json={"email": "ann@example.com", "password": "correct horse battery"}
    )
    browser.get("/api/v1/auth/me")
    tracing = portside.services.tracing
    assert isinstance(tracing, OtelTracing)
    tracing.provider.shutdown()
    portside.engine.dispose()

    spans = followed.collector.spans
    (request,) = (span for span in spans if span.name == "GET /api/v1/auth/me")
    looks = [facts(span) for span in spans if span.parent_span_id == request.span_id]
    assert any("FROM users JOIN sessions" in str(look["db.query.text"]).replace("\n", "") for look in looks)


def test_a_collector_that_is_away_keeps_nobody_waiting() -> None:
    tracing = tracing_to("http://127.0.0.1:9")
    assert isinstance(tracing, OtelTracing)
    world = World()
    world.services = replace(world.services, tracing=tracing)

    answer = app_of(world).test_client().get("/api/v1/auth/me")

    assert answer.status_code == 401
    tracing.provider.shutdown()


LOADED = """
import sys
from entrypoints.bootstrap import build
from entrypoints.instance import open_instance
from entrypoints.settings import load_settings

settings = load_settings()
portside = build(settings, open_instance(settings))
print(type(portside.services.tracing).__name__, any(name.startswith("opentelemetry") for name in sys.modules))
"""


@pytest.mark.parametrize(
    ("variables", "loaded"),
    [({}, "Unfollowed False"), ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, "OtelTracing True")],
)
def test_nothing_of_it_is_imported_unless_it_is_asked_for(
    variables: dict[str, str], loaded: str, tmp_path: object
) -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **variables}
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        env=environ,
        cwd=str(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout.strip(), done.stderr) == (loaded, "")


def test_without_an_address_nobody_is_told() -> None:
    with tracing_to(None).span("sync orders", {}) as span:
        span.tell({"portside.run_id": "1"})
        span.failed("UpstreamFailed")

    assert isinstance(tracing_to(None), Unfollowed)
    assert span.trace_id is None
