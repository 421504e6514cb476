"""How long to stay away from a channel that says "too many" without saying for how long: longer each time."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.gateway.model import BucketKey
from domain.gateway.ports import Buckets, Chance
from domain.gateway.usage_plans import Bucket, Growth, UsagePlan, credible_wait, refill

#: So many refusals are remembered; after them the wait is the longest anyway.
_REMEMBERED = 10


@dataclass(frozen=True)
class Refusals:
    """Counts refusals where all processes see them: in a bucket beside the operation's own.

    Each takes a token out of it, and a token comes back in the time of the longest wait, so that what was refused long
    ago is forgotten.
    """

    buckets: Buckets
    chance: Chance

    def wait(
        self, key: BucketKey, plan: UsagePlan, growth: Growth | None, retry_after: float | None, now: datetime
    ) -> float | None:
        """Seconds to stay away from what the key stands for; ``None``: until its plan has the next token.

        Args:
            key: Whose bucket was too full.
            plan: Its plan.
            growth: How to wait where nobody says for how long; ``None``: as the plan has it.
            retry_after: What the channel said, in seconds.
            now: The moment of the refusal.
        """
        if retry_after is not None or growth is None:
            return credible_wait(retry_after, plan)
        least = growth.least(self._counted(key, growth, now))
        return self.chance.between(least, 2 * least)

    def _counted(self, key: BucketKey, growth: Growth, now: datetime) -> int:
        memory, plan = replace(key, operation=f"{key.operation}.refused"), _forgetting(growth)
        if self.buckets.take(memory, plan, now, 0.0) > 0:
            return _REMEMBERED
        known = (each.bucket for each in self.buckets.levels([key.owner]) if each.key == memory)
        at = now.timestamp()
        left = refill(next(known, None) or Bucket.full(plan, at), plan, at).level
        return max(1, round(_REMEMBERED - left))


def _forgetting(growth: Growth) -> UsagePlan:
    return UsagePlan(rate=1 / growth.longest, burst=_REMEMBERED)
