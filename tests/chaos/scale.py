"""How much of everything there is in a chaos test."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Scale:
    """Sizes and paces.

    Attributes:
        rate_factor: multiplies the usage plans' rates, not their bursts: by Amazon's own, the reports of a seller in
            seven marketplaces would take a quarter of an hour once Redis was lost, and every bucket with it.
        faults: the share of all calls to Amazon that goes wrong.
        kill_every: seconds between two kills.
        changes: for how long after the beginning orders go on changing, on top of what the seed has drawn.
        trouble: after so many seconds there is peace, whatever is still to be done.
        patience: after so many seconds the test has failed.
    """

    sellers: int
    users: int
    orders_per_day: float
    history_days: int
    skus: int
    rate_factor: float
    report_seconds: float
    poll_seconds: float
    kill_every: float
    redis_away: float
    trouble: float
    patience: float
    faults: float = 0.1
    changes: timedelta = timedelta(0)
    seed: int = 7


#: 200 × about 500 orders, in a few minutes.
FULL = Scale(
    sellers=200,
    users=20,
    orders_per_day=8.5,
    history_days=59,
    skus=60,
    rate_factor=20,
    report_seconds=3,
    poll_seconds=1,
    kill_every=6,
    redis_away=8,
    trouble=150,
    patience=420,
    changes=timedelta(seconds=45),
)
#: The same in small, for every run of the tests.
SHORT = Scale(
    sellers=12,
    users=3,
    orders_per_day=5,
    history_days=32,
    skus=30,
    rate_factor=100,
    report_seconds=0.5,
    poll_seconds=0.2,
    kill_every=3,
    redis_away=2,
    trouble=14,
    patience=85,
)
