"""What changing keys does on a real database, beside everybody else who is at work there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, Text, event, func, select, update

from adapters.crypto.envelope import Envelopes
from adapters.sql import tables
from adapters.sql.engine import make_engine, reading, writing
from adapters.sql.sealed import SEALED, place
from adapters.sql.work import SqlWork
from domain.connections.model import ConnectionId
from domain.tokens.keyring import KEY_BYTES, Closed, FixedRing, Key, KeyRing, Resealed
from domain.tokens.model import AccessToken, RefreshToken, Renewal
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import MINUTE, NOW, connected, registered

OLD, NEW = Key("old", b"o" * KEY_BYTES), Key("new", b"n" * KEY_BYTES)
BEFORE, AFTER = (Envelopes(FixedRing(KeyRing(keys))) for keys in ((OLD,), (NEW, OLD)))


def granted(engine: Engine, number: int = 1) -> list[UUID]:
    """So many connections with tokens under the old key, in the order of their ids."""
    backend = SqlBackend(engine)
    user = registered(backend)
    ids = sorted(connected(backend, user, f"SELLER{n}").id for n in range(number))
    with SqlWork(engine, BEFORE) as work:
        for connection_id in ids:
            work.vault.keep(connection_id, RefreshToken(f"Atzr|{connection_id}"), AccessToken("Atza|x", NOW))
        work.commit()
    return list(ids)


def reseal(engine: Engine, limit: int = 100) -> Resealed:
    with SqlWork(engine, AFTER) as work:
        batch = work.sealed.reseal(["old"], limit)
        work.commit()
    return batch


def stored(engine: Engine, connection_id: UUID) -> Any:
    with reading(engine) as connection:
        return connection.execute(
            select(tables.tokens).where(tables.tokens.c.connection_id == connection_id)
        ).one()


def keys(engine: Engine) -> set[str]:
    with SqlWork(engine, AFTER, reading=True) as work:
        return {count.key_id for count in work.sealed.by_key()}


#: The name of an agreement that the user is shown: it opens nothing.
NO_SECRETS = {tables.ads_registrations.c.terms_token}


def test_every_column_that_holds_secrets_is_in_the_register() -> None:
    secret = {
        column
        for table in tables.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Text) and column.name.endswith(("secret", "token"))
    } - NO_SECRETS

    assert secret == {column for each in SEALED for column in each.columns}


def test_a_place_names_table_column_and_row() -> None:
    assert place(tables.client_secrets.c.secret, "amzn1.client", "ab12") == (
        "client_secrets|secret|amzn1.client/ab12"
    )


def test_a_secret_copied_to_another_row_or_column_opens_nowhere(engine: Engine) -> None:
    mine, theirs = granted(engine, 2)
    row = stored(engine, mine)
    with writing(engine) as connection:
        connection.execute(
            update(tables.tokens)
            .where(tables.tokens.c.connection_id == theirs)
            .values(refresh_token=row.refresh_token)
        )
        connection.execute(
            update(tables.tokens)
            .where(tables.tokens.c.connection_id == mine)
            .values(access_token=row.refresh_token)
        )

    batch = reseal(engine)

    assert set(batch.closed) == {
        Closed(f"tokens|refresh_token|{theirs}", "old"),
        Closed(f"tokens|access_token|{mine}", "old"),
    }
    assert batch.secrets == 2


def test_what_does_not_open_stays_as_it_is(engine: Engine) -> None:
    (connection_id,) = granted(engine)
    damaged = stored(engine, connection_id).refresh_token[:-1]
    with writing(engine) as connection:
        connection.execute(update(tables.tokens).values(refresh_token=damaged))

    reseal(engine)

    row = stored(engine, connection_id)
    assert row.refresh_token == damaged
    assert row.access_token.startswith("v1.new.")


def test_versions_and_claims_stay_as_they_are(engine: Engine) -> None:
    (connection_id,) = granted(engine)
    with SqlWork(engine, AFTER) as work:
        work.vault.claim(connection_id, 1, "p1", NOW, NOW + MINUTE)
        work.commit()
    before = stored(engine, connection_id)

    reseal(engine)

    after = stored(engine, connection_id)
    secrets = {"refresh_token", "access_token"}
    changed = {name for name, value in before._mapping.items() if after._mapping[name] != value}
    assert changed == secrets


def test_a_batch_takes_as_many_statements_for_many_rows_as_for_few(engine: Engine) -> None:
    granted(engine, 3)
    with counted(engine) as few:
        reseal(engine)
    granted(engine, 120)
    with counted(engine) as many:
        reseal(engine, 200)

    assert len(many) == len(few) <= 7


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_a_row_that_somebody_is_renewing_is_passed_over_and_caught_later(engine: Engine, url: str) -> None:
    first, second = granted(engine, 2)
    other = make_engine(url)
    with SqlWork(other, BEFORE) as renewing:
        claim = renewing.vault.claim(first, 1, "p1", NOW, NOW + MINUTE)
        assert claim is not None
        renewal = Renewal(AccessToken("Atza|new", NOW), RefreshToken("Atzr|new"))
        renewing.vault.renew(first, claim, renewal)

        passed = reseal(engine)

        renewing.commit()
    other.dispose()
    caught = reseal(engine)

    assert [connection for connection, _user in passed.connections] == [second]
    assert [connection for connection, _user in caught.connections] == [first]
    with SqlWork(engine, AFTER, reading=True) as work:
        kept = work.vault.look(first)
    assert kept is not None
    assert kept.refresh_token.text == "Atzr|new"
    assert keys(engine) == {"new"}


def test_a_secret_that_was_replaced_meanwhile_is_not_overwritten(engine: Engine) -> None:
    (connection_id,) = granted(engine)

    with SqlWork(engine, AFTER) as work:
        renew_before_the_write(engine, connection_id, work)
        work.commit()

    with SqlWork(engine, AFTER, reading=True) as work:
        kept = work.vault.look(connection_id)
    assert kept is not None
    assert kept.refresh_token.text == "Atzr|newer"


def renew_before_the_write(engine: Engine, connection_id: UUID, work: SqlWork) -> None:
    """The locks would not let anybody in between reading and writing: the same transaction does it, as the worst case."""
    newer = AFTER.seal("Atzr|newer", place(tables.tokens.c.refresh_token, connection_id))
    written: list[str] = []

    def replace(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("UPDATE tokens SET refresh_token") and not written:
            written.append(statement)
            connection.execute(update(tables.tokens).values(refresh_token=newer))

    event.listen(engine, "before_cursor_execute", replace)
    try:
        work.sealed.reseal(["old"], 10)
    finally:
        event.remove(engine, "before_cursor_execute", replace)
    assert written


def test_many_rows_are_sealed_anew_in_batches_without_gaps(engine: Engine) -> None:
    granted(engine, 60)

    seen: list[UUID] = []
    after = None
    while True:
        with SqlWork(engine, AFTER) as work:
            batch = work.sealed.reseal(["old"], 7, after)
            work.commit()
        seen += [connection for connection, _user in batch.connections]
        after = batch.after
        if after is None:
            break

    assert len(seen) == len(set(seen)) == 60
    assert keys(engine) == {"new"}
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(tables.tokens)) == 60


def test_what_is_no_envelope_at_all_stands_in_nobodys_way(engine: Engine) -> None:
    (connection_id,) = granted(engine)
    with writing(engine) as connection:
        connection.execute(update(tables.tokens).values(access_token="scribbled over"))

    batch = reseal(engine)

    assert (batch.secrets, batch.closed) == (1, ())
    assert stored(engine, connection_id).access_token == "scribbled over"
    assert keys(engine) == {"new", ""}


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_changing_keys_waits_for_nobody_who_holds_a_connection(engine: Engine, url: str) -> None:
    (connection_id,) = granted(engine)
    other = make_engine(url)

    with SqlWork(other, BEFORE) as holding:
        holding.connections.hold(ConnectionId(connection_id))
        batch = reseal(engine)
    other.dispose()

    assert batch.secrets == 2
