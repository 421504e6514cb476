"""What answers have taught lately: the same rate again need not be written down again."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.gateway.model import BucketKey

#: Buckets can be lost, and other processes may have learned otherwise: after this long it is said again.
_REMEMBERED = timedelta(minutes=1)
_MOST = 10_000


@dataclass
class Lessons:
    """The last rate of each bucket, in this process."""

    _learned: dict[BucketKey, tuple[float, datetime]] = field(default_factory=dict, init=False, repr=False)

    def is_new(self, key: BucketKey, rate: float, now: datetime) -> bool:
        """Whether this has to be kept; it is taken as kept from now on."""
        known = self._learned.get(key)
        if known is not None and known[0] == rate and known[1] <= now < known[1] + _REMEMBERED:
            return False
        if len(self._learned) >= _MOST:
            self._learned.clear()
        self._learned[key] = (rate, now)
        return True

    def forget(self, key: BucketKey) -> None:
        """It could not be kept: the next answer teaches it anew."""
        self._learned.pop(key, None)
