"""How often one user has Login with Amazon asked about what may be worth nothing."""

from dataclasses import dataclass

from domain.clock import Clock
from domain.errors import RateLimited
from domain.gateway.model import BucketKey
from domain.gateway.ports import Buckets
from domain.gateway.usage_plans import UsagePlan
from domain.users.model import User

#: Twenty in a row, then one in five seconds: more than anybody needs, and far less than what all users share.
_PLAN = UsagePlan(rate=0.2, burst=20)


@dataclass(frozen=True)
class Trials:
    """Lets a user's codes, tokens and clients through to LWA, each of which costs an exchange that all users share."""

    buckets: Buckets
    clock: Clock

    def admit(self, user: User) -> None:
        """Raises RateLimited: this user tries again and again."""
        key = BucketKey("portside", "", str(user.id), "trial")
        wait = self.buckets.take(key, _PLAN, self.clock.now(), 0.0)
        if wait > 0:
            raise RateLimited("You have tried to connect often enough for now.", wait)
