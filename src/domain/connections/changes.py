"""Changing a connection: which one is the default, which marketplaces it syncs, its role, its own LWA client."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from domain.audit.model import Action
from domain.clock import Clock
from domain.connections.deeds import tell, write_down
from domain.connections.grants import RESOURCES
from domain.connections.model import Connection, ConnectionId, ConnectionStatus
from domain.connections.selection import follow, selected, unfit
from domain.connections.self_authorised import proven
from domain.connections.trials import Trials
from domain.connections.work import ConnectionWork
from domain.errors import Conflict, InvalidInput
from domain.marketplaces import MARKETPLACES
from domain.tokens.model import LwaClient, RefreshToken, Renewal, StoredTokens
from domain.tokens.ports import TokenExchange
from domain.users.model import User, Visitor


class Unchanged(Enum):
    """Stands for what a wish says nothing about; ``None`` says something: go back to what it is without a wish."""

    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED


@dataclass(frozen=True)
class Wish:
    """What to change. ``client_id`` and ``client_secret`` of ``None``: back to the installation's client."""

    is_default: bool | Unchanged = UNCHANGED
    marketplace_ids: tuple[str, ...] | Unchanged | None = UNCHANGED
    marketplace_id: str | Unchanged = UNCHANGED
    iam_role_arn: str | Unchanged | None = UNCHANGED
    client_id: str | Unchanged | None = UNCHANGED
    client_secret: str | Unchanged | None = field(default=UNCHANGED, repr=False)


@dataclass(frozen=True)
class _NewClient:
    """A client that LWA has taken for the stored refresh token; ``None``: it is the installation's."""

    client: LwaClient | None
    stored: StoredTokens
    renewal: Renewal


@dataclass(frozen=True)
class Changes:
    """Carries wishes out, each as a whole or not at all."""

    work: Callable[[], ConnectionWork]
    look: Callable[[], ConnectionWork]  # the same, for reading only
    exchange: TokenExchange
    trials: Trials
    clock: Clock

    def make(self, user: User, visitor: Visitor, connection_id: ConnectionId, wish: Wish) -> Connection:
        """The connection as it is now.

        Raises:
            NotFound: no such connection, or somebody else's.
            InvalidInput: something can't be so, or LWA refuses the client; names each field.
            Conflict: somebody else changed it at the same moment; nothing was done.
            NotConfigured, RateLimited, UpstreamFailed, UpstreamTimedOut: the client could not be tried.
        """
        with self.look() as work:
            connection = work.connections.get(user.id, connection_id)
            stored = work.vault.look(connection_id) if _speaks_of_client(wish) else None
        _changed(connection, wish)  # what can't be is said before LWA is asked
        new_client = self._tried(user, connection, stored, wish)
        return self._kept(user, visitor, connection_id, wish, new_client)

    def _tried(
        self, user: User, connection: Connection, stored: StoredTokens | None, wish: Wish
    ) -> _NewClient | None:
        if not _speaks_of_client(wish):
            return None
        client = _client(connection, wish)
        if client is None and connection.lwa_client_id is None:
            return None
        if stored is None:
            raise InvalidInput(
                {"lwa_client_id": "can't be tried: the connection is disconnected; connect it first"}
            )
        self.trials.admit(user)
        return _NewClient(client, stored, proven(self.exchange, stored.refresh_token, client))

    def _kept(
        self,
        user: User,
        visitor: Visitor,
        connection_id: ConnectionId,
        wish: Wish,
        new_client: _NewClient | None,
    ) -> Connection:
        now = self.clock.now()
        with self.work() as work:
            if wish.is_default is True:
                work.connections.hold_default(user.id)
                self._make_way(work, user, connection_id)
            before = work.connections.hold(work.connections.get(user.id, connection_id).id)
            after = _changed(before, wish)
            if new_client is not None:
                client = new_client.client
                after = replace(after, lwa_client_id=client.id if client else None)
                if after.status is ConnectionStatus.REAUTHORIZATION_REQUIRED:
                    # It was this client that LWA did not take the refresh token from.
                    after = replace(after, status=ConnectionStatus.CONNECTED, last_error=None)
                _keep_client(work, connection_id, new_client)
            details = _differences(before, after, new_client)
            if not details:
                return before
            work.connections.save(after)
            follow(work, now, before, after)
            more = set(after.marketplace_ids) - set(before.marketplace_ids)
            if after.status.usable and (more or not before.status.usable):
                work.sync.ensure(connection_id, user.id, RESOURCES, now)
            write_down(work, now, user, visitor, Action.CONNECTION_CHANGED, connection_id, details)
            tell(work, now, after)
            work.commit()
        return after

    def _make_way(self, work: ConnectionWork, user: User, connection_id: ConnectionId) -> None:
        """The present default one is it no more."""
        wanted = work.connections.get(user.id, connection_id)
        for other in work.connections.of_user(user.id, wanted.provider):
            if other.is_default and other.id != connection_id:
                work.connections.save(replace(work.connections.hold(other.id), is_default=False))


def _changed(connection: Connection, wish: Wish) -> Connection:
    """The connection with everything but its client as wished.

    Raises:
        InvalidInput: it can't be so.
    """
    problems: dict[str, str] = {}
    after = connection
    default_problem = _default_problem(connection, wish)
    if default_problem is not None:
        problems["is_default"] = default_problem
    elif wish.is_default is True:
        after = replace(after, is_default=True)
    if not isinstance(wish.iam_role_arn, Unchanged):
        after = replace(after, iam_role_arn=wish.iam_role_arn)
    if not isinstance(wish.marketplace_ids, Unchanged):
        problem = _choice_problem(connection, wish.marketplace_ids)
        if problem is not None:
            problems["marketplace_ids"] = problem
        else:
            chosen = wish.marketplace_ids
            after = replace(after, chosen_ids=None if chosen is None else tuple(dict.fromkeys(chosen)))
    if not problems:
        after = selected(after)
        if not isinstance(wish.marketplace_id, Unchanged):
            if wish.marketplace_id not in after.marketplace_ids:
                those = ", ".join(after.marketplace_ids)
                problems["marketplace_id"] = f"is not one of those that are synced: {those}"
            else:
                after = replace(after, marketplace_id=wish.marketplace_id)
    if _speaks_of_client(wish):
        problems |= _client_problems(connection, wish)
    if problems:
        raise InvalidInput(problems)
    return after


def _default_problem(connection: Connection, wish: Wish) -> str | None:
    if wish.is_default is False and connection.is_default:
        return "one connection is always the default one: make another one it instead"
    if wish.is_default is True and connection.status is ConnectionStatus.DISCONNECTED:
        return "is disconnected: connect it first, or choose one that is connected"
    return None


def _choice_problem(connection: Connection, chosen: tuple[str, ...] | None) -> str | None:
    if chosen is None:
        return None
    problem = unfit(chosen, connection.region)
    if problem is not None:
        return problem
    possible = connection.participating_ids or tuple(
        each.id for each in MARKETPLACES.values() if each.region is connection.region
    )
    if not set(chosen) <= set(possible):
        return f"the seller does not sell in all of these; possible are {', '.join(possible)}"
    return None


def _speaks_of_client(wish: Wish) -> bool:
    return wish.client_id is not UNCHANGED or wish.client_secret is not UNCHANGED


def _client_problems(connection: Connection, wish: Wish) -> dict[str, str]:
    client_id = connection.lwa_client_id if wish.client_id is UNCHANGED else wish.client_id
    if wish.client_id is None and wish.client_secret in (None, UNCHANGED):
        return {}
    if client_id is None:
        return {"lwa_client_id": "is missing: a secret is worth nothing without its client"}
    if wish.client_secret is None:
        return {"lwa_client_secret": "is missing; to go back to the installation's client, clear both"}
    if wish.client_secret is UNCHANGED and client_id != connection.lwa_client_id:
        return {"lwa_client_secret": "is missing: another client has another secret"}
    return {}


def _client(connection: Connection, wish: Wish) -> LwaClient | None:
    """The client that is wished for; it has been looked at."""
    client_id = connection.lwa_client_id if isinstance(wish.client_id, Unchanged) else wish.client_id
    if client_id is None or not isinstance(wish.client_secret, str):
        return None
    return LwaClient(client_id, wish.client_secret)


def _keep_client(work: ConnectionWork, connection_id: ConnectionId, new: _NewClient) -> None:
    """Raises Conflict: LWA was asked about another grant than the one that is kept by now."""
    present = work.vault.look(connection_id)
    if present is None or (present.refresh_token, present.client) != (
        new.stored.refresh_token,
        new.stored.client,
    ):
        raise Conflict("The connection was renewed or changed at the same moment; look at it, and try again.")
    refresh: RefreshToken = new.renewal.refresh_token or present.refresh_token
    secret = new.client.secret if new.client else None
    work.vault.keep(connection_id, refresh, new.renewal.access_token, secret)


def _differences(before: Connection, after: Connection, new_client: _NewClient | None) -> dict[str, str]:
    """What changed, for the audit log: names, and old and new values of what is no secret."""
    shown = {
        "is_default": (str(before.is_default).lower(), str(after.is_default).lower()),
        "marketplace_ids": (_choice(before), _choice(after)),
        "marketplace_id": (before.marketplace_id, after.marketplace_id),
        "iam_role_arn": (before.iam_role_arn or "none", after.iam_role_arn or "none"),
        "lwa_client_id": (
            before.lwa_client_id or "the installation's",
            after.lwa_client_id or "the installation's",
        ),
    }
    details = {name: f"{old} → {new}" for name, (old, new) in shown.items() if old != new}
    if new_client is not None:
        details["lwa_client_secret"] = "changed" if new_client.client else "erased"
    return {"changed": ", ".join(sorted(details)), **details} if details else {}


def _choice(connection: Connection) -> str:
    return "all" if connection.chosen_ids is None else " ".join(connection.chosen_ids)
