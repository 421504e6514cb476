"""Which link of the chain holds: from what is stored to one real answer of Amazon's; for a broken one cause and mend."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from domain.clock import Clock
from domain.connections.mends import CONNECT_AGAIN, PUT_THE_KEY_BACK, mend_for, mend_for_roles, retry_after
from domain.connections.model import Connection, ConnectionStatus, Participation
from domain.connections.ports import SellerAccounts
from domain.connections.roles import RoleTrial, Tried, Verdict, by_verdict
from domain.errors import AccessDenied, InvalidInput, KeyUnavailable, PortsideError, RateLimited
from domain.gateway.model import BucketKey, Patience
from domain.gateway.operations import MARKETPLACE_PARTICIPATIONS
from domain.gateway.ports import Buckets, RoleSessions, Stopwatch
from domain.gateway.usage_plans import UsagePlan
from domain.inventory.ports import StockFeed
from domain.marketplaces import MARKETPLACES, find
from domain.orders.model import OrderPage, OrderWindow
from domain.orders.ports import OrderFeed
from domain.tokens.access import AccessTokens
from domain.tokens.ports import VaultWork

#: Amazon refuses windows that end less than two minutes ago.
_HOLDBACK = timedelta(minutes=3)
_LATEST = timedelta(days=7)
#: Enough to see whether orders are answered at all.
_SHORT = timedelta(hours=1)
#: Amazon's refresh tokens have several hundred characters.
_SHORT_TOKEN = 60
#: How often a connection is tried out: each time costs an exchange at LWA, which all connections share.
_PLAN = UsagePlan(rate=0.2, burst=20)
_NO_ROLE = "no role is set: Amazon needs none since October 2023"


class LinkState(StrEnum):
    """How a link is."""

    OK = "ok"
    WARNING = "warning"  # it holds, but somebody should look at it
    FAILED = "failed"
    SKIPPED = "skipped"  # not needed, or one before it has failed


@dataclass(frozen=True)
class Link:
    """One link. ``cause`` and ``mend`` are in words, and empty when all is well. ``request_id`` is Amazon's own."""

    name: str
    state: LinkState = LinkState.OK
    cause: str = ""
    mend: str = ""
    details: Mapping[str, object] = field(default_factory=dict)
    request_id: str | None = None
    seconds: float = 0.0


def holds(chain: Sequence[Link]) -> bool:
    """Whether no link has failed."""
    return all(link.state is not LinkState.FAILED for link in chain)


@dataclass(frozen=True)
class Diagnosis:
    """Tries out connections. Changes nothing of them, unless LWA says that the seller has revoked us: that is news."""

    look: Callable[[], VaultWork]
    tokens: AccessTokens
    accounts: SellerAccounts
    orders: OrderFeed
    stock: StockFeed
    roles: RoleSessions
    role_arn: str | None  # the installation's role, for connections without one of their own
    draft: bool  # the application is said to be a draft
    clock: Clock
    stopwatch: Stopwatch
    buckets: Buckets

    def check(self, connection: Connection) -> list[Link]:
        """Every link in its order: what comes after a failed one is skipped, but for the age of the authorization.

        Raises:
            RateLimited: somebody tries this connection out again and again.
            Unavailable: the database is away.
        """
        self._admit(connection)
        chain = self._stored(connection)
        for name, examine in (
            ("token_exchange", self._exchange),
            ("role", self._role),
            ("call", self._call),
            ("roles", self._granted),
        ):
            chain.append(self._examined(name, connection, examine) if holds(chain) else skipped(name))
        # The age needs no link before it, and explains why the exchange failed.
        stored = chain[0].state is not LinkState.FAILED
        chain.append(self._age(connection) if stored else skipped("authorization_age"))
        return chain

    def latest_orders(self, connection: Connection, marketplace_id: str) -> OrderPage:
        """One page of the marketplace's orders that changed within the last seven days; nothing is kept.

        Raises:
            InvalidInput: the marketplace is unknown, or of another region.
            ChannelError, RateLimited, NotConfigured, KeyUnavailable: any of the gateway's.
        """
        marketplace = find(marketplace_id)
        if marketplace is None or marketplace.region is not connection.region:
            known = ", ".join(one.id for one in MARKETPLACES.values() if one.region is connection.region)
            raise InvalidInput(
                {"marketplaceId": f"not a marketplace of this connection's region; those are {known}"}
            )
        window = self._until_now(_LATEST, marketplace_id)
        return self.orders.page(connection, window, None, Patience.INTERACTIVE)

    def _admit(self, connection: Connection) -> None:
        """Whoever knocks without a pause would use up the exchanges that all connections share."""
        key = BucketKey("portside", connection.region, str(connection.id), "diagnosis")
        wait = self.buckets.take(key, _PLAN, self.clock.now(), 0.0)
        if wait > 0:
            raise RateLimited("This connection has been tried out often enough for now.", wait)

    def _stored(self, connection: Connection) -> list[Link]:
        """The first two links: they are looked at in one go."""
        name, start = "stored_credentials", self.stopwatch.seconds()
        try:
            with self.look() as work:
                stored = work.vault.look(connection.id)
        except KeyUnavailable as error:
            return [Link(name), Link("key", LinkState.FAILED, str(error), PUT_THE_KEY_BACK)]
        seconds = self.stopwatch.seconds() - start
        if stored is None:
            gone = connection.status is ConnectionStatus.DISCONNECTED
            cause = "the connection was disconnected" if gone else "there is no refresh token"
            return [Link(name, LinkState.FAILED, cause, CONNECT_AGAIN, seconds=seconds), skipped("key")]
        odd = _oddity(stored.refresh_token.text)
        state = LinkState.WARNING if odd else LinkState.OK
        mend = "if the exchange fails, connect again with the whole token" if odd else ""
        return [Link(name, state, odd, mend, seconds=seconds), Link("key")]

    def _exchange(self, connection: Connection) -> Link:
        """A token that is still good would hide a client secret that Amazon accepts no longer: LWA is asked anyway."""
        token = self.tokens.renewed(connection.id)
        left = int((token.expires_at - self.clock.now()).total_seconds())
        return Link("token_exchange", details={"expires_in_seconds": left})

    def _role(self, connection: Connection) -> Link:
        role_arn = connection.iam_role_arn or self.role_arn
        if role_arn is None:
            return Link("role", LinkState.SKIPPED, _NO_ROLE)
        credentials = self.roles.credentials(role_arn, connection.seller_id, anew=True)
        left = int((credentials.expires_at - self.clock.now()).total_seconds())
        return Link("role", details={"role_arn": role_arn, "expires_in_seconds": left})

    def _call(self, connection: Connection) -> Link:
        try:
            found = self.accounts.participations(connection, Patience.INTERACTIVE)
        except AccessDenied as error:
            return self._denied(connection, error)
        return _membership(connection, found)

    def _denied(self, connection: Connection, denied: AccessDenied) -> Link:
        """One operation denied is a missing role; when others are as well, it is the application or the account."""
        window = self._until_now(timedelta(days=1), connection.marketplace_id)
        role = {"role": denied.role} if denied.role else {}
        try:
            self.orders.estimate(connection, window, Patience.INTERACTIVE)
        except AccessDenied as second:
            missing = list(dict.fromkeys(name for name in (denied.role, second.role) if name))
            cause = (
                "Amazon denies whatever is asked, though the access token is fresh: the application, the seller's "
                f"account, or all of these roles: {', '.join(missing)}"
            )
            details = {**role, "roles": missing}
            mend = _alive(self.draft)
            return Link("call", LinkState.FAILED, cause, mend, details, denied.request_id)
        except PortsideError as second:
            cause = f"{denied} Whether Amazon denies other operations as well is not known: {second}"
        else:
            cause = f"{denied} Other operations are answered."
        mend = mend_for("call", denied, connection)
        return Link("call", LinkState.FAILED, cause, mend, role, denied.request_id)

    def _granted(self, connection: Connection) -> Link:
        """The roles that the background work needs. The one of the call before is granted: it was answered.

        What Amazon fails to answer is a warning as long as another of them is answered: then it is that operation's
        trouble, and passes. What has to wait for its usage plan is no trouble at all.
        """
        window = self._until_now(_SHORT, connection.marketplace_id)
        tried = RoleTrial(self.orders, self.stock).of(connection, window)
        details = by_verdict([Tried(MARKETPLACE_PARTICIPATIONS), *tried])
        verdicts = {one.verdict for one in tried}
        if Verdict.REFUSED in verdicts:
            return _refused(tried, details)
        if Verdict.UNKNOWN in verdicts:
            state = LinkState.WARNING if Verdict.GRANTED in verdicts else LinkState.FAILED
            return _unknown(state, connection, tried, details)
        if Verdict.GRANTED not in verdicts:
            return Link("roles", LinkState.SKIPPED, str(tried[0].error), details=details)
        return Link("roles", details=details)

    def _age(self, connection: Connection) -> Link:
        name, now = "authorization_age", self.clock.now()
        days = (connection.renew_before - now).days
        details = {"renew_before": connection.renew_before, "days_left": days}
        day = f"{connection.renew_before:%Y-%m-%d}"
        if now >= connection.renew_before:
            cause = f"the authorization is older than 365 days: it ended on {day}"
            return Link(name, LinkState.FAILED, cause, CONNECT_AGAIN, details)
        if connection.renewal_due(now):
            cause = f"the authorization ends on {day}, in {days} days"
            return Link(name, LinkState.WARNING, cause, f"{CONNECT_AGAIN} before that day", details)
        return Link(name, details=details)

    def _examined(self, name: str, connection: Connection, examine: Callable[[Connection], Link]) -> Link:
        start = self.stopwatch.seconds()
        try:
            link = examine(connection)
        except PortsideError as error:
            wait = retry_after(error, self.clock.now())
            details = {} if wait is None else {"retry_after_seconds": wait}
            request_id = getattr(error, "request_id", None)
            mend = mend_for(name, error, connection, wait)
            link = Link(name, LinkState.FAILED, str(error), mend, details, request_id)
        return replace(link, seconds=self.stopwatch.seconds() - start)

    def _until_now(self, span: timedelta, marketplace_id: str) -> OrderWindow:
        end = self.clock.now() - _HOLDBACK
        return OrderWindow(end - span, end, (marketplace_id,))


def skipped(name: str) -> Link:
    """A link that was not looked at."""
    return Link(name, LinkState.SKIPPED, "needs the one before")


def _oddity(token: str) -> str:
    """What is strange about a refresh token; empty for one that looks like Amazon's. Nothing of it is repeated."""
    if not token.startswith("Atzr|"):
        return "the stored refresh token does not begin with Atzr|, as Amazon's do"
    if len(token) < _SHORT_TOKEN:
        return f"the stored refresh token has only {len(token)} characters: it may have been cut off"
    return ""


def _alive(draft: bool) -> str:
    """What to do about an application that Amazon gives nothing to."""
    said = (
        "AMAZON_APP_DRAFT says that it is a draft: take the setting away once it is published"
        if draft
        else "if it is still a draft, set AMAZON_APP_DRAFT=true, or Seller Central refuses the consent with MD1000"
    )
    return (
        "see in the Solution Provider Portal that the application is active and has these roles, and in Seller "
        f"Central that the seller's account is active; then {CONNECT_AGAIN}; {said}"
    )


def _membership(connection: Connection, found: Sequence[Participation]) -> Link:
    """What the seller's marketplaces say about the connection."""
    selling = [one.marketplace_id for one in found if one.participating]
    here = {each for each in selling if (known := find(each)) and known.region is connection.region}
    details: dict[str, object] = {"marketplace_ids": sorted(here)}
    if not here:
        cause = (
            f"Amazon answers, but the seller takes part in no marketplace of the region {connection.region}"
        )
        elsewhere = ", ".join(sorted(selling)) or "none"
        mend = (
            f"connect the seller through a marketplace where it sells (Amazon names: {elsewhere}); if there is "
            "none, the seller finishes the registration in Seller Central"
        )
        return Link("call", LinkState.FAILED, cause, mend, details)
    strange = [each for each in connection.marketplace_ids if each not in here]
    if strange:
        cause = f"the connection syncs marketplaces in which the seller takes no part: {', '.join(strange)}"
        mend = "choose others for this connection, or let the seller begin to sell there"
        return Link("call", LinkState.WARNING, cause, mend, {**details, "not_participating": strange})
    shut = [one.marketplace_id for one in found if one.suspended and one.marketplace_id in here]
    if shut:
        cause = f"Amazon has suspended the seller's listings in {', '.join(shut)}"
        mend = "the seller looks at the account's health in Seller Central"
        return Link("call", LinkState.WARNING, cause, mend, {**details, "suspended": shut})
    return Link("call", details=details)


def _refused(tried: Sequence[Tried], details: Mapping[str, Sequence[str]]) -> Link:
    """Every role that is refused at once: for each that is added later, the seller has to connect again."""
    refused = [one for one in tried if one.verdict is Verdict.REFUSED]
    cause = (
        f"Amazon denies {', '.join(f'{one.operation.name} (role “{one.role}”)' for one in refused)}. Usually the "
        "application lacks the role, or the seller has not renewed the consent since it was added. Granted: "
        f"{_listed(details, Verdict.GRANTED)}."
    )
    if open_still := _listed(details, Verdict.NOT_TRIED, Verdict.UNKNOWN):
        cause = f"{cause} Not known: {open_still}."
    mend = mend_for_roles([one.role for one in refused])
    request_id = getattr(refused[0].error, "request_id", None)
    return Link("roles", LinkState.FAILED, cause, mend, details, request_id)


def _unknown(
    state: LinkState, connection: Connection, tried: Sequence[Tried], details: Mapping[str, Sequence[str]]
) -> Link:
    """Amazon has failed where it should have said yes or no: the first failure explains them."""
    error = next(one.error for one in tried if one.error and one.verdict is Verdict.UNKNOWN)
    cause = (
        f"Amazon does not show whether these roles are granted: {_listed(details, Verdict.UNKNOWN)}. {error}"
    )
    request_id = getattr(error, "request_id", None)
    return Link("roles", state, cause, mend_for("roles", error, connection), details, request_id)


def _listed(details: Mapping[str, Sequence[str]], *verdicts: Verdict) -> str:
    return ", ".join(role for verdict in verdicts for role in details.get(verdict.value, ()))
