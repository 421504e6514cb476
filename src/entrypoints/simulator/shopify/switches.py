"""What can be switched on the simulated Shopify while it runs; everything is as Shopify does it until then."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from threading import Lock
from typing import Any

from entrypoints.simulator.control_bodies import BadControl, known, number, whole

FATES = ("FAILED", "EXPIRED", "CANCELED")
STAGES = ("CREATED", "RUNNING")


@dataclass(frozen=True)
class Switches:
    """One setting of all switches.

    Attributes:
        ignore_filters: every search is answered unfiltered, with the warning that Shopify gives for a dropped term.
        version: the API version that answers claim to be of, in place of the one that was asked for.
        most_points: more than this a single query may not cost.
        bucket_points: what a store's bucket holds.
        points_per_second: what comes back, before ``rate_factor``.
        bulk_fate: how the bulk operations to come end, whatever the data; None: they complete.
        bulk_error: the ``errorCode`` of those that fail.
        bulk_hold: bulk operations that are not over get no further than this.
        bulk_seconds: how long the bulk operations to come take; None: as configured.
        bulk_lines_lost: so many lines are missing at the end of what is downloaded.
    """

    ignore_filters: bool = False
    version: str | None = None
    most_points: int = 1000
    bucket_points: int = 2000
    points_per_second: float = 100
    bulk_fate: str | None = None
    bulk_error: str = "INTERNAL_SERVER_ERROR"
    bulk_hold: str | None = None
    bulk_seconds: float | None = None
    bulk_lines_lost: int = 0


@dataclass
class Switchboard:
    """The switches as they stand."""

    _set: Switches = field(default_factory=Switches)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    @property
    def now(self) -> Switches:
        with self._lock:
            return self._set

    def turn(self, body: dict[str, Any]) -> Switches:
        """Set those that the body names.

        Raises:
            BadControl: a name or a value is none.
        """
        known(body, *(each.name for each in fields(Switches)))
        _check(body)
        with self._lock:
            self._set = replace(self._set, **body)
            return self._set

    def reset(self) -> None:
        with self._lock:
            self._set = Switches()

    def as_json(self) -> dict[str, Any]:
        return asdict(self.now)


def _check(body: dict[str, Any]) -> None:
    if not isinstance(body.get("ignore_filters", False), bool):
        raise BadControl("ignore_filters must be true or false")
    for name in ("version", "bulk_error"):
        if not isinstance(body.get(name, ""), str | None):
            raise BadControl(f"{name} must be a text")
    for name, allowed in (("bulk_fate", FATES), ("bulk_hold", STAGES)):
        if body.get(name) is not None and body[name] not in allowed:
            raise BadControl(f"{name} must be null or one of: {', '.join(allowed)}")
    for name in ("most_points", "bucket_points", "bulk_lines_lost"):
        if name in body:
            whole(body, name, 0, 10**9)
    if "points_per_second" in body:
        number(body, "points_per_second", 0.001, 10**6)
    if body.get("bulk_seconds") is not None:
        number(body, "bulk_seconds", 0, 10**6)
