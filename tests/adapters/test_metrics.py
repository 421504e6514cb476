"""What is counted, as Prometheus reads it."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.memory.buckets import MemoryBuckets
from adapters.metered import MeteredBuckets, MeteredCalls, MeteredLwa
from adapters.metrics import PrometheusMeter
from domain.connections.model import Grant
from domain.errors import (
    ClientRefused,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
)
from domain.gateway.model import BucketKey, Call
from domain.gateway.operations import MARKETPLACE_PARTICIPATIONS, SEARCH_ORDERS
from domain.gateway.usage_plans import UsagePlan
from domain.operations.model import Ages, Standing
from domain.sync.model import Resource
from domain.tokens.model import AccessToken, LwaClient, RefreshToken, Renewal
from tests.fakes.calls import RememberingCallLog
from tests.fakes.clock import HeldClock
from tests.fakes.stopwatch import HeldStopwatch
from tests.fakes.things import NOW

CLIENT = LwaClient("client-1", "secret-1")
TOKEN = AccessToken("Atza|one", NOW)
STANDING = Standing(
    connections={("amazon_sp", "connected"): 3, ("amazon_sp", "degraded"): 1},
    renewals_due=2,
    tokens_overdue=4,
    open_runs={"running": 5},
    oldest_due_seconds=61.5,
    differing_sums=4,
    differing_connections=1,
    ages={"orders": Ages(median=60.0, most=300.0, oldest=7200.5)},
    set_aside={"inventory": 1},
    open_reports={("history", "pending"): 25, ("asked", "processing"): 1},
    incomplete_days={"gap": 3, "lasting": 2},
)


@dataclass
class _Endpoint:
    """LWA's token endpoint: gives what it has, or raises it."""

    error: Exception | None = None
    asked: list[object] = field(default_factory=list)

    def refresh(self, token: RefreshToken, client: LwaClient) -> Renewal:
        self.asked.append((token, client))
        if self.error is not None:
            raise self.error
        return Renewal(TOKEN)

    def exchange(self, code: str, redirect_uri: str, client: LwaClient) -> Grant:
        self.asked.append((code, redirect_uri, client))
        return Grant(RefreshToken("Atzr|one"), TOKEN)


def series(
    meter: PrometheusMeter, standing: Standing | None = None, days: float | None = None
) -> dict[tuple[str, ...], float]:
    """Every series of Portside's own by its name and the values of its labels, without the histograms' buckets."""
    text = meter.scrape(standing, days).text
    return {
        (
            sample.name.removeprefix("portside_"),
            *(value for _label, value in sorted(sample.labels.items())),
        ): (sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("portside_") and not sample.name.endswith("_bucket")
    }


def test_requests_are_counted_by_method_and_status_and_timed_by_route() -> None:
    meter = PrometheusMeter()
    meter.request_answered("GET", "/api/v1/things/<uuid:id>", 200, 0.25)
    meter.request_answered("GET", "/api/v1/things/<uuid:id>", 200, 0.5)

    found = series(meter)

    assert found["http_requests_total", "GET", "200"] == 2
    assert found["http_request_seconds_count", "/api/v1/things/<uuid:id>"] == 2
    assert found["http_request_seconds_sum", "/api/v1/things/<uuid:id>"] == 0.75


def test_methods_that_do_not_exist_share_one_series() -> None:
    meter = PrometheusMeter()
    for number in range(50):
        meter.request_answered(f"BREW{number}", "unmatched", 405, 0.0)

    assert series(meter)["http_requests_total", "other", "405"] == 50


def test_the_standing_of_the_installation_is_shown() -> None:
    assert series(PrometheusMeter(), STANDING, 12.5) == {
        ("database_up",): 1,
        ("lwa_client_secret_expires_in_days",): 12.5,
        ("connections", "amazon_sp", "connected"): 3,
        ("connections", "amazon_sp", "degraded"): 1,
        ("renewals_due_within_days",): 2,
        ("tokens_overdue",): 4,
        ("sync_runs", "running"): 5,
        ("sync_oldest_due_seconds",): 61.5,
        ("sync_age_seconds", "0.5", "orders"): 60,
        ("sync_age_seconds", "0.95", "orders"): 300,
        ("sync_age_seconds", "1", "orders"): 7200.5,
        ("sync_set_aside", "inventory"): 1,
        ("reports", "history", "pending"): 25,
        ("reports", "asked", "processing"): 1,
        ("ledger_gap_days", "gap"): 3,
        ("ledger_gap_days", "lasting"): 2,
        ("rollup_differences",): 4,
        ("event_streams",): 0,
        ("events_delivered_total",): 0,
        ("event_streams_dropped_total",): 0,
    }


def test_while_the_database_is_away_its_figures_are_missing_and_the_process_has_its_own() -> None:
    meter = PrometheusMeter()
    meter.scrape(STANDING, 12.5)

    text = meter.scrape(None, None).text

    assert series(meter) == {
        ("database_up",): 0,
        ("event_streams",): 0,
        ("events_delivered_total",): 0,
        ("event_streams_dropped_total",): 0,
    }
    assert "process_cpu_seconds_total" in text


def test_turns_at_the_sync_are_counted_by_resource_and_outcome() -> None:
    meter = PrometheusMeter()
    for outcome in ("succeeded", "waiting", "succeeded"):
        meter.run_ended(Resource.ORDERS, outcome)
    meter.run_ended(Resource.REPORTS, "set_aside")

    found = series(meter)

    assert found["sync_turns_total", "succeeded", "orders"] == 2
    assert found["sync_turns_total", "waiting", "orders"] == 1
    assert found["sync_turns_total", "set_aside", "reports"] == 1


def test_listeners_are_a_gauge_and_what_they_hear_is_counted() -> None:
    meter = PrometheusMeter()
    meter.listening(3)
    meter.delivered(7)
    meter.delivered(2)
    meter.dropped()
    meter.listening(2)

    found = series(meter)

    assert found["event_streams",] == 2
    assert (found["events_delivered_total",], found["event_streams_dropped_total",]) == (9, 1)


PLAN = UsagePlan(rate=1.0, burst=1)


def test_what_usage_plans_say_is_counted_by_operation() -> None:
    meter = PrometheusMeter()
    buckets = MeteredBuckets(MemoryBuckets(), meter)
    key = BucketKey("app", "na", "SELLER1", "searchOrders")

    waits = [buckets.take(key, PLAN, NOW, 0.0) > 0 for _ in range(3)]
    buckets.empty(key, PLAN, NOW, 5.0)

    found = series(meter)
    assert waits == [False, True, True]
    assert found["usage_plans_total", "searchOrders", "granted"] == 1
    assert found["usage_plans_total", "searchOrders", "empty"] == 2
    assert found["usage_plans_total", "searchOrders", "refused"] == 1


def test_the_mark_of_a_client_secret_is_in_no_label() -> None:
    meter = PrometheusMeter()
    buckets = MeteredBuckets(MemoryBuckets(), meter)

    for mark in ("aaaa", "bbbb"):
        buckets.take(BucketKey("app", "", "", f"lwa.retrial.{mark}"), PLAN, NOW, 0.0)

    assert series(meter)["usage_plans_total", "lwa.retrial", "granted"] == 2


COUNTING = """
import sys
from pathlib import Path
from adapters.metrics import PrometheusMeter

meter = PrometheusMeter(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    meter.request_answered("GET", "/healthz", 200, 0.5)
    meter.called("searchOrders", "GET", "200", 0.25, 2)
    meter.waited("searchOrders", 1.5)
meter.listening(2)
if len(sys.argv) > 3:
    print(meter.scrape(None, None).text)
"""


def test_processes_of_one_server_count_together_and_one_answers_for_all(tmp_path: Path) -> None:
    def counting(*arguments: object) -> str:
        command = [sys.executable, "-c", COUNTING, str(tmp_path), *map(str, arguments)]
        environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout

    counting(3)
    text = counting(4, "and tell")

    found = {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_bucket")
    }
    assert found["portside_http_requests_total"] == 7
    assert found["portside_http_request_seconds_sum"] == 3.5
    assert found["portside_upstream_call_seconds_count"] == 7
    assert found["portside_upstream_call_seconds_sum"] == 1.75
    assert found["portside_upstream_retries_total"] == 7
    assert found["portside_upstream_waited_seconds_total"] == 10.5
    assert found["portside_event_streams"] == 4
    assert not [name for name in found if name.startswith("process_")]


ALONE = "from adapters.metrics import PrometheusMeter; print(PrometheusMeter.of_this_server().scrape(None, None).text)"


def test_a_folder_that_somebody_else_has_named_need_not_be_there(tmp_path: Path) -> None:
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "not" / "there")}

    told = subprocess.run(
        [sys.executable, "-c", ALONE], env=environ, capture_output=True, text=True, check=False
    )

    assert (told.returncode, told.stderr) == (0, "")
    assert "portside_event_streams 0.0" in told.stdout


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "ok"),
        (ReauthorizationRequired("invalid_grant"), "revoked"),
        (UpstreamRefused("odd"), "refused"),
        (ClientRefused("invalid_client", ("X",), code="invalid_client"), "client_refused"),
        (RateLimited("slow down", 1.0), "throttled"),
        (UpstreamTimedOut("slow"), "timed_out"),
        (UpstreamFailed("503"), "failed"),
        (ZeroDivisionError(), "error"),
    ],
)
def test_exchanges_are_counted_by_what_became_of_them(error: Exception | None, outcome: str) -> None:
    meter, endpoint = PrometheusMeter(), _Endpoint(error)
    lwa = MeteredLwa(endpoint, meter, HeldStopwatch(HeldClock(NOW)))

    try:
        answer: object = lwa.refresh(RefreshToken("Atzr|one"), CLIENT)
    except Exception as raised:  # noqa: BLE001 - it is compared
        answer = raised

    assert answer == (error or Renewal(TOKEN))
    assert endpoint.asked == [(RefreshToken("Atzr|one"), CLIENT)]
    found = series(meter)
    assert found["token_exchanges_total", "refresh_token", outcome] == 1
    assert found["token_exchange_seconds_count", "refresh_token"] == 1


def test_codes_are_counted_apart_from_refresh_tokens() -> None:
    meter, endpoint = PrometheusMeter(), _Endpoint()

    grant = MeteredLwa(endpoint, meter, HeldStopwatch(HeldClock(NOW))).exchange("code", "uri", CLIENT)

    assert grant == Grant(RefreshToken("Atzr|one"), TOKEN)
    assert endpoint.asked == [("code", "uri", CLIENT)]
    assert series(meter)["token_exchanges_total", "authorization_code", "ok"] == 1


def test_calls_are_counted_by_operation_and_outcome_and_still_logged() -> None:
    meter, log = PrometheusMeter(), RememberingCallLog()
    calls = MeteredCalls(log, meter)
    call = Call(SEARCH_ORDERS)

    calls.answered(call, uuid4(), 429, 0.1, 1, "r-1", 0.0)
    calls.failed(call, uuid4(), "UpstreamTimedOut", 30.0, 2, 0.0)

    found = series(meter)
    assert found["upstream_calls_total", "GET", "searchOrders", "429"] == 1
    assert found["upstream_calls_total", "GET", "searchOrders", "UpstreamTimedOut"] == 1
    assert [line.outcome for line in log.lines] == [429, "UpstreamTimedOut"]


def test_calls_are_timed_by_operation_and_what_was_tried_again_is_counted() -> None:
    meter = PrometheusMeter()
    calls = MeteredCalls(RememberingCallLog(), meter)
    call, other = Call(SEARCH_ORDERS), Call(MARKETPLACE_PARTICIPATIONS)

    calls.failed(call, uuid4(), "UpstreamTimedOut", 30.0, 1, 0.0)
    calls.answered(call, uuid4(), 503, 0.25, 2, "r-1", 0.0)
    calls.answered(call, uuid4(), 200, 0.5, 3, "r-2", 0.0)
    calls.answered(other, uuid4(), 200, 0.125, 1, "r-3", 0.0)

    found = series(meter)
    assert found["upstream_call_seconds_count", "searchOrders"] == 3
    assert found["upstream_call_seconds_sum", "searchOrders"] == 30.75
    assert found["upstream_call_seconds_sum", other.operation.name] == 0.125
    assert found["upstream_retries_total", "searchOrders"] == 2
    assert ("upstream_retries_total", other.operation.name) not in found


def test_calls_fall_into_few_buckets_that_end_with_the_longest_attempt() -> None:
    meter = PrometheusMeter()
    meter.called("searchOrders", "GET", "200", 0.25, 1)
    meter.called("searchOrders", "GET", "UpstreamTimedOut", 30.0, 2)

    text = meter.scrape(None, None).text
    buckets = re.findall(r'^portside_upstream_call_seconds_bucket{le="(.+?)",.*} (.+)$', text, re.MULTILINE)

    assert [bound for bound, _ in buckets] == [
        "0.1",
        "0.25",
        "0.5",
        "1.0",
        "2.5",
        "5.0",
        "10.0",
        "30.0",
        "+Inf",
    ]
    assert [float(number) for _, number in buckets] == [0, 1, 1, 1, 1, 1, 1, 2, 2]


def test_a_pause_is_counted_once_however_often_its_call_is_tried() -> None:
    meter, log = PrometheusMeter(), RememberingCallLog()
    calls = MeteredCalls(log, meter)
    call = Call(SEARCH_ORDERS)

    calls.waited(call, 1.25)
    calls.answered(call, uuid4(), 429, 0.1, 1, "r-1", 1.25)
    calls.waited(call, 0.5)
    calls.answered(call, uuid4(), 200, 0.1, 2, "r-2", 1.75)

    assert series(meter)["upstream_waited_seconds_total", "searchOrders"] == 1.75
    assert log.waits == [("searchOrders", 1.25), ("searchOrders", 0.5)]


def test_what_passes_by_leaves_no_token_secret_or_id_behind() -> None:
    meter, endpoint = PrometheusMeter(), _Endpoint()
    connection_id = uuid4()
    lwa = MeteredLwa(endpoint, meter, HeldStopwatch(HeldClock(NOW)))
    lwa.refresh(RefreshToken("Atzr|one"), CLIENT)
    lwa.exchange("code-1", "https://uri.example", CLIENT)
    MeteredCalls(RememberingCallLog(), meter).answered(
        Call(SEARCH_ORDERS), connection_id, 200, 0.1, 1, "r-1", 0.0
    )

    text = meter.scrape(STANDING, 1.0).text

    secrets = ("Atzr", "Atza", "code-1", "secret-1", "client-1", "uri.example", str(connection_id), "r-1")
    assert [one for one in secrets if one in text] == []
