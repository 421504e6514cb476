"""The second wall: what PostgreSQL hides from web work, whatever the queries say."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, text, update
from sqlalchemy.exc import ProgrammingError

from adapters.sql import libpq, tables
from adapters.sql.engine import make_engine, reading, writing
from adapters.sql.wall import BACKGROUND, OPEN_TABLES, WEB
from adapters.sql.work import SqlWork
from domain.acting import acting_for, nobody
from domain.audit.model import AuditEntry
from tests import databases, servers
from tests.adapters.sql.tenants import TENANTS_TABLES, Tenant
from tests.contracts.samples import NOW
from tests.fakes.cipher import LabelCipher

#: Where somebody is looked up before it is known who is asking.
_LOOKED_UP = (tables.users, tables.sessions, tables.api_keys, tables.identities)
_EVERY_TABLE = pytest.mark.parametrize("table", TENANTS_TABLES, ids=lambda table: table.name)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """A PostgreSQL on which two tenants live."""
    url = databases.postgres_database()
    engine = make_engine(url)
    yield engine
    engine.dispose()
    servers.postgres().drop_database(url)


@pytest.fixture(scope="module")
def tenants(engine: Engine) -> tuple[Tenant, Tenant]:
    ann, bob = Tenant("ann", 1), Tenant("bob", 3)
    ann.move_in(engine)
    bob.move_in(engine)
    return ann, bob


def rows_in(connection: Connection, table: Table) -> int:
    """How many there are, for whoever asks."""
    return connection.scalar(select(func.count()).select_from(table)) or 0


# The wall itself


def test_every_table_is_either_behind_the_wall_or_named_as_nobodys(engine: Engine) -> None:
    with reading(engine, owning=True) as connection:
        guarded = connection.scalars(
            text(
                "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relrowsecurity"
                " AND relnamespace = current_schema()::regnamespace"
            )
        ).all()
        there = connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        ).all()

    assert set(there) == {*tables.metadata.tables, "alembic_version"}
    assert set(guarded) == set(there) - set(OPEN_TABLES)
    assert set(OPEN_TABLES) <= set(there)


@_EVERY_TABLE
def test_every_tenants_table_has_a_rule_for_either_role(engine: Engine, table: Table) -> None:
    question = text(
        "SELECT policyname, cmd, unnest(roles)::text AS role FROM pg_policies WHERE tablename = :name"
    )

    with reading(engine, owning=True) as connection:
        found = connection.execute(question, {"name": table.name}).all()

    assert ("own", "ALL", WEB) in found
    assert ("background", "ALL", BACKGROUND) in found
    assert {row.role for row in found} == {WEB, BACKGROUND}


@pytest.mark.parametrize("role", [WEB, BACKGROUND])
def test_the_roles_own_nothing_and_may_not_look_past_the_wall(engine: Engine, role: str) -> None:
    with reading(engine, owning=True) as connection:
        rights = connection.execute(
            text(
                "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin,"
                " EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS owner,"
                " EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid) AS member"
                " FROM pg_roles WHERE rolname = :role"
            ),
            {"role": role},
        ).one()

    assert not any(rights)


def test_web_work_can_not_touch_the_schemas_revision(engine: Engine) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), nobody(), writing(engine) as connection:
        connection.execute(text("SELECT * FROM alembic_version"))


# A forgotten WHERE


@_EVERY_TABLE
def test_a_question_without_conditions_finds_ones_own_rows_alone(
    engine: Engine, tenants: tuple[Tenant, Tenant], table: Table
) -> None:
    ann, bob = tenants
    hers, his = len(ann.rows(engine, table)), len(bob.rows(engine, table))
    assert min(hers, his) > 0  # else it proves nothing: a tenant has to move into this table as well

    with acting_for(ann.user.id), reading(engine) as connection:
        for_her = rows_in(connection, table)
        of_his = connection.execute(select(table).where(bob.owns(table))).all()
    with reading(engine) as connection:
        in_background = rows_in(connection, table)

    assert (for_her, of_his) == (hers, [])
    assert in_background >= hers + his


@pytest.mark.parametrize(
    "table",
    [table for table in TENANTS_TABLES if table is not tables.audit_log],
    ids=lambda table: table.name,
)
def test_a_change_without_conditions_changes_ones_own_rows_alone(
    engine: Engine, tenants: tuple[Tenant, Tenant], table: Table
) -> None:
    ann, bob = tenants
    hers, his = len(ann.rows(engine, table)), len(bob.rows(engine, table))
    same = {column.name: column for column in table.primary_key}

    with acting_for(ann.user.id):
        changed, deleted = changed_and_deleted(engine, table, same)
    everybody, everything = changed_and_deleted(engine, table, same)

    assert (changed, deleted) == (hers, hers)
    assert everybody >= hers + his
    assert everything >= hers + his


def changed_and_deleted(engine: Engine, table: Table, same: Mapping[str, object]) -> tuple[int, int]:
    """How many rows either would be; nothing of it is kept."""
    with engine.connect() as connection:
        changed = connection.execute(update(table).values(same)).rowcount
        deleted = connection.execute(delete(table)).rowcount
        connection.rollback()
    return changed, deleted


@_EVERY_TABLE
def test_nobody_sees_no_row_except_to_find_out_who_somebody_is(
    engine: Engine, tenants: tuple[Tenant, Tenant], table: Table
) -> None:
    with nobody(), reading(engine) as connection:
        seen = rows_in(connection, table)

    assert (seen >= len(tenants)) if table in _LOOKED_UP else (seen == 0)


@pytest.mark.parametrize("table", _LOOKED_UP, ids=lambda table: table.name)
def test_whom_nobody_may_look_up_nobody_may_change(
    engine: Engine, tenants: tuple[Tenant, Tenant], table: Table
) -> None:
    assert tenants
    with nobody():
        assert changed_and_deleted(engine, table, {"created_at": table.c.created_at}) == (0, 0)


# Writing for others


@_EVERY_TABLE
def test_web_work_can_not_write_a_row_for_somebody_else(
    engine: Engine, tenants: tuple[Tenant, Tenant], table: Table
) -> None:
    ann, bob = tenants
    his = bob.rows(engine, table)[0]

    with acting_for(ann.user.id), pytest.raises(ProgrammingError, match="row-level security"):
        inserted(engine, table, his)


@pytest.mark.parametrize(
    "table",
    [
        tables.sync_runs,
        tables.sync_resources,
        tables.orders,
        tables.daily_sales,
        tables.daily_statuses,
        tables.inventory_items,
    ],
    ids=lambda table: table.name,
)
def test_web_work_can_not_hang_a_row_of_its_own_on_somebody_elses_connection(
    engine: Engine, tenants: tuple[Tenant, Tenant], table: Table
) -> None:
    ann, bob = tenants
    new_key = {
        "id": uuid4(),
        "resource": "another",
        "order_id": "another",
        "sku": "another",
        "currency": "XXX",
    }
    changed = {name: value for name, value in new_key.items() if name in table.primary_key.columns}
    hers_on_his = {**bob.rows(engine, table)[0], **changed, "user_id": ann.user.id}

    with acting_for(ann.user.id), pytest.raises(ProgrammingError, match="row-level security"):
        inserted(engine, table, hers_on_his)


@pytest.mark.parametrize(
    "table",
    [table for table in TENANTS_TABLES if table is not tables.audit_log],
    ids=lambda table: table.name,
)
def test_before_a_user_is_named_nothing_is_written(
    engine: Engine, tenants: tuple[Tenant, Tenant], table: Table
) -> None:
    his = tenants[1].rows(engine, table)[0]

    with nobody(), pytest.raises(ProgrammingError, match="row-level security"):
        inserted(engine, table, his)


def inserted(engine: Engine, table: Table, row: Mapping[str, Any]) -> None:
    with writing(engine) as connection:
        connection.execute(insert(table), dict(row))


def test_ones_own_row_can_not_be_given_to_somebody_else(
    engine: Engine, tenants: tuple[Tenant, Tenant]
) -> None:
    ann, bob = tenants

    def give() -> None:
        with writing(engine) as connection:
            connection.execute(update(tables.connections).values(user_id=bob.user.id))

    with acting_for(ann.user.id), pytest.raises(ProgrammingError, match="row-level security"):
        give()


def test_a_failed_log_in_is_noted_before_it_is_known_who_it_was(
    engine: Engine, tenants: tuple[Tenant, Tenant]
) -> None:
    ann = tenants[0].user

    with nobody(), SqlWork(engine, LabelCipher()) as work:
        work.audit.append(AuditEntry(uuid4(), NOW, ann.id, "user.log_in_failed", ann.email, "192.0.2.1"))
        work.commit()

    actions = [row["action"] for row in tenants[0].rows(engine, tables.audit_log)]
    assert sorted(actions) == ["user.log_in_failed", "user.logged_in"]


@pytest.mark.parametrize("statement", [update(tables.audit_log).values(address=""), delete(tables.audit_log)])
def test_web_work_can_not_change_what_the_audit_log_says(
    engine: Engine, tenants: tuple[Tenant, Tenant], statement: object
) -> None:
    def change() -> None:
        with writing(engine) as connection:
            connection.execute(statement)  # type: ignore[call-overload] # either of the two

    with acting_for(tenants[0].user.id), pytest.raises(ProgrammingError, match="permission denied"):
        change()


# The cost, and the end of it


def test_saying_for_whom_costs_no_trip_of_its_own(
    engine: Engine, tenants: tuple[Tenant, Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    trips: list[str] = []

    def counted(way: Callable[..., Any]) -> Callable[..., Any]:
        def trip(*args: Any, **more: Any) -> Any:
            trips.append("trip")
            return way(*args, **more)

        return trip

    with engine.connect():
        """Somebody has connected before."""
    monkeypatch.setattr(psycopg.Connection, "wait", counted(psycopg.Connection.wait))
    monkeypatch.setattr(libpq, "execute", counted(libpq.execute))
    with acting_for(tenants[0].user.id), reading(engine) as connection:
        begun = len(trips)
        connection.execute(text("SELECT 1"))
        connection.execute(text("SELECT 2"))
        asked = len(trips) - begun

    assert (begun, asked) == (1, 2)


def test_a_connection_that_goes_back_to_the_pool_remembers_nobody(
    engine: Engine, tenants: tuple[Tenant, Tenant]
) -> None:
    with acting_for(tenants[0].user.id), reading(engine) as connection:
        during = whose(connection)
    with reading(engine, owning=True) as connection:
        afterwards = whose(connection)

    assert during == (WEB, str(tenants[0].user.id))
    assert afterwards == (engine.url.username, "")


def whose(connection: Connection) -> tuple[str, str]:
    question = text("SELECT current_user::text, current_setting('app.user_id', true)")
    role, user_id = connection.execute(question).one()
    return role, user_id
