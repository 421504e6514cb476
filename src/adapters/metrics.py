"""What Portside counts, for Prometheus: a registry of our own, and what the database says.

Labels are words out of our own short lists (operations, routes, statuses): never an id, an e-mail or a token.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from domain.operations.model import Scrape, Standing
from domain.sync.model import Resource

#: Names the folder in which the processes of one server count, for Prometheus' library as well.
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
#: Upper bounds of the histogram of calls; there are many operations, so there are few of them. An attempt has 30 seconds.
_CALL_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class PrometheusMeter:
    """Counts what a server does; see ``domain.operations.ports.Meter`` and ``domain.events.ports.Turnout``.

    A process alone counts in memory. Processes of one server count in files of a common folder, one file each, and any
    of them answers for all; what belongs to one process only (its memory, its open files) is not among it then.
    """

    def __init__(self, shared: Path | None = None) -> None:
        # A second series beside each counter would tell only when the process began.
        disable_created_metrics()  # type: ignore[no-untyped-call] # the package forgot the types
        self._shared = shared
        self._registry = registry = CollectorRegistry()
        if shared is None:
            ProcessCollector(registry=registry)
        elif values.ValueClass is values.MutexValue:
            # The library decides when it is imported; this server has made its folder only then.
            values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
        self._requests = _counter(registry, "http_requests", "Requests answered.", "method", "status")
        self._request_seconds = Histogram(
            "portside_http_request_seconds", "How long requests took, by route.", ["route"], registry=registry
        )
        self._exchanges = _counter(
            registry, "token_exchanges", "Requests to Login with Amazon.", "grant", "outcome"
        )
        self._exchange_seconds = Histogram(
            "portside_token_exchange_seconds",
            "How long Login with Amazon took to answer.",
            ["grant"],
            registry=registry,
        )
        about = "Calls to Amazon and Shopify, every attempt."
        self._calls = _counter(registry, "upstream_calls", about, "operation", "method", "status")
        self._call_seconds = Histogram(
            "portside_upstream_call_seconds",
            "How long Amazon and Shopify took to answer, or not to, every attempt.",
            ["operation"],
            buckets=_CALL_SECONDS,
            registry=registry,
        )
        about = "Attempts at a call to Amazon or Shopify after its first."
        self._retries = _counter(registry, "upstream_retries", about, "operation")
        about = "Seconds that calls waited for their usage plan."
        self._waited = _counter(registry, "upstream_waited_seconds", about, "operation")
        about = "What usage plans have said."
        self._plans = _counter(registry, "usage_plans", about, "operation", "outcome")
        about = "Turns at a resource's sync, by what became of them."
        self._runs = _counter(registry, "sync_turns", about, "resource", "outcome")
        self._streams = Gauge(
            "portside_event_streams",
            "Who listens to events here.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._events = _counter(registry, "events_delivered", "Events handed to listeners.")
        self._slow = _counter(registry, "event_streams_dropped", "Listeners that were too slow.")

    @classmethod
    def of_this_server(cls) -> "PrometheusMeter":
        """A meter that counts together with the other processes of this server, where it has any."""
        folder = os.environ.get(_FOLDER)
        if not folder:
            return cls()
        # Where it is not Portside that has set it, the folder may not be there.
        Path(folder).mkdir(parents=True, exist_ok=True)
        return cls(Path(folder))

    def listening(self, count: int) -> None:
        """So many listen."""
        self._streams.set(count)

    def delivered(self, count: int) -> None:
        """So many events were handed to listeners."""
        self._events.inc(count)

    def dropped(self) -> None:
        """A listener was too slow."""
        self._slow.inc()

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(method if method in _METHODS else "other", str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def exchanged(self, grant: str, outcome: str, seconds: float) -> None:
        """LWA was asked."""
        self._exchanges.labels(grant, outcome).inc()
        self._exchange_seconds.labels(grant).observe(seconds)

    def called(self, operation: str, method: str, status: str, seconds: float, attempt: int) -> None:
        """A channel was asked; ``attempt`` counts from one, for each call anew."""
        self._calls.labels(operation, method, status).inc()
        self._call_seconds.labels(operation).observe(seconds)
        if attempt > 1:
            self._retries.labels(operation).inc()

    def waited(self, operation: str, seconds: float) -> None:
        """A call has waited for its usage plan."""
        self._waited.labels(operation).inc(seconds)

    def plan_asked(self, operation: str, outcome: str) -> None:
        """A usage plan granted a call or had none left, or the channel refused what was granted."""
        self._plans.labels(operation, outcome).inc()

    def run_ended(self, resource: Resource, outcome: str) -> None:
        """A turn at a run is over: the run has ended, or waits, or goes on elsewhere."""
        self._runs.labels(resource.value, outcome).inc()

    def scrape(self, standing: Standing | None, secret_days_left: float | None) -> Scrape:
        """Everything counted so far, and how the installation stands."""
        # A registry for this one answer: what is not there any more leaves no series behind.
        momentary = CollectorRegistry()
        momentary.register(_Gauges(standing, secret_days_left))
        text = generate_latest(self._counted()) + generate_latest(momentary)
        return Scrape(text.decode(), CONTENT_TYPE_LATEST)

    def _counted(self) -> CollectorRegistry:
        if self._shared is None:
            return self._registry
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody, str(self._shared))  # type: ignore[no-untyped-call]
        return everybody


def forget_process(process_id: int) -> None:
    """A process of this server has ended: what it had open is open no more. What it has counted stays counted."""
    mark_process_dead(process_id)  # type: ignore[no-untyped-call]


def _counter(registry: CollectorRegistry, name: str, about: str, *labels: str) -> Counter:
    return Counter(f"portside_{name}", about, labels, registry=registry)


@dataclass(frozen=True, eq=False)
class _Gauges(Collector):
    """What the database says, as it was looked at."""

    standing: Standing | None
    secret_days_left: float | None

    def collect(self) -> Iterator[Metric]:
        """The gauges; where nothing is known there is no series, rather than a zero."""
        yield _gauge("database_up", "Whether the database answers.", 0.0 if self.standing is None else 1.0)
        if self.secret_days_left is not None:
            yield _gauge(
                "lwa_client_secret_expires_in_days",
                "Days until the installation's client secret ends.",
                self.secret_days_left,
            )
        if self.standing is not None:
            yield from _of(self.standing)


def _of(standing: Standing) -> Iterator[Metric]:
    connections = GaugeMetricFamily(
        "portside_connections", "Connections, by provider and status.", labels=["provider", "status"]
    )
    for labels, number in standing.connections.items():
        connections.add_metric(labels, number)
    yield connections
    runs = GaugeMetricFamily("portside_sync_runs", "Runs that are not over, by status.", labels=["status"])
    for status, number in standing.open_runs.items():
        runs.add_metric([status], number)
    yield runs
    yield _gauge(
        "renewals_due_within_days",
        "Connections whose authorization ends within thirty days.",
        standing.renewals_due,
    )
    yield _gauge(
        "tokens_overdue",
        "Access tokens in use whose time to be renewed unasked has passed.",
        standing.tokens_overdue,
    )
    yield _gauge(
        "sync_oldest_due_seconds",
        "How long the oldest due work has waited to be taken up.",
        standing.oldest_due_seconds,
    )
    yield from _known(standing)


def _known(standing: Standing) -> Iterator[Metric]:
    """How old the data is, and what is known to be missing."""
    ages = GaugeMetricFamily(
        "portside_sync_age_seconds",
        "How old the data of usable connections is: of half of them, of 95 in 100, and of all, at most.",
        labels=["resource", "quantile"],
    )
    for resource, age in standing.ages.items():
        for quantile, seconds in (("0.5", age.median), ("0.95", age.most), ("1", age.oldest)):
            ages.add_metric([resource, quantile], seconds)
    yield ages
    yield _counts("sync_set_aside", "Work that nobody tries any more.", ["resource"], standing.set_aside)
    reports = GaugeMetricFamily(
        "portside_reports", "Reports that are not over.", labels=["purpose", "status"]
    )
    for labels, number in standing.open_reports.items():
        reports.add_metric(labels, number)
    yield reports
    yield _counts(
        "ledger_gap_days", "Days that are known to lack orders.", ["verdict"], standing.incomplete_days
    )
    yield _gauge(
        "rollup_differences",
        "Daily sums that were other than their orders when they were last recounted.",
        standing.differing_sums,
    )


def _counts(name: str, about: str, labels: list[str], counted: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"portside_{name}", about, labels=labels)
    for label, number in counted.items():
        family.add_metric([label], number)
    return family


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"portside_{name}", about, value=value)
