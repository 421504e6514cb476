"""One deed on many accounts, each with an outcome of its own.

What was done stays done: portions are committed one by one, and doing it all again changes nothing more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.ads.accounts import Account, AccountId, AccountType
from domain.ads.desk import Change, changed_as, insist_connected, write_down
from domain.ads.work import AccountWork
from domain.clock import Clock
from domain.connections.catalog import alive
from domain.connections.model import Connection, ConnectionId, Provider
from domain.errors import InvalidInput, NotFound, PortsideError
from domain.sync.model import Resource
from domain.users.model import User, Visitor

#: More at once are refused.
MOST_ACCOUNTS = 200
_PORTION = 50


class Operation(StrEnum):
    """What can be done to many."""

    SYNC = "sync"
    DISCONNECT = "disconnect"
    UPDATE = "update"


@dataclass(frozen=True)
class Outcome:
    """What became of one; ``error`` of ``None``: it was done."""

    account_id: AccountId | None
    error: PortsideError | None = None


@dataclass(frozen=True)
class AccountBatch:
    """Works on up to ``MOST_ACCOUNTS`` accounts."""

    work: Callable[[], AccountWork]
    clock: Clock

    def carry_out(
        self,
        user: User,
        visitor: Visitor,
        operation: Operation,
        account_ids: Sequence[AccountId | None],
        change: Change,
    ) -> list[Outcome]:
        """An outcome for each id, in the order asked; ``None`` stands for what is no id at all.

        Raises:
            InvalidInput: there are too many, or the change can't be made to several.
        """
        if len(account_ids) > MOST_ACCOUNTS:
            raise InvalidInput({"account_ids": f"are more than {MOST_ACCOUNTS}"})
        wanted = Change(is_connected=False) if operation is Operation.DISCONNECT else change
        outcomes: list[Outcome] = []
        for portion in _portions(account_ids):
            with self.work() as work:
                outcomes += self._portion(work, user, visitor, operation, portion, wanted)
                work.commit()
        return outcomes

    def _portion(
        self,
        work: AccountWork,
        user: User,
        visitor: Visitor,
        operation: Operation,
        portion: Sequence[AccountId | None],
        change: Change,
    ) -> list[Outcome]:
        asked = [each for each in portion if each is not None]
        if operation is Operation.SYNC:
            found = {each.id: each for each in work.ads_accounts.these(user.id, asked)}
            return self._sync(work, user, portion, found)
        work.ads_accounts.hold(user.id)
        found = {each.id: each for each in work.ads_accounts.these(user.id, asked)}
        return self._change(work, user, visitor, portion, found, change)

    def _sync(
        self,
        work: AccountWork,
        user: User,
        portion: Sequence[AccountId | None],
        found: dict[AccountId, Account],
    ) -> list[Outcome]:
        """Have the accounts listed again, and everything of theirs brought up to date, as soon as may be."""
        connections = {each.id: each for each in work.connections.of_user(user.id, Provider.AMAZON_ADS)}
        outcomes: list[Outcome] = []
        kinds: dict[ConnectionId, set[AccountType]] = {}
        for account_id in portion:
            account = found.get(account_id) if account_id is not None else None
            try:
                connection = _syncable(account, connections)
            except PortsideError as error:
                outcomes.append(Outcome(account_id, error))
                continue
            if account is not None:
                kinds.setdefault(connection.id, set()).add(account.found.type)
            outcomes.append(Outcome(account_id))
        now = self.clock.now()
        for connection_id in sorted(kinds):
            work.sync.ensure(connection_id, user.id, (Resource.ADS,), now)
            work.sync.due_now(connection_id, Resource.ADS, now)
            work.ads_accounts.list_again(connection_id, kinds[connection_id], now)
        work.ads_days.ask_again(
            user.id, [each.account_id for each in outcomes if each.account_id and not each.error]
        )
        return outcomes

    def _change(
        self,
        work: AccountWork,
        user: User,
        visitor: Visitor,
        portion: Sequence[AccountId | None],
        found: dict[AccountId, Account],
        change: Change,
    ) -> list[Outcome]:
        outcomes: list[Outcome] = []
        changed: dict[AccountId, Account] = {}
        for account_id in portion:
            account = found.get(account_id) if account_id is not None else None
            try:
                if account is None:
                    raise NotFound("There is no such account.")
                changed[account.id] = changed_as(account, change)
            except PortsideError as error:
                outcomes.append(Outcome(account_id, error))
            else:
                outcomes.append(Outcome(account_id))
        work.ads_accounts.save_accounts(list(changed.values()))
        for kind in {each.found.type for each in changed.values()}:
            # Of several of a kind that were all to be the default one, the last one is.
            wanted = [each.id for each in changed.values() if each.found.type is kind][-1]
            work.ads_accounts.settle_defaults(user.id, kind, wanted if change.is_default is True else None)
        now = self.clock.now()
        for after in work.ads_accounts.these(user.id, list(changed)):
            if after != found[after.id]:
                write_down(work, now, user, visitor, found[after.id], after)
        return outcomes


def _syncable(account: Account | None, connections: dict[ConnectionId, Connection]) -> Connection:
    if account is None or account.connection_id not in connections:
        raise NotFound("There is no such account.")
    insist_connected(account)
    return alive(connections[account.connection_id])


def _portions(account_ids: Sequence[AccountId | None]) -> list[Sequence[AccountId | None]]:
    return [account_ids[start : start + _PORTION] for start in range(0, len(account_ids), _PORTION)]
