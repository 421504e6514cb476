"""The register of every column that holds sealed secrets: where each is bound to, and how they change keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Table,
    Text,
    Update,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
    update,
)

from adapters.sql.tables import client_secrets, connections, tokens
from domain.errors import KeyUnavailable
from domain.tokens.keyring import Closed, KeyCount, Position, Resealed
from domain.tokens.ports import Cipher

#: Sealed texts begin ``v1.<kid>.``
_PREFIX = "v1."
#: What says of a row whose it is; rows without it are the installation's.
_OWNER = "connection_id"


@dataclass(frozen=True)
class SealedTable:
    """A table with secrets in it. Its primary key is what each of them is bound to."""

    table: Table
    columns: tuple[Column[str], ...]

    @property
    def keys(self) -> tuple[Column[Any], ...]:
        """The columns of the primary key."""
        return tuple(self.table.primary_key)


#: All of them: ``tests/adapters/sql/test_sealed.py`` looks whether a column is missing here.
SEALED = (
    SealedTable(tokens, (tokens.c.refresh_token, tokens.c.access_token, tokens.c.client_secret)),
    SealedTable(client_secrets, (client_secrets.c.secret,)),
)


@dataclass(frozen=True)
class Sample:
    """One sealed text of a key, with the place where it opens."""

    key_id: str
    place: str
    sealed: str = field(repr=False)


def place(column: Column[Any], *key: object) -> str:
    """Where a secret lives, as the cipher binds it: table, column and row."""
    return f"{column.table.name}|{column.name}|{'/'.join(str(part) for part in key)}"


def samples(connection: Connection) -> list[Sample]:
    """One sealed text for each column and key id."""
    return [
        Sample(
            row["key"],
            place(each.table.c[row["column"]], *(row[key.name] for key in each.keys)),
            row["sealed"],
        )
        for each in SEALED
        for row in connection.execute(_one_of_each_key(connection, each)).mappings()
    ]


class SqlSealedRows:
    """Goes through the register, table after table, in the order of the primary keys."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def by_key(self) -> list[KeyCount]:
        """How many secrets of each kind are sealed under each key."""
        sealed = union_all(
            *[
                select(
                    literal(f"{each.table.name}.{column.name}").label("kind"),
                    _key_id(self._connection, column).label("key"),
                ).where(column.is_not(None))
                for each in SEALED
                for column in each.columns
            ]
        ).subquery()
        counted = (
            select(sealed.c.kind, sealed.c.key, func.count().label("secrets"))
            .group_by(sealed.c.kind, sealed.c.key)
            .order_by(sealed.c.kind, sealed.c.key)
        )
        return [KeyCount(row.kind, row.key, row.secrets) for row in self._connection.execute(counted)]

    def reseal(self, old: Sequence[str], limit: int, after: Position | None = None) -> Resealed:
        """Seal what is under one of these keys anew; ``domain.tokens.ports.SealedRows.reseal`` says how."""
        at = after or Position(0, ())
        each = SEALED[at.table]
        rows = self._connection.execute(self._behind(each, old, limit, at.key)).mappings().all()
        closed: list[Closed] = []
        anew = [(row, self._anew(each, row, old, closed)) for row in rows]
        changes = [_change(each, row, columns) for row, columns in anew if columns]
        if changes:
            self._connection.execute(_replacing(each), changes)
        secrets = sum(len(columns) for _row, columns in anew)
        owned = _OWNER in each.table.c
        return Resealed(
            secrets=secrets,
            connections=self._owners([row[_OWNER] for row, columns in anew if columns]) if owned else (),
            installation=0 if owned else secrets,
            closed=tuple(closed),
            after=_onward(at, rows, limit),
        )

    def _behind(
        self, each: SealedTable, old: Sequence[str], limit: int, key: tuple[object, ...]
    ) -> Select[Any]:
        """The next rows with a secret under one of these keys, locked; without those that somebody else has locked."""
        behind = or_(*(_key_id(self._connection, column).in_(old) for column in each.columns))
        found = select(*each.keys, *each.columns).where(behind).order_by(*each.keys).limit(limit)
        if key:
            found = found.where(
                tuple_(*each.keys) > tuple_(*key, types=[each_key.type for each_key in each.keys])
            )
        return found.with_for_update(skip_locked=True)

    def _anew(
        self, each: SealedTable, row: RowMapping, old: Sequence[str], closed: list[Closed]
    ) -> dict[str, str]:
        """The new texts of this row, by column; what does not open goes to ``closed``."""
        anew = {}
        for column in each.columns:
            sealed = row[column]
            if sealed is None or _key_id_of(sealed) not in old:
                continue
            where = place(column, *(row[key] for key in each.keys))
            try:
                anew[column.name] = self._cipher.seal(self._cipher.open(sealed, where), where)
            except KeyUnavailable:
                closed.append(Closed(where, _key_id_of(sealed)))
        return anew

    def _owners(self, changed: Sequence[UUID]) -> tuple[tuple[UUID, UUID], ...]:
        """The connections with their users."""
        found = select(connections.c.id, connections.c.user_id).where(connections.c.id.in_(changed))
        return tuple((row.id, row.user_id) for row in self._connection.execute(found))


def _change(each: SealedTable, row: RowMapping, anew: Mapping[str, str]) -> dict[str, Any]:
    """What ``_replacing`` is told of a row; a column without a new text is equal to nothing, and stays."""
    change: dict[str, Any] = {_bound(key): row[key] for key in each.keys}
    for column in each.columns:
        change[f"before_{column.name}"] = row[column] if column.name in anew else None
        change[f"anew_{column.name}"] = anew.get(column.name)
    return change


def _replacing(each: SealedTable) -> Update:
    """The secrets' new texts in the place of their old ones; whatever else was written meanwhile stays.

    Each row is changed once: PostgreSQL locks what a row refers to when a transaction changes it a second time, and
    whoever holds that connection may wait for this row.
    """
    same_row = (key == bindparam(_bound(key)) for key in each.keys)
    texts = {
        column: case(
            (column == bindparam(f"before_{column.name}"), bindparam(f"anew_{column.name}", type_=Text)),
            else_=column,
        )
        for column in each.columns
    }
    return update(each.table).where(*same_row).values(texts)


def _bound(key: Column[Any]) -> str:
    return f"of_{key.name}"


def _onward(at: Position, rows: Sequence[RowMapping], limit: int) -> Position | None:
    if len(rows) == limit:
        return Position(at.table, tuple(rows[-1][key] for key in SEALED[at.table].keys))
    return Position(at.table + 1, ()) if at.table + 1 < len(SEALED) else None


def _one_of_each_key(connection: Connection, each: SealedTable) -> Select[Any]:
    """The first row of each key id in each column."""
    sealed = union_all(
        *[
            select(
                *each.keys,
                literal(column.name).label("column"),
                column.label("sealed"),
                _key_id(connection, column).label("key"),
            ).where(column.is_not(None))
            for column in each.columns
        ]
    ).subquery()
    keys = [sealed.c[key.name] for key in each.keys]
    nth = func.row_number().over(partition_by=(sealed.c.key, sealed.c.column), order_by=keys)
    numbered = select(sealed, nth.label("nth")).subquery()
    return select(numbered).where(numbered.c.nth == 1)


def _key_id(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[str]:
    if connection.dialect.name == "postgresql":
        return func.split_part(column, ".", 2)
    rest = func.substr(column, len(_PREFIX) + 1, type_=Text)
    return func.substr(rest, 1, func.instr(rest, ".") - 1, type_=Text)


def _key_id_of(sealed: str) -> str:
    """The id of the key; empty for what is no envelope at all."""
    return sealed.partition(".")[2].partition(".")[0]
