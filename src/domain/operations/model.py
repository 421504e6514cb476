"""Whether Portside itself is well: one check for each thing that has to be right, and figures to watch."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """What a check found. ``cause`` and ``mend`` are in words, and empty when all is well.

    A finding that is ``ok`` and has a ``cause`` is a warning: something will go wrong unless somebody mends it in time.
    ``details`` are figures to show, whether or not it is ok.
    """

    name: str
    ok: bool
    cause: str = ""
    mend: str = ""
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Ages:
    """How old, in seconds, the data of half of the connections is at most, of 95 in 100, and of all."""

    median: float
    most: float
    oldest: float


@dataclass(frozen=True)
class Standing:
    """How the installation stands at a moment: counts over all users, and nobody's name."""

    connections: Mapping[tuple[str, str], int]  # by provider and status
    renewals_due: int  # usable connections whose seller is to be asked to renew the authorization
    tokens_overdue: (
        int  # access tokens that somebody will use, and whose time to be renewed unasked has passed
    )
    open_runs: Mapping[str, int]  # by status
    oldest_due_seconds: (
        float  # how long the oldest due work has waited for somebody to take it up; 0: nothing waits
    )
    #: Of usable connections, by resource; not of reports.
    ages: Mapping[str, Ages] = field(default_factory=dict)
    #: Resources that nobody tries any more, by name.
    set_aside: Mapping[str, int] = field(default_factory=dict)
    open_reports: Mapping[tuple[str, str], int] = field(default_factory=dict)  # by purpose and status
    incomplete_days: Mapping[str, int] = field(default_factory=dict)  # known to lack orders, by verdict
    differing_sums: int = 0  # daily sums that were other than their orders when they were last recounted
    differing_connections: int = 0  # so many have such sums


@dataclass(frozen=True)
class Scrape:
    """What a monitoring system is given, in the format that ``content_type`` names."""

    text: str
    content_type: str
