"""The way to the schema, and back."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, select, text

from adapters.sql import migrate, schema, tables
from adapters.sql.engine import make_engine, reading, writing
from domain.errors import Conflict
from domain.kpis.periods import Period
from domain.kpis.products import ProductQuestion
from domain.operations.retention import Cutoffs
from domain.orders.counting import book
from domain.sync.model import Resource
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import NOW, registered, scheduled
from tests.fakes.things import US, a_level, an_item, an_order

DAY = timedelta(days=1)

REVISIONS = [
    revision.revision for revision in ScriptDirectory(str(schema.FOLDER)).walk_revisions("base", "heads")
]
MIGRATES = """
import sys
from adapters.sql import migrate, schema
from adapters.sql.engine import make_engine
engine = make_engine(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
migrate.upgrade(engine)
print(schema.current(engine))
"""


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    """An engine for a database without a single table."""
    engine = make_engine(empty_url)
    yield engine
    engine.dispose()


def tables_of(engine: Engine) -> set[str]:
    with reading(engine, owning=True) as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def definitions(engine: Engine) -> set[str]:
    """Every table, constraint and index, in the database's own words: columns in no order, names without quotes."""
    if engine.dialect.name == "sqlite":
        query = "SELECT name || coalesce(sql, '') FROM sqlite_master WHERE tbl_name <> 'alembic_version'"
    else:
        query = (
            "SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace AND conrelid <> 0"
            " AND conrelid::regclass::text <> 'alembic_version'"
            " UNION SELECT indexdef FROM pg_indexes"
            " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
    with reading(engine, owning=True) as connection:
        return {_unordered(row) for row in connection.scalars(text(query))}


def _unordered(definition: str) -> str:
    words = " ".join(definition.replace('"', "").split())
    head, table, body = words.partition(" ( ")
    if not table:
        return words
    body, _, options = body.rpartition(")")
    parts = re.split(r", (?![^(]*\))", body.strip())
    return f"{head} ( {', '.join(sorted(parts))} ){options}"


def test_an_empty_database_has_no_revision(empty: Engine) -> None:
    assert schema.current(empty) is None


def test_up_down_and_up_again(empty: Engine) -> None:
    everything = set(tables.metadata.tables)

    migrate.upgrade(empty)
    up = (schema.current(empty), tables_of(empty))
    migrate.downgrade(empty, "base")
    down = (schema.current(empty), tables_of(empty))
    migrate.upgrade(empty)
    again = (schema.current(empty), tables_of(empty))

    assert up == again == (schema.head(), everything)
    assert down == (None, set())


def test_the_revision_that_is_needed_is_the_last_one_that_alembic_knows() -> None:
    assert schema.head() == ScriptDirectory(str(schema.FOLDER)).get_current_head()


def test_upgrading_twice_changes_nothing(empty: Engine) -> None:
    migrate.upgrade(empty)
    before = definitions(empty)

    migrate.upgrade(empty)

    assert definitions(empty) == before


def _comparable(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Alembic takes collations in an index for a difference; the next test compares that one too."""
    return (kind, name) != ("index", "ix_inventory_items_by_name")


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_migrations_build_what_the_tables_say(empty: Engine) -> None:
    migrate.upgrade(empty)

    with reading(empty, owning=True) as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_object": _comparable}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.metadata) == []


def test_the_migrations_give_every_constraint_and_index_its_name_and_meaning(empty: Engine) -> None:
    with writing(empty, owning=True) as connection:
        tables.metadata.create_all(connection)
    from_tables = definitions(empty)
    with writing(empty, owning=True) as connection:
        tables.metadata.drop_all(connection)

    migrate.upgrade(empty)

    assert definitions(empty) == from_tables


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_revision_has_a_way_back(empty: Engine, revision: str) -> None:
    migrate.upgrade(empty, revision)
    there = definitions(empty)

    migrate.downgrade(empty, "-1")
    migrate.upgrade(empty, revision)

    assert definitions(empty) == there


def test_rows_survive_the_latest_revision_down_and_up(engine: Engine) -> None:
    backend = SqlBackend(engine)
    user = registered(backend)
    connection = scheduled(backend, user)

    migrate.downgrade(engine, "-1")
    migrate.upgrade(engine)

    with backend.look() as work:
        assert work.users.all() == [user]
        assert work.connections.all() == [connection]
        assert {state.next_run_at for state in work.sync.states(user.id)} == {NOW}


def test_orders_survive_the_latest_revision_down_and_up_with_their_lines_and_sums(engine: Engine) -> None:
    backend = SqlBackend(engine)
    user = registered(backend)
    connection = scheduled(backend, user)
    old = an_order("O-1", an_item("SKU-1", 2), created_at=NOW)
    with backend.work() as work:
        work.orders.save_page(connection.id, [book(old, US)])
        work.commit()

    migrate.downgrade(engine, "-1")
    migrate.upgrade(engine)

    with backend.work() as work:
        changed = work.orders.save_page(connection.id, [book(replace(old, updated_at=NOW + DAY), US)])
        work.commit()
    span = Period(NOW.date() - DAY, NOW.date() + DAY)
    (day,) = backend.figures().sales.daily(user.id, "amazon", span.first, span.last, None)().days
    (product,) = (
        backend.figures().sales.best_sellers(user.id, "amazon", span, ProductQuestion("USD", 9))().rows
    )
    assert (changed, day.orders, day.units) == (1, 1, 2)
    assert (product.sku, product.orders, product.units) == ("SKU-1", 1, 2)
    with reading(engine, owning=True) as reader:
        assert reader.scalar(text("SELECT count(*) FROM order_items")) == 1


def test_stock_is_found_by_its_words_after_the_latest_revision_down_and_up(engine: Engine) -> None:
    backend = SqlBackend(engine)
    user = registered(backend)
    connection = scheduled(backend, user)
    levels = [replace(a_level("Ä-1"), title="Straße"), replace(a_level("B-2"), title=None, asin=None)]
    with backend.work() as work:
        work.stock.save_page(connection.id, US, levels, "pass-1", NOW)
        work.commit()
    kept = text("SELECT sku, words FROM inventory_items ORDER BY sku")
    with reading(engine, owning=True) as reader:
        before = reader.execute(kept).all()

    migrate.downgrade(engine, "-1")
    migrate.upgrade(engine)

    with reading(engine, owning=True) as reader:
        assert reader.execute(kept).all() == before
    assert {row.words for row in before} == {"strasse\x1fä-1\x1fb000000001", "\x1fb-2\x1f"}


def test_orders_that_are_there_are_counted_by_status_and_of_those_let_go_it_is_not_known(
    engine: Engine,
) -> None:
    backend = SqlBackend(engine)
    user = registered(backend)
    whole, purged = (scheduled(backend, user, seller_id=f"SELLER{number}") for number in range(2))
    moments = (NOW - 9 * DAY, NOW)
    words = ("PENDING", "SHIPPED", "CANCELLED")
    page = [
        book(an_order(f"{word}-{number}", created_at=moment, status=word), US)
        for word in words
        for number, moment in enumerate(moments)
    ]
    with backend.work() as work:
        for connection in (whole, purged):
            work.orders.save_page(connection.id, page)
        cutoffs = Cutoffs.at(NOW, keep=5 * DAY)
        work.retention.decide(purged.id, cutoffs, NOW)
        work.retention.remove_some(purged.id, cutoffs, 2)  # of three: the rest has to wait
        work.commit()

    migrate.downgrade(engine, "0011")
    migrate.upgrade(engine)

    sums = tables.daily_statuses.c
    with reading(engine) as reader:
        rows = reader.execute(select(sums.connection_id, sums.day, sums.status, sums.orders)).all()
        left = reader.execute(
            select(tables.orders.c.status, tables.orders.c.connection_id, tables.orders.c.day)
        ).all()
    days = [moment.date() for moment in moments]
    of_purged = {(row.day, row.status): row.orders for row in rows if row.connection_id == purged.id}
    still = [row.status for row in left if (row.connection_id, row.day) == (purged.id, days[0])]
    gone = 2 - sum(status != "CANCELLED" for status in still)
    assert {(row.day, row.status): row.orders for row in rows if row.connection_id == whole.id} == {
        (day, word): 1 for day in days for word in words
    }
    assert len(still) == 1
    assert of_purged == (
        {(days[1], word): 1 for word in words} | {(days[0], still[0]): 1} | {(days[0], "UNKNOWN"): gone}
    )
    for connection in (whole, purged):
        with backend.look() as work:
            found = work.recounts.compare(connection.id, 9)
        assert found is not None
        assert found.total == 0


def test_without_its_orders_a_connection_begins_to_fetch_them_anew(engine: Engine) -> None:
    backend = SqlBackend(engine)
    scheduled(backend, registered(backend))
    with backend.work() as work:
        (task,) = work.sync.claim(NOW, "w1", NOW, 1)
        work.sync.finish(task.lease, {"page": 7}, task.run.progress, NOW, NOW, None)
        work.commit()

    migrate.downgrade(engine, "0002")
    migrate.upgrade(engine)

    with backend.work() as work:
        tasks = work.sync.claim(NOW, "w1", NOW, 2)
    assert [task.cursor for task in tasks if task.lease.resource is Resource.ORDERS] == [{}]


def test_after_a_migration_references_are_checked_again(engine: Engine) -> None:
    migrate.downgrade(engine, "-1")
    migrate.upgrade(engine)

    with reading(engine) as connection:
        if engine.dialect.name == "sqlite":
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        else:
            assert connection.scalar(text("SHOW lock_timeout")) == "10s"


def test_a_migration_that_fails_leaves_the_schema_as_it_was(empty: Engine) -> None:
    migrate.upgrade(empty, "0003")
    with writing(empty, owning=True) as connection:
        connection.execute(text("CREATE TABLE usage_buckets (in_the_way INTEGER)"))
    before = definitions(empty)

    with pytest.raises(Exception, match=r"usage_buckets|can't do this"):
        migrate.upgrade(empty)

    assert (schema.current(empty), definitions(empty)) == ("0003", before)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # PostgreSQL never stops to check
def test_a_migration_that_leaves_references_to_nothing_is_taken_back(engine: Engine) -> None:
    migrate.downgrade(engine, "0003")
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys = OFF")
        driver.execute("INSERT INTO sessions VALUES ('t1', 'nobody', '', '')")
        driver.execute("PRAGMA foreign_keys = ON")

    with pytest.raises(Conflict, match="sessions"):
        migrate.upgrade(engine)

    assert schema.current(engine) == "0003"


def test_processes_that_start_together_all_find_the_schema_done(empty_url: str) -> None:
    command = [sys.executable, "-c", MIGRATES, empty_url]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60) for process in processes]

    assert answers == [(f"{schema.head()}\n", "")] * 2
