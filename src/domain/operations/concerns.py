"""What of the sync and its figures an operator should look at, though nothing is broken."""

from collections.abc import Iterator

from domain.operations.model import Finding, Standing

#: Work that is due is taken up within a second or two, unless nobody works or everybody has too much to do.
_LATE_SECONDS = 300


def concerns(standing: Standing) -> list[Finding]:
    """Warnings about the sync; a single finding without a cause when there are none."""
    return list(_warnings(standing)) or [Finding("sync", True)]


def _warnings(standing: Standing) -> Iterator[Finding]:
    late = int(standing.oldest_due_seconds)
    if late > _LATE_SECONDS:
        yield Finding(
            "sync_queue",
            True,
            f"work has been due for {late} s and nobody has taken it up",
            "see that a server runs with SCHEDULER on; if one does, give it more WORKER_THREADS, or start another",
            {"oldest_due_seconds": late},
        )
    if standing.set_aside:
        total = sum(standing.set_aside.values())
        yield Finding(
            "sync_set_aside",
            True,
            f"{_number(total, 'resource')} failed again and again, and {_are(total)} not tried any more",
            "portside sync --watch says which and why; once that is mended, portside sync tries again",
            dict(standing.set_aside),
        )
    if days := standing.incomplete_days.get("lasting", 0):
        yield Finding(
            "ledger_gaps",
            True,
            f"{_number(days, 'day')} of orders {_are(days)} incomplete, and fetching them again did not help",
            "portside sync --watch says of which sellers, GET /api/v1/integrations/amazon/sync which days;"
            " compare them with Seller Central",
            {"lasting": days},
        )
    if standing.differing_sums:
        yield Finding(
            "rollups",
            True,
            f"{_number(standing.differing_sums, 'daily sum')} of"
            f" {_number(standing.differing_connections, 'connection')} {_are(standing.differing_sums)} other than"
            " the orders they are made of",
            "portside kpis verify says which; portside kpis verify --repair sets them right",
            {"sums": standing.differing_sums, "connections": standing.differing_connections},
        )


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
