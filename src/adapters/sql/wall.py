"""The second wall: PostgreSQL itself hides other users' rows from web work. SQLite knows nothing of the kind.

Two roles do the work, neither of which owns a table or may look past the wall: one for what is done for a user, one
for what is done in the background. Migrations build the wall with the words of this module, so what a released one
has used stays as it is.
"""

from uuid import UUID

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import ProgrammingError

from domain.acting import present
from domain.errors import NotConfigured

#: Sees and changes the rows of the user who is named in its transaction; before one is named, none.
WEB = "portside_web"
#: Sees and changes everybody's.
BACKGROUND = "portside_background"
#: Tables that belong to no tenant and stand before the wall. A test compares: every other one is behind it.
OPEN_TABLES = ("alembic_version", "client_secrets", "login_attempts", "usage_buckets")

#: The user of the present transaction; NULL where none is named. Asked once a statement, not once a row.
USER = "(SELECT nullif(current_setting('app.user_id', true), '')::uuid)"
OWN = f"user_id = {USER}"
OWN_CONNECTION = f"connection_id IN (SELECT id FROM connections WHERE {OWN})"  # noqa: S608 - our own words


def guarded(table: str, own: str = OWN, kept: str | None = None) -> tuple[str, ...]:
    """The statements that put a table behind the wall; ``own`` says which rows are the user's.

    ``kept`` says which rows the user may write, where that is not the same. The owner still sees everything: backups
    and migrations are its work.
    """
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY background ON {table} TO {BACKGROUND} USING (true)",
        f"CREATE POLICY own ON {table} TO {WEB} USING ({own}) WITH CHECK ({kept or own})",
    )


def unguarded(table: str) -> tuple[str, ...]:
    """The statements that take a table out again."""
    return (
        f"DROP POLICY own ON {table}",
        f"DROP POLICY background ON {table}",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    )


def stepping_behind(*, as_planned: bool = False) -> str:
    """The statement that tells a PostgreSQL transaction for whom it works, which it forgets when it ends.

    It is sent together with what begins the transaction, or with the only other statement of it: one trip less.
    With ``as_planned``, plans that were made before may be used in it.
    """
    user_id = present().user_id
    # A text could bring along whatever it likes; an id can't.
    user = "" if user_id is None else str(UUID(int=user_id.int))
    plans = ", set_config('plan_cache_mode', 'auto', true)" if as_planned else ""
    return f"SELECT set_config('role', '{_role()}', true), set_config('app.user_id', '{user}', true){plans}"


def no_way_behind() -> NotConfigured:
    """What is to be done where the roles are not there, or the login may not work as them."""
    cause = f"The database has no role {_role()} that we may work as."
    return NotConfigured(f"{cause} Run: portside migrate", ("DATABASE_URL",))


def _role() -> str:
    return BACKGROUND if present().background else WEB


def make_roles(connection: Connection) -> None:
    """Make the two roles where they are missing, and let the login work as them.

    Roles belong to the whole server: several databases may be migrated at once, and an administrator may have made
    them beforehand. Then no right to make roles is needed.

    Raises:
        NotConfigured: the login may not make or take them; says what an administrator has to run.
    """
    lacking = _lacking(connection)
    if not lacking:
        return
    try:
        for statement in lacking:
            # Whoever does the same at the same moment may be quicker.
            connection.exec_driver_sql(
                f"DO $$ BEGIN {statement}; EXCEPTION"
                " WHEN duplicate_object OR unique_violation OR internal_error THEN NULL; END $$"
            )
    except ProgrammingError as error:
        raise _for_an_administrator(lacking) from error
    still = _lacking(connection)
    if still:
        raise _for_an_administrator(still)


def _lacking(connection: Connection) -> list[str]:
    """What has to be run until the login may work as both roles, and neither may look past the wall."""
    kind = "SET" if (connection.dialect.server_version_info or ()) >= (16,) else "MEMBER"
    known = {
        row.rolname: row
        for row in connection.exec_driver_sql(
            "SELECT rolname, rolsuper OR rolbypassrls AS mighty, pg_has_role(oid, %s) AS ours"
            " FROM pg_roles WHERE rolname IN (%s, %s)",
            (kind, WEB, BACKGROUND),
        )
    }
    login = connection.scalar(select(func.quote_ident(func.current_user())))
    lacking = []
    for role in (WEB, BACKGROUND):
        if role not in known:
            lacking.append(f"CREATE ROLE {role} NOLOGIN NOBYPASSRLS")
        elif known[role].mighty:
            lacking.append(f"ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS")
        if role not in known or not known[role].ours:
            lacking.append(f"GRANT {role} TO {login}")
    return lacking


def _for_an_administrator(statements: list[str]) -> NotConfigured:
    return NotConfigured(
        "DATABASE_URL's login may not make the roles that hide users' rows from each other. Have an administrator"
        f" of the server run: {'; '.join(statements)}; then run: portside migrate",
        ("DATABASE_URL",),
    )
