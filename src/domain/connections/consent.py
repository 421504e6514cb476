"""Consent: the state goes out with the seller, and comes back with Amazon's code."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from domain.audit.model import AuditEntry
from domain.clock import Clock
from domain.connections.model import (
    Connection,
    ConnectionId,
    ConnectionStatus,
    ConsentState,
    Grant,
    Provider,
)
from domain.connections.participations import Memberships
from domain.connections.ports import CodeExchange, ConsentPages
from domain.connections.work import ConnectionWork
from domain.errors import ChannelError, ConsentFailed, InvalidInput, NotConfigured, PortsideError, RateLimited
from domain.events.model import Event
from domain.gateway.model import Patience
from domain.marketplaces import MARKETPLACES, find
from domain.sync.failures import failure_of
from domain.sync.model import Resource
from domain.users.model import User, Visitor
from domain.users.ports import Tokens

log = logging.getLogger(__name__)

#: From asking for the consent to the code: Amazon allows ten minutes as well.
STATE_LIFE = timedelta(minutes=10)
#: The first sync is due at once, but leaves the callback time to learn the marketplaces.
_FIRST_SYNC_AFTER = timedelta(seconds=5)
RESOURCES = (Resource.ORDERS, Resource.INVENTORY)


@dataclass(frozen=True)
class Returned:
    """What the browser brings back from the consent page; ``None`` for what is missing. ``error``: it was denied."""

    state: str | None
    code: str | None
    seller_id: str | None
    error: str | None


@dataclass(frozen=True)
class Consent:
    """Sends sellers to Amazon's consent page, and makes connections of what they come back with."""

    work: Callable[[], ConnectionWork]
    pages: ConsentPages
    codes: CodeExchange
    memberships: Memberships
    tokens: Tokens
    clock: Clock
    redirect_uri: str

    def start(self, user: User, browser: str, marketplace_id: str) -> str:
        """The address of the consent page, with a fresh state in it. Calls nobody.

        Raises:
            InvalidInput: a marketplace that we don't know.
            NotConfigured: no application to ask for.
        """
        marketplace = find(marketplace_id)
        if marketplace is None:
            known = ", ".join(f"{m.country_code} {m.id}" for m in MARKETPLACES.values())
            raise InvalidInput({"marketplace_id": f"unknown marketplace; known are {known}"})
        state = self.tokens.new()
        url = self.pages.url(marketplace_id, state, self.redirect_uri)
        kept = ConsentState(
            state_hash=_hash(state),
            user_id=user.id,
            provider=Provider.AMAZON_SP,
            region=marketplace.region,
            marketplace_id=marketplace_id,
            browser_hash=_hash(browser),
            expires_at=self.clock.now() + STATE_LIFE,
        )
        with self.work() as work:
            work.states.keep(kept)
            work.commit()
        return url

    def finish(self, user: User, visitor: Visitor, browser: str | None, returned: Returned) -> Connection:
        """Make the connection: the state is burnt, the code exchanged, the tokens kept, the first sync scheduled.

        Raises:
            ConsentFailed: nothing was connected; its code says why: ``missing_params``, ``invalid_state``,
                ``access_denied``, ``exchange_failed``, ``not_configured``.
        """
        state = self._state(user, browser, returned)
        if returned.error is not None:
            raise ConsentFailed("access_denied", "The seller did not give consent.")
        if not returned.code or not returned.seller_id:
            raise ConsentFailed("missing_params", "Amazon sent no code, or no seller.")
        grant = self._exchanged(returned.code)
        connection = self._kept(user, visitor, state, returned.seller_id, grant)
        return self._with_marketplaces(connection)

    def _state(self, user: User, browser: str | None, returned: Returned) -> ConsentState:
        if not returned.state:
            raise ConsentFailed("missing_params", "Amazon sent no state.")
        with self.work() as work:
            state = work.states.take(_hash(returned.state), self.clock.now())
            work.commit()
        if state is None:
            raise ConsentFailed("invalid_state", "The state is unknown, used or expired.")
        if state.user_id != user.id or browser is None or state.browser_hash != _hash(browser):
            raise ConsentFailed("invalid_state", "The state belongs to another user or another browser.")
        return state

    def _exchanged(self, code: str) -> Grant:
        try:
            return self.codes.exchange(code, self.redirect_uri)
        except NotConfigured as error:
            raise ConsentFailed("not_configured", str(error)) from error
        except (ChannelError, RateLimited) as error:
            raise ConsentFailed("exchange_failed", str(error)) from error

    def _kept(
        self, user: User, visitor: Visitor, state: ConsentState, seller_id: str, grant: Grant
    ) -> Connection:
        now = self.clock.now()
        with self.work() as work:
            mine = work.connections.of_user(user.id, Provider.AMAZON_SP)
            known = next(
                (one for one in mine if (one.seller_id, one.region) == (seller_id, state.region)), None
            )
            others = [one for one in mine if one is not known]
            connection = (
                work.connections.hold(known.id) if known else _new_connection(user, state, seller_id, now)
            )
            connection = replace(
                connection,
                status=ConnectionStatus.CONNECTED,
                is_default=_becomes_default(work, connection, others),
                authorized_at=now,
                last_error=None,
            )
            if known:
                work.connections.save(connection)
            else:
                work.connections.add(connection)
            work.vault.keep(connection.id, grant.refresh_token, grant.access_token)
            work.sync.ensure(connection.id, user.id, RESOURCES, now + _FIRST_SYNC_AFTER)
            action = "connection.renewed" if known else "connection.connected"
            work.audit.append(
                AuditEntry(
                    uuid4(),
                    now,
                    user.id,
                    action,
                    user.email,
                    visitor.address,
                    connection.id,
                    {"seller_id": seller_id},
                )
            )
            work.outbox.append(_changed(connection))
            work.commit()
        return connection

    def _with_marketplaces(self, connection: Connection) -> Connection:
        """A grant is never lost because a second call fails: the sync asks for the marketplaces again."""
        try:
            connection = self.memberships.refreshed(connection, Patience.INTERACTIVE)
        except PortsideError as error:
            log.warning(
                "participations are not known yet: %s", error, extra={"connection_id": str(connection.id)}
            )
            with self.work() as work:
                work.connections.degraded(connection.id, failure_of(error, self.clock.now()))
                work.commit()
        with self.work() as work:
            connection = work.connections.by_id(connection.id)
            if connection.status.usable:
                work.sync.ensure(connection.id, connection.user_id, RESOURCES, self.clock.now())
            work.commit()
        return connection


def _becomes_default(work: ConnectionWork, connection: Connection, others: Sequence[Connection]) -> bool:
    """Whether it is the one that is meant when none is named: yes, unless another one is alive."""
    if any(other.status is not ConnectionStatus.DISCONNECTED for other in others):
        return connection.is_default
    for other in others:
        if other.is_default:
            work.connections.save(replace(work.connections.hold(other.id), is_default=False))
    return True


def _new_connection(user: User, state: ConsentState, seller_id: str, now: datetime) -> Connection:
    return Connection(
        id=ConnectionId(uuid4()),
        user_id=user.id,
        provider=state.provider,
        seller_id=seller_id,
        region=state.region,
        marketplace_id=state.marketplace_id,
        marketplace_ids=(state.marketplace_id,),
        status=ConnectionStatus.CONNECTED,
        is_default=False,
        connected_at=now,
        authorized_at=now,
    )


def _changed(connection: Connection) -> Event:
    data = {"connection_id": str(connection.id), "status": connection.status.value}
    return Event(connection.user_id, "connection.changed", connection.authorized_at, data)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
