"""Access tokens renewed before their end, so that nobody has to wait for a new one."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from domain.clock import Clock
from domain.connections.model import Provider
from domain.errors import (
    ChannelError,
    ClientRefused,
    KeyUnavailable,
    NotConfigured,
    RateLimited,
    ReauthorizationRequired,
)
from domain.gateway.ports import Chance
from domain.tokens.access import AccessTokens
from domain.tokens.model import DueClaim, StoredTokens
from domain.tokens.ports import VaultWork

log = logging.getLogger(__name__)

#: After so many failures one after the other it is LWA that fails, not a seller's token.
_FAILURES_IN_A_ROW = 3
#: How long a token that could not be renewed is left alone, in seconds, from … to ….
_AFTER_FAILURE = (30.0, 90.0)
#: The installation's client is refused: only an operator can mend it.
_AFTER_REFUSAL = timedelta(minutes=1)
#: LWA's word for a grant that was given to another client, or for a client that may do nothing at all.
_NOT_THIS_GRANT = "unauthorized_client"
#: Only the operator (the key ring) or the user (a client of their own, a new consent) can mend it.
_AFTER_WHAT_PEOPLE_MEND = timedelta(minutes=10)


class _Rest:
    """How LWA fares, as all threads of this process see it: failures in a row, and until when nobody asks."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._begun: datetime | None = None
        self._until: datetime | None = None
        self._failures = 0

    def left(self, now: datetime) -> timedelta:
        """How much longer nobody asks; not at all, where the clock was set back to before it began."""
        with self._lock:
            if self._begun is None or self._until is None or now < self._begun:
                return timedelta(0)
            return max(self._until - now, timedelta(0))

    def begin(self, now: datetime, wait: timedelta) -> None:
        """Nobody asks for so long."""
        with self._lock:
            still = self._until if self._begun is not None and self._begun <= now else None
            self._until = max(now + wait, still or now)
            self._begun, self._failures = now, 0

    def answered(self) -> None:
        """LWA has given an answer that it means."""
        with self._lock:
            self._failures = 0

    def failed(self) -> bool:
        """LWA has failed; says whether it has done so too often in a row."""
        with self._lock:
            self._failures += 1
            return self._failures >= _FAILURES_IN_A_ROW


@dataclass(frozen=True)
class Renewals:
    """Renews what is due, a bounded number at a time, under the same claims that interactive callers contend for.

    Nothing here waits. What fails is due again later, a little apart from each other; when LWA throttles, fails time and
    again or refuses our client, this process asks for nothing until a while has passed.
    """

    work: Callable[[], VaultWork]
    look: Callable[[], VaultWork]  # the same, for reading only
    tokens: AccessTokens
    clock: Clock
    chance: Chance
    owner: str  # names this process: host and process id
    claim_seconds: float  # more than twice as long as the slowest exchange
    provider: Provider = Provider.AMAZON_SP  # whose tokens these are
    _rest: _Rest = field(default_factory=_Rest, init=False, repr=False)

    def renew_due(self, limit: int) -> int:
        """Claim up to ``limit`` due tokens and renew them, one after the other; returns how many are new.

        Raises:
            Unavailable: the database is away; what was claimed is free again when the claims run out.
        """
        return self.carry_out(self.claim(limit))

    def claim(self, limit: int) -> list[DueClaim]:
        """Take up to ``limit`` due tokens, for ``carry_out`` to begin with at once; none while LWA is left alone.

        Raises:
            Unavailable: the database is away.
        """
        now = self.clock.now()
        if self._rest.left(now):
            return []
        with self.work() as work:
            until = now + timedelta(seconds=self.claim_seconds)
            claimed = work.vault.claim_due(self.provider, self.owner, now, until, limit)
            if claimed:
                work.commit()
        return claimed

    def carry_out(self, due: Sequence[DueClaim], stopping: Callable[[], bool] = lambda: False) -> int:
        """Renew what was claimed, one after the other; returns how many tokens are new.

        Claims that come to nothing are given back, also when ``stopping`` ends the work early. A claim is used in its
        first half only: in the second one an exchange might outlive it, and somebody else would ask as well.

        Raises:
            Unavailable: the database is away.
        """
        begin_by = self.clock.now() + timedelta(seconds=self.claim_seconds / 2)
        untried, postponed, renewed = list(due), dict[DueClaim, datetime](), 0
        try:
            while untried and not stopping() and self._may_ask(begin_by):
                one = untried.pop(0)
                # Whatever happens now, the same token is not the first one to be tried next time.
                postponed[one] = self.clock.now() + _AFTER_WHAT_PEOPLE_MEND
                again_in = self._attempted(one)
                if again_in is None:
                    del postponed[one]
                    renewed += 1
                else:
                    postponed[one] = self.clock.now() + again_in
        finally:
            self._give_back({**postponed, **dict.fromkeys(untried)})
        return renewed

    def _may_ask(self, begin_by: datetime) -> bool:
        now = self.clock.now()
        return now < begin_by and not self._rest.left(now)

    def _attempted(self, one: DueClaim) -> timedelta | None:
        """``None``: there is a new token. Else how long this one is to be left alone."""
        try:
            stored = self._stored(one.connection_id)
        except KeyUnavailable as error:
            return self._left_to_people(one, error)
        if stored is None or stored.version != one.claim.version:
            return timedelta(
                0
            )  # erased or granted anew since: the claim is void, and giving it back does nothing
        try:
            token = self.tokens.renew_claimed(one.connection_id, stored, one.claim)
        except (ChannelError, RateLimited, NotConfigured) as error:
            return self._again_after(one, stored, error)
        self._rest.answered()
        return None if token is not None else timedelta(0)

    def _again_after(
        self, one: DueClaim, stored: StoredTokens, error: ChannelError | RateLimited | NotConfigured
    ) -> timedelta:
        """What an error means for this token, and for all the others."""
        match error:
            case ReauthorizationRequired():
                self._rest.answered()
                return self._left_to_people(one, error)
            case RateLimited():
                return self._throttled(one, stored, error)
            case NotConfigured():
                return self._refused(one, stored, error)
            case _:
                self._failed(one, error)
                return timedelta(seconds=self.chance.between(*_AFTER_FAILURE))

    def _left_to_people(self, one: DueClaim, error: Exception) -> timedelta:
        _tell(one, error)
        return _AFTER_WHAT_PEOPLE_MEND

    def _throttled(self, one: DueClaim, stored: StoredTokens, error: RateLimited) -> timedelta:
        """The installation's client is everybody's; one that a user brought along throttles nobody else."""
        _tell(one, error, logging.INFO)
        wait = timedelta(seconds=error.retry_after)
        if stored.client is None:
            self._rest.begin(self.clock.now(), wait)
        return wait * self.chance.between(1.0, 2.0)

    def _refused(self, one: DueClaim, stored: StoredTokens, error: NotConfigured) -> timedelta:
        if stored.client is not None:
            return self._left_to_people(one, error)
        if isinstance(error, ClientRefused) and error.code == _NOT_THIS_GRANT:
            self._failed(one, error)
            return _AFTER_WHAT_PEOPLE_MEND
        _tell(one, error)
        self._rest.begin(self.clock.now(), _AFTER_REFUSAL)
        return _AFTER_REFUSAL * self.chance.between(1.0, 2.0)

    def _failed(self, one: DueClaim, error: Exception) -> None:
        """Failures in a row are nobody's own affair any more: LWA is given a rest."""
        _tell(one, error)
        if self._rest.failed():
            self._rest.begin(self.clock.now(), timedelta(seconds=_AFTER_FAILURE[0]))

    def _give_back(self, claims: dict[DueClaim, datetime | None]) -> None:
        """Those without a moment are due when the rest is over, a little apart from each other."""
        if not claims:
            return
        now = self.clock.now()
        rest = self._rest.left(now)
        with self.work() as work:
            work.vault.postpone(
                {one: at or now + rest * self.chance.between(1.0, 2.0) for one, at in claims.items()}
            )
            work.commit()

    def _stored(self, connection_id: UUID) -> StoredTokens | None:
        with self.look() as work:
            return work.vault.look(connection_id)


def _tell(one: DueClaim, error: Exception, level: int = logging.WARNING) -> None:
    log.log(
        level,
        "a token could not be renewed ahead of time",
        extra={"connection_id": str(one.connection_id), "cause": type(error).__name__},
    )
