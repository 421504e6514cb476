"""Speed, as ratios measured side by side in one run: ``make bench``.

Every figure compares two ways to the same end, taken in turns, several rounds each, the median of each. Absolute times
belong to the machine; the ratios travel.
"""

import json
import sys
import tempfile
from pathlib import Path

from adapters.redis.buckets import RedisBuckets
from adapters.redis.server import RedisServer
from adapters.system import SystemStopwatch
from benchmarks import (
    advertising,
    asking,
    backfill,
    dashboards,
    events,
    faults,
    importing,
    overhead,
    painting,
    sellers,
    starting,
    storm,
    syncing,
    tokens,
)
from domain.acting import in_background
from tests import big_report, servers
from tests import crowd as crowds

#: Of the large report.
_LINES = 1_000_000


def main() -> int:
    """Print every ratio, and as JSON at the end for those who keep them."""
    screens, of_screens = _screens()
    with in_background(), tempfile.TemporaryDirectory(prefix="portside-bench-") as name:
        folder = Path(name)
        synced = syncing.throughput(folder)
        history, of_history = _history(folder)
        crowd = tokens.calls_per_expired_token(folder)
        renewed = storm.renewed_on_postgres()
        gateway = overhead.overhead(folder)
        listened = [events.carried(folder, streams) for streams in (200, 1000)]
    served = _started()
    plans = crowds.asked_at_once(threads=200, sellers=20, buckets=_shared_buckets)
    matrix = faults.matrix()
    print(synced)
    print(history)
    print(screens)
    page, of_page = _page()
    print(page)
    print_tokens(crowd, renewed)
    print(*listened, sep="\n")
    print(served)
    print_gateway(gateway)
    print_plans(plans)
    print(faults.table(matrix))
    simulated, of_sellers = _sellers()
    print(simulated)
    figures: dict[str, object] = {**of_screens, **of_page}
    figures |= synced.figures() | of_history
    figures["token calls per expired token"] = crowd
    figures["token calls per expired token, 10,000 on PostgreSQL"] = renewed.requests_per_token
    figures["seconds for 10,000 tokens on PostgreSQL"] = round(renewed.seconds, 1)
    figures |= {f"ms to {each.streams} listeners": round(each.median * 1000, 1) for each in listened}
    figures["gateway overhead in ms"] = round(gateway.ours * 1000, 3)
    figures["gateway overhead in ms, with Redis"] = round(gateway.with_redis * 1000, 3)
    figures["python-amazon-sp-api's overhead in ms"] = round(gateway.theirs * 1000, 3)
    figures["share of the usage plans that was used"] = round(plans.share, 4)
    figures["calls refused with 429"] = plans.throttled
    figures["faults on page 6 of 10"] = faults.figures(matrix)
    figures |= of_sellers | served.figures()
    print(json.dumps(figures))
    return 0


def _screens() -> tuple[str, dict[str, float]]:
    """Dashboards and advertising: what to print, and the figures."""
    with tempfile.TemporaryDirectory(prefix="portside-bench-") as name:
        screens = dashboards.costs(Path(name))
        ads = advertising.costs(Path(name))
    figures = {title: value for each in ads for title, value in each.figures().items()}
    return "\n".join(map(str, [screens, *ads])), screens.figures() | figures


def _page() -> tuple[str, dict[str, float]]:
    """The overview in a browser: what to print, and the figures, of which there are none without a browser."""
    with tempfile.TemporaryDirectory(prefix="portside-bench-") as name:
        found = painting.painted(Path(name))
    return (found, {}) if isinstance(found, str) else (str(found), found.figures())


def _history(folder: Path) -> tuple[str, dict[str, float]]:
    """Orders from before the connection: what to print, and the figures."""
    taken_over = importing.imported(folder)
    sooner = backfill.compared(taken_over.rows_a_second)
    home = folder / "big"
    home.mkdir()
    big = big_report.backfilled(home, _LINES, seconds=900)
    figures = {
        **taken_over.figures(),
        "times sooner by reports than by paging": round(sooner.times_sooner),
        "MB at most for a report of a million lines": round(big.peak_mb),
        "rows a second of that report": round(big.rows_a_second),
    }
    return f"{taken_over}\n{sooner}\n{big}", figures


def _sellers() -> tuple[str, dict[str, float]]:
    """Sellers on a clock that jumps: what to print, and the figures."""
    asked, carried = asking.a_day(), sellers.carried()
    figures = {f"calls a day, {each.seller} seller": each.calls for each in asked} | carried.figures()
    return "\n".join(map(str, [*asked, carried])), figures


def _started() -> starting.Started:
    """A server with nobody in it."""
    with tempfile.TemporaryDirectory(prefix="portside-bench-") as name:
        return starting.started(Path(name))


def print_tokens(crowd: float, renewed: storm.Storm) -> None:
    """How often the token endpoint is asked for one token."""
    print(f"{'token endpoint calls per expired token, 50 threads':<58} {crowd:9.2f}  (1.00)")
    title = "the same, 10,000 tokens, 2 processes on PostgreSQL"
    print(f"{title:<58} {renewed.requests_per_token:9.2f}  (1.00)  in {renewed.seconds:.1f} s")


def print_gateway(gateway: overhead.Overhead) -> None:
    """What a call costs besides the wire."""
    title = "a call besides the wire, python-amazon-sp-api at its side"
    print(f"{title:<58} {gateway.ours * 1000:9.2f} ms {gateway.theirs * 1000:9.2f} ms  (goal ≤ 1 ms)")
    print(f"{'the same with Redis':<58} {gateway.with_redis * 1000:9.2f} ms")


def print_plans(plans: crowds.Outcome) -> None:
    """How much of the usage plans a crowd could use."""
    title = f"200 threads, {plans.calls} calls, 20 sellers: share of the plans"
    words = f"(goal ≥ 0.98)  {plans.throttled} times 429, in {plans.simulated_seconds:.0f} simulated s"
    print(f"{title:<58} {plans.share:9.4f}  {words}")


def _shared_buckets() -> RedisBuckets:
    return RedisBuckets(RedisServer.at(servers.valkey().fresh_database(), SystemStopwatch()))


if __name__ == "__main__":
    sys.exit(main())
