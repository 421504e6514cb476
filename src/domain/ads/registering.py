"""Registering an ads account: every step is kept before the next one is taken, so that a crash loses none.

That the account is asked for is written down before Amazon is asked, since it must not be asked for twice.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from domain.ads.accounts import AccountType, FoundAccount
from domain.ads.ports import AdsRegistrar
from domain.ads.registration import Registration, RegistrationStatus
from domain.ads.work import RefreshWork, RegisteringWork
from domain.audit.model import Action, AuditEntry
from domain.connections.model import Connection, Failure
from domain.errors import (
    AccessDenied,
    ChannelError,
    NotConnected,
    NotFound,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamRefused,
    UpstreamUnreachable,
    UsagePlanEmpty,
)
from domain.events.model import Event
from domain.gateway.model import Patience
from domain.sync.failures import failure_of

log = logging.getLogger(__name__)

#: Amazon takes 3 to 30 seconds; looks become rarer the longer it takes.
_FIRST_LOOK, _LONGEST_WAIT = timedelta(seconds=4), timedelta(minutes=5)
#: What is not made after this long will not be.
_PATIENCE = timedelta(days=1)
#: Terms that nobody accepted are forgotten.
_TERMS_PATIENCE = timedelta(days=7)
#: Whether Amazon got the wish is looked into after such a while, and for so long.
_DOUBT_AFTER, _DOUBT_FOR = timedelta(minutes=1), timedelta(hours=1)
#: The profiles of a new account appear some seconds after it.
_UNTIL_PROFILES = timedelta(seconds=30)
#: What concerns the connection as a whole.
_THE_RUNS = (NotConnected, ReauthorizationRequired)

_STATUS = {
    "CREATED": RegistrationStatus.CREATED,
    "PARTIALLY_CREATED": RegistrationStatus.PARTIALLY_CREATED,
    "DISABLED": RegistrationStatus.DISABLED,
}


@dataclass
class Stage:
    """A registration as it is to be kept, and what Amazon has told of the account, if it has.

    ``is_lost``: somebody else has taken the registration on meanwhile, and nothing was kept. ``list_after``: the
    accounts are to be listed again that soon.
    """

    was: Registration
    registration: Registration
    connection: Connection
    at: datetime
    found: FoundAccount | None = None
    is_lost: bool = False
    list_after: timedelta | None = None

    def save(self, work: RegisteringWork) -> int:
        """Keep it, unless it is lost."""
        kept = self.registration
        self.is_lost = not work.ads_registrations.save(kept, self.was)
        if self.is_lost:
            return 0
        if self.found is not None:
            work.ads_accounts.merge(self.connection, [self.found], self.at)
        if self.list_after is not None:
            kinds = (AccountType.ADS_ACCOUNT,)
            work.ads_accounts.list_again(self.connection.id, kinds, self.at + self.list_after)
        if kept.finished_at is not None and kept.ads_account_id is not None:
            both = (AccountType.ADS_ACCOUNT, AccountType.PROFILE)
            work.ads_accounts.list_again(self.connection.id, both, self.at + _UNTIL_PROFILES)
        if kept.finished_at is not None:
            self._write_down(work)
        data = {
            "connection_id": str(kept.connection_id),
            "type": AccountType.ADS_ACCOUNT.value,
            "registration_id": str(kept.id),
            "status": kept.status.value,
        }
        work.figures.changed(kept.user_id)
        work.outbox.append(Event(kept.user_id, "account.changed", self.at, data))
        return 1

    def _write_down(self, work: RegisteringWork) -> None:
        kept = self.registration
        details = {"registration_id": str(kept.id), "status": kept.status.value}
        if kept.ads_account_id is not None:
            details["amazon_id"] = kept.ads_account_id
        entry = AuditEntry(
            uuid4(),
            self.at,
            kept.user_id,
            Action.ACCOUNT_REGISTERED,
            "system",
            "",
            kept.connection_id,
            details,
        )
        work.audit.append(entry)


@dataclass(frozen=True)
class Registering:
    """Takes a registration as far as it goes at present."""

    registrar: AdsRegistrar
    look: Callable[[], RefreshWork]

    def stages(
        self,
        connection: Connection,
        registration: Registration,
        now: Callable[[], datetime],
        patience: Patience = Patience.BACKGROUND,
    ) -> Iterator[Stage]:
        """Stage by stage; each is to be kept before the next one is drawn. The last one waits, or is the end.

        Raises:
            NotConnected, ReauthorizationRequired, and whatever is no trouble of Amazon's.
        """
        hand = _Hand(connection, registration, now)
        try:
            yield from self._onward(hand, patience)
        except _THE_RUNS:
            raise
        except (ChannelError, NotFound, RateLimited) as error:
            yield hand.troubled(error)

    def _onward(self, hand: "_Hand", patience: Patience) -> Iterator[Stage]:
        if hand.registration.status is RegistrationStatus.TERMS_REQUIRED:
            yield from self._terms(hand, patience)
            if not hand.may_ask:
                return
        if hand.registration.ads_account_id is None:
            if hand.registration.asked_at is None:
                yield from self._ask(hand, patience)
            else:
                yield from self._find(hand)
            return
        found = self.registrar.account(hand.connection, hand.registration.ads_account_id)
        yield hand.told(found)

    def _terms(self, hand: "_Hand", patience: Patience) -> Iterator[Stage]:
        token = hand.registration.terms_token
        if token is None:
            token, url = self.registrar.terms(hand.connection, patience)
            yield hand.later(terms_token=token, terms_url=url, error=None)
            return
        status = self.registrar.terms_status(hand.connection, token, patience)
        if status == "REDEEMED":
            yield hand.failed("These terms were accepted for another account already: register anew.")
        elif status == "ACCEPTED":
            yield hand.keep(status=RegistrationStatus.PENDING, next_look_at=hand.now(), looks=0, error=None)
        elif hand.now() - hand.registration.created_at > _TERMS_PATIENCE:
            yield hand.failed(f"Amazon's terms were not accepted within {_TERMS_PATIENCE.days} days.")
        else:
            yield hand.later(error=None)

    def _ask(self, hand: "_Hand", patience: Patience) -> Iterator[Stage]:
        asking = hand.keep(asked_at=hand.now(), next_look_at=hand.now() + _DOUBT_AFTER)
        yield asking
        if asking.is_lost:
            return  # whoever was quicker asks
        wish = replace(hand.registration.wish, terms_token=hand.registration.terms_token)
        try:
            found = self.registrar.register(hand.connection, wish, patience)
        except _THE_RUNS:
            raise
        except (UsagePlanEmpty, RateLimited, UpstreamUnreachable) as error:
            # Amazon has not got it: it is asked for again.
            hand.unask()
            yield hand.troubled(error)
        except (AccessDenied, NotFound, UpstreamRefused) as error:
            if wish.terms_token is None and "terms" in str(error).lower():
                yield hand.keep(
                    status=RegistrationStatus.TERMS_REQUIRED, asked_at=None, looks=0, next_look_at=hand.now()
                )
                yield from self._terms(hand, patience)
            else:
                failure = failure_of(error, hand.now())
                yield hand.end(RegistrationStatus.FAILED, failure)
        else:
            yield hand.told(found)

    def _find(self, hand: "_Hand") -> Iterator[Stage]:
        """Whether Amazon got the wish: its answer was lost."""
        registration, asked_at = hand.registration, hand.registration.asked_at or hand.now()
        if registration.terms_token is not None and not self._is_redeemed(hand, registration.terms_token):
            yield hand.keep(asked_at=None, next_look_at=hand.now())
            return
        found = self._newcomer(hand.connection, registration.wish.account_name, asked_at)
        if found is not None:
            yield hand.told(found)
        elif hand.now() - asked_at > _DOUBT_FOR:
            yield hand.failed(
                "Amazon's answer was lost, and no such account has appeared since: look at your accounts, then register"
                " anew."
            )
        else:
            yield hand.doubt()

    def _is_redeemed(self, hand: "_Hand", token: str) -> bool:
        """A token is good for one account: what was not redeemed has not arrived."""
        try:
            return self.registrar.terms_status(hand.connection, token) != "ACCEPTED"
        except NotFound:
            return True

    def _newcomer(self, connection: Connection, name: str, since: datetime) -> FoundAccount | None:
        """The one account of this name that was listed for the first time since then."""
        with self.look() as work:
            kept = work.ads_accounts.accounts(connection.user_id, type=AccountType.ADS_ACCOUNT)
        new = [
            each.found
            for each in kept
            if each.connection_id == connection.id and each.found.name == name and each.created_at >= since
        ]
        return new[0] if len(new) == 1 else None


@dataclass
class _Hand:
    """A registration in hand, as it was kept last."""

    connection: Connection
    registration: Registration
    now: Callable[[], datetime]

    @property
    def may_ask(self) -> bool:
        """Whether the terms are accepted."""
        return self.registration.status is RegistrationStatus.PENDING

    def unask(self) -> None:
        """As if it had not been asked for; kept with the next stage."""
        self.registration = replace(self.registration, asked_at=None)

    def keep(self, found: FoundAccount | None = None, **changes: Any) -> Stage:
        was, self.registration = self.registration, replace(self.registration, **changes)
        return Stage(was, self.registration, self.connection, self.now(), found)

    def later(self, **changes: Any) -> Stage:
        """Looked at again, ever more rarely."""
        wait = min(_FIRST_LOOK * 1.25 ** min(self.registration.looks, 30), _LONGEST_WAIT)
        over = {"looks": self.registration.looks + 1, "next_look_at": self.now() + wait}
        return self.keep(**{**over, **changes})

    def doubt(self, **changes: Any) -> Stage:
        """It is not known whether Amazon has got the wish: once the accounts were listed, it will be."""
        stage = self.later(next_look_at=self.now() + _DOUBT_AFTER, **changes)
        stage.list_after = _DOUBT_AFTER / 2
        return stage

    def end(
        self,
        status: RegistrationStatus,
        failure: Failure | None = None,
        found: FoundAccount | None = None,
        **changes: Any,
    ) -> Stage:
        return self.keep(
            found, status=status, next_look_at=None, finished_at=self.now(), error=failure, **changes
        )

    def failed(self, message: str) -> Stage:
        return self.end(RegistrationStatus.FAILED, Failure("ads_error", message, self.now()))

    def told(self, found: FoundAccount) -> Stage:
        """What Amazon says of the account."""
        status = _STATUS.get(found.amazon_status, RegistrationStatus.PENDING)
        named: dict[str, Any] = {"ads_account_id": found.amazon_id}
        problems = "; ".join(f"{country}: {words}" for country, words in found.problems.items())
        failure = Failure("ads_error", problems, self.now()) if problems else None
        if status is RegistrationStatus.CREATED:
            return self.end(status, None, found, **named)
        if status is RegistrationStatus.DISABLED:
            refused = failure or Failure("ads_error", "Amazon refused it, and gave no reason.", self.now())
            return self.end(status, refused, found, **named)
        since = self.registration.asked_at or self.registration.created_at
        if self.now() - since > _PATIENCE:
            if status is RegistrationStatus.PARTIALLY_CREATED:
                return self.end(status, failure, found, **named)
            late = Failure("ads_error", "Amazon has not made the account within a day.", self.now())
            return self.end(RegistrationStatus.FAILED, late, found, **named)
        stage = self.later(status=status, error=failure, **named)
        stage.found = found
        return stage

    def troubled(self, error: PortsideError) -> Stage:
        """Amazon failed, or wants us to wait: the registration goes on later, unless it has for too long."""
        now = self.now()
        if isinstance(error, UsagePlanEmpty):
            return self.keep(next_look_at=max(error.until, now + timedelta(seconds=1)))
        if isinstance(error, RateLimited):
            return self.keep(next_look_at=now + timedelta(seconds=max(error.retry_after, 1)))
        failure = failure_of(error, now)
        log.warning(
            "registering an ads account: %s",
            failure.message,
            extra={"connection_id": str(self.connection.id), "registration_id": str(self.registration.id)},
        )
        if now - self.registration.created_at > _TERMS_PATIENCE:
            return self.end(RegistrationStatus.FAILED, failure)
        if self.registration.asked_at is not None and self.registration.ads_account_id is None:
            # Amazon may still be at it; too early a look would find nothing, and ask again.
            return self.doubt(error=failure)
        return self.later(error=failure)
