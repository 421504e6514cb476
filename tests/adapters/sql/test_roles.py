"""The two roles behind the wall: who makes them, and what is said where nobody can."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from sqlalchemy import Engine, literal, make_url, select

from adapters.sql import migrate, schema
from adapters.sql.engine import make_engine, one_moment, reading, writing
from adapters.sql.probes import DatabaseProbe, MigrationsProbe
from adapters.sql.straight import asked
from adapters.sql.wall import BACKGROUND, WEB
from domain.acting import acting_for, nobody
from domain.errors import NotConfigured
from tests import servers
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import registered

_ROLES = f"{WEB}, {BACKGROUND}"
_LOGIN = "plain"
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


@dataclass(frozen=True)
class Server:
    """A PostgreSQL of our own without the two roles, and a login that may make no role: ``plain``."""

    admin_url: str

    def run(self, *statements: str) -> None:
        """As its administrator."""
        address = make_url(self.admin_url).set(drivername="postgresql")
        with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def database(self, name: str = "one") -> str:
        """A new database that ``plain`` owns, and the address at which it comes in."""
        self.run(f"CREATE DATABASE {name} OWNER {_LOGIN}")
        return (
            make_url(self.admin_url).set(username=_LOGIN, database=name).render_as_string(hide_password=False)
        )


@pytest.fixture(scope="module")
def own_server() -> servers.PostgresServer:
    return servers.own_postgres()


@pytest.fixture
def server(own_server: servers.PostgresServer) -> Iterator[Server]:
    server = Server(own_server.admin_url)
    server.run(f"CREATE ROLE {_LOGIN} LOGIN")
    yield server
    server.run(
        "DROP DATABASE IF EXISTS one WITH (FORCE)",
        "DROP DATABASE IF EXISTS other WITH (FORCE)",
        f"DROP ROLE IF EXISTS {_ROLES}",
        f"DROP ROLE {_LOGIN}",
    )


@pytest.fixture
def engine(server: Server) -> Iterator[Engine]:
    """The new database, at revision none."""
    engine = make_engine(server.database())
    yield engine
    engine.dispose()


def works(engine: Engine) -> bool:
    """Whether a user can be kept in the background, and found by nobody."""
    user = registered(SqlBackend(engine))
    with nobody(), SqlBackend(engine).look() as work:
        return work.users.credentials(user.email) is not None


def test_a_login_that_may_make_roles_makes_them(server: Server, engine: Engine) -> None:
    server.run(f"ALTER ROLE {_LOGIN} CREATEROLE")

    migrate.upgrade(engine)

    assert works(engine)


def test_a_login_that_was_given_the_roles_needs_no_right_to_make_them(server: Server, engine: Engine) -> None:
    server.run(f"CREATE ROLE {WEB}", f"CREATE ROLE {BACKGROUND}", f"GRANT {_ROLES} TO {_LOGIN}")

    migrate.upgrade(engine)

    assert works(engine)


def test_without_either_the_administrator_is_told_what_to_run(server: Server, engine: Engine) -> None:
    with pytest.raises(NotConfigured) as refused:
        migrate.upgrade(engine)

    told = str(refused.value).partition("run: ")[2].partition("; then ")[0]
    server.run(*told.split("; "))
    migrate.upgrade(engine)
    assert refused.value.missing == ("DATABASE_URL",)
    assert works(engine)


def test_roles_that_are_there_but_not_given_to_the_login_are_told_of(server: Server, engine: Engine) -> None:
    server.run(f"CREATE ROLE {WEB}", f"CREATE ROLE {BACKGROUND}", f"GRANT {WEB} TO {_LOGIN}")

    with pytest.raises(
        NotConfigured, match=f"run: GRANT {BACKGROUND} TO {_LOGIN}; then run: portside migrate"
    ):
        migrate.upgrade(engine)

    assert schema.current(engine) is None


def test_a_role_that_may_look_past_the_wall_is_refused(server: Server, engine: Engine) -> None:
    server.run(f"CREATE ROLE {WEB} BYPASSRLS", f"CREATE ROLE {BACKGROUND}", f"GRANT {_ROLES} TO {_LOGIN}")

    with pytest.raises(NotConfigured, match=f"ALTER ROLE {WEB} NOSUPERUSER NOBYPASSRLS"):
        migrate.upgrade(engine)


def test_before_the_migration_work_is_refused_with_its_mend_and_the_probes_still_answer(
    engine: Engine,
) -> None:
    with pytest.raises(NotConfigured, match="portside migrate"), nobody(), reading(engine):
        pass

    assert DatabaseProbe(engine).check().ok
    assert MigrationsProbe(engine).check().mend == "run: portside migrate"


def test_roles_that_were_dropped_are_told_of(server: Server, engine: Engine) -> None:
    server.run(f"ALTER ROLE {_LOGIN} CREATEROLE")
    migrate.upgrade(engine)
    user = registered(SqlBackend(engine))
    server.run(f"REVOKE {_ROLES} FROM {_LOGIN} CASCADE")

    with pytest.raises(NotConfigured) as refused, acting_for(user.id), writing(engine):
        pass
    with pytest.raises(NotConfigured) as refused_later, acting_for(user.id), one_moment(engine):
        asked(engine, select(literal(1)), {}, list)()

    assert WEB in str(refused.value)
    assert str(refused_later.value) == str(refused.value)


def test_a_superuser_that_logs_in_is_held_back_as_well(server: Server, engine: Engine) -> None:
    server.run(f"ALTER ROLE {_LOGIN} SUPERUSER")
    migrate.upgrade(engine)
    ann, bob = registered(SqlBackend(engine)), registered(SqlBackend(engine))

    with acting_for(ann.id), reading(engine) as connection:
        found = connection.exec_driver_sql("SELECT id FROM users").scalars().all()

    assert found == [ann.id]
    assert bob.id not in found


def test_two_databases_of_one_server_are_migrated_at_once(server: Server) -> None:
    server.run(f"ALTER ROLE {_LOGIN} CREATEROLE")
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATES, url], stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )
        for url in (server.database("one"), server.database("other"))
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60) for process in processes]

    assert answers == [(f"{schema.head()}\n", "")] * 2


def test_what_the_migration_made_can_be_taken_back_and_made_again(server: Server, engine: Engine) -> None:
    server.run(f"ALTER ROLE {_LOGIN} CREATEROLE")
    migrate.upgrade(engine)

    migrate.downgrade(engine, "0005")
    with reading(engine, owning=True) as connection:
        left = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_policies WHERE schemaname = current_schema()"
        ).scalar()
    migrate.upgrade(engine)

    assert left == 0
    assert works(engine)
