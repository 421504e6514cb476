"""The way to the database: an engine that treats SQLite and PostgreSQL alike, and speaks of errors in our words."""

import select
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from adapters.sql import libpq
from adapters.sql.wall import no_way_behind, stepping_behind
from adapters.tracing import follow_statements
from domain.acting import Acting, present
from domain.errors import Conflict, NotConfigured, Unavailable
from domain.operations.tracing import Tracing, Unfollowed

#: How long a statement waits for a lock that somebody else holds, on either database.
LOCK_SECONDS = 10
#: A process that was stopped inside a transaction must not hold its locks for ever.
_IDLE_SECONDS = 60
#: Threads that may use the database at once: some stay connected, the others come and go.
_POOL = {"pool_size": 10, "max_overflow": 30, "pool_timeout": LOCK_SECONDS, "pool_use_lifo": True}
#: PostgreSQL's errors of this class are no outage: what is too big for it to keep will be so again.
_TOO_BIG = "54"
_AWAY = "The database can't do this at the moment."
_BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_READING = "portside_reading"
_OWNING = "portside_owning"
_AS_PLANNED = "portside_as_planned"


@dataclass(frozen=True)
class Moment:
    """The transaction in which a thread looks at everything at present, and for whom.

    ``pending`` is what it has asked for and was not told yet.
    """

    engine: Engine
    acting: Acting
    connection: Connection
    pending: list[Any] = field(default_factory=list)


_shared: ContextVar[Moment | None] = ContextVar("shared", default=None)


def make_engine(url: str, tracing: Tracing | None = None) -> Engine:
    """An engine for a SQLite file or a PostgreSQL database (through psycopg 3).

    On PostgreSQL every transaction sees and changes the rows of those for whom it works (``domain.acting``) alone.
    Whatever is executed through it raises ``Unavailable`` where the database is away or its locks are held for too
    long, and ``Conflict`` where a constraint objects. Any other SQLAlchemy exception is a defect of ours.

    Raises:
        NotConfigured: the URL is no database that we can use; the operator sets another one.
    """
    address = _address(url)
    # Parameters are hidden from exceptions, since they end in logs and may hold password hashes or sealed tokens.
    if address.get_backend_name() == "sqlite":
        timeout = {"timeout": LOCK_SECONDS, "check_same_thread": False}
        engine = create_engine(address, hide_parameters=True, connect_args=timeout, **_POOL)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        timeout = {"connect_timeout": LOCK_SECONDS}
        engine = create_engine(address, hide_parameters=True, connect_args=timeout, **_POOL)
        event.listen(engine, "connect", _prepare_postgres)
        event.listen(engine, "checkout", _still_connected)
        event.listen(engine, "begin", _begin_postgres)
        event.listen(engine, "commit", _commit_postgres)
        event.listen(engine, "rollback", _rollback_postgres)
    # In front of what puts an error of ours in the place of the driver's.
    follow_statements(engine, tracing or Unfollowed())
    event.listen(engine, "handle_error", _translate)
    return engine


@contextmanager
def connected(
    engine: Engine, *, reading: bool | None = None, owning: bool = False, as_planned: bool = False
) -> Iterator[Connection]:
    """A connection that is about to begin a transaction; what is not committed when the block ends is rolled back.

    A reading one sees the database as of the transaction's beginning, waits for no writer and can't write. A writing one
    is, on SQLite, the only one that writes, from its beginning on. Without ``reading``, any will do: for whoever begins
    none, or has no wish. An owning one works as the login itself, from which no row is hidden: for what is done to tables,
    not to what is in them. With ``as_planned``, plans that PostgreSQL has made before are used.

    Raises:
        Unavailable: no connection to the database can be had.
    """
    try:
        connection = engine.connect() if reading is None else _used_to(engine, reading)
    except PoolTimeout as error:
        raise Unavailable("All connections to the database are in use.") from error
    with connection:
        options = {_READING: bool(reading), _OWNING: owning, _AS_PLANNED: as_planned}
        connection.execution_options(**options)
        yield connection


def _used_to(engine: Engine, reading: bool) -> Connection:
    """A connection that did last what is to be done now, if the pool has one.

    It matters on SQLite: one that read and is to write, or the other way round, prepares all of its statements anew.
    While a sync looks for its token before each page, that was a tenth of its time.
    """
    connection, pool = engine.connect(), engine.pool
    assert isinstance(pool, QueuePool)
    # Not where connections run short: nobody holds one there while waiting for another.
    if connection.info.get(_READING, reading) is reading or pool.checkedout() >= pool.size():
        return connection
    with connection:
        return engine.connect()


@contextmanager
def reading(engine: Engine, *, owning: bool = False) -> Iterator[Connection]:
    """A transaction for looking: the one that this thread looks in already (``one_moment``), or one of its own.

    Raises:
        Unavailable: the database is away.
    """
    moment = present_moment(engine)
    if moment is not None and not owning:
        begun(moment.connection)
        yield moment.connection
        return
    # Committed where nothing went wrong: at a rollback, psycopg forgets all statements that it has prepared.
    with connected(engine, reading=True, owning=owning) as connection, connection.begin():
        yield connection


@contextmanager
def one_moment(engine: Engine) -> Iterator[Callable[[], None]]:
    """Inside the block, whatever this thread looks at is looked at in one transaction, as of the same moment.

    What it gives may be called when nothing more is looked at: PostgreSQL then ends the transaction while this thread goes
    on. Whatever is looked at nevertheless is looked at in a transaction of its own.

    On PostgreSQL, plans of statements are kept here: to make one takes longer than to carry it out. One that was made
    while a table was small is dropped when the table has been analyzed, within a minute of its growing.

    Raises:
        Unavailable: the database is away.
    """
    with connected(engine, reading=True, as_planned=True) as connection:
        token = _shared.set(Moment(engine, present(), connection))

        def over() -> None:
            _shared.set(None)
            if engine.dialect.name == "postgresql":
                libpq.commit_soon(connection)

        try:
            with connection.begin():
                yield over
        finally:
            _shared.reset(token)


def present_moment(engine: Engine) -> Moment | None:
    """The one that this thread is in, with this database and for whom it works."""
    moment = _shared.get()
    if moment is not None and moment.engine is engine and moment.acting == present():
        return moment
    return None


@contextmanager
def writing(engine: Engine, *, owning: bool = False) -> Iterator[Connection]:
    """A transaction for changes: committed when the block ends, rolled back when an error leaves it.

    Raises:
        Unavailable: the database is away, or could not keep the changes; nothing of them was kept.
    """
    with connected(engine, reading=False, owning=owning) as connection, connection.begin():
        yield connection


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise NotConfigured("DATABASE_URL is not a database address.", ("DATABASE_URL",)) from error
    if address.drivername in {"postgres", "postgresql"}:
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername == "postgresql+psycopg":
        return address
    if address.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise NotConfigured("DATABASE_URL must begin with sqlite:// or postgresql://.", ("DATABASE_URL",))
    if address.database in {None, "", ":memory:"}:
        # Each connection would be a database of its own.
        raise NotConfigured("DATABASE_URL names no file: write sqlite:///path/to/file.", ("DATABASE_URL",))
    return address


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, later than we mean to: _begin_sqlite does it instead.
    connection.isolation_level = None
    _keep_a_log(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Have changes written to a log, so that readers and the writer don't wait for each other; the file remembers it.

    Here alone SQLite does not wait for others, whatever its timeout: it fails when two open a new file at once.
    """
    patience = monotonic() + LOCK_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > patience:
                raise
            sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get(_READING, False)
    # Said only where it is news: SQLite prepares every statement anew after it, which takes longer than most of them.
    if connection.info.get(_READING) is not reads:
        connection.info.pop(_READING, None)
        connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reads else 'OFF'}")
        connection.info[_READING] = reads
    if reads:
        # Past SQLAlchemy, since every look pays for it: nobody is waited for, so it has no error to be translated.
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("BEGIN")
    else:
        # A transaction that takes the write lock late fails instead of waiting when somebody wrote in between.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _prepare_postgres(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, in a trip of its own: _begin_postgres does it instead.
    connection.autocommit = True
    # A plan is made for each execution. One that was made while a table was empty reads all of it once it has grown,
    # also when PostgreSQL looks up what a row refers to: a first sync would take longer with every page.
    connection.execute(
        "SET plan_cache_mode = 'force_custom_plan';"
        f" SET TIME ZONE 'UTC'; SET lock_timeout = '{LOCK_SECONDS}s';"
        f" SET idle_in_transaction_session_timeout = '{_IDLE_SECONDS}s'"
    )


def _still_connected(connection: Any, _entry: ConnectionPoolEntry, _fairy: object) -> None:
    """Have the pool connect anew where the server has closed the connection, or is about to.

    It says so before it goes, and says nothing else to a connection at rest. So nobody has to be asked, which would take
    a trip to the server each time.

    Raises:
        DisconnectionError: for the pool.
    """
    try:
        at_rest = select.poll()
        at_rest.register(connection.fileno(), select.POLLIN)
        said = at_rest.poll(0)
    except connection.Error as error:
        raise DisconnectionError from error
    if said:
        raise DisconnectionError


def _begin_postgres(connection: Connection) -> None:
    """Begin, and say for whom, in one trip past SQLAlchemy: every transaction pays for it.

    A moment's begins together with what is asked first in it.

    Raises:
        NotConfigured: the roles of the second wall are missing.
        Unavailable: the database is away.
    """
    options = connection.get_execution_options()
    statements = [_BEGIN_READING if options.get(_READING, False) else "BEGIN"]
    as_planned = options.get(_AS_PLANNED, False)
    if not options.get(_OWNING, False):
        statements.append(stepping_behind(as_planned=as_planned))
    libpq.begin_later(connection, statements)
    if not as_planned:
        begun(connection)


def begun(connection: Connection) -> None:
    """See to it that a moment's transaction has begun, for whoever asks something through SQLAlchemy in it.

    Raises:
        NotConfigured: the roles of the second wall are missing.
        Unavailable: the database is away.
    """
    if connection.dialect.name != "postgresql":
        return
    module = connection.dialect.loaded_dbapi
    try:
        libpq.begin(connection)
    except (module.DataError, module.ProgrammingError) as error:
        raise no_way_behind() from error
    except module.Error as error:
        connection.invalidate(error)
        raise Unavailable(_AWAY) from error


def _commit_postgres(connection: Connection) -> None:
    """End a transaction that has only looked, past psycopg, which has nothing left to do then.

    Raises:
        Unavailable: the database is away.
    """
    if connection.get_execution_options().get(_READING, False):
        try:
            libpq.commit(connection)
        except connection.dialect.loaded_dbapi.Error as error:
            raise in_our_words(connection, error) from error


def _rollback_postgres(connection: Connection) -> None:
    if connection.invalidated:
        return
    with suppress(
        connection.dialect.loaded_dbapi.Error
    ):  # met again by SQLAlchemy's own rollback, which comes next
        libpq.forget(connection)


def in_our_words(connection: Connection, error: Exception) -> Exception:
    """What to raise in the place of an error of the driver that SQLAlchemy has not seen: that itself, if it is a defect.

    A connection that may be broken is not used again.
    """
    module = connection.dialect.loaded_dbapi
    if _is_too_big(error) or not isinstance(error, module.OperationalError | module.InterfaceError):
        return error
    connection.invalidate(error)
    return Unavailable(_AWAY)


def _translate(context: ExceptionContext) -> None:
    """Raise our own error in the place of the driver's, which stays its cause."""
    error = context.sqlalchemy_exception
    if _is_too_big(context.original_exception):
        return
    if isinstance(error, IntegrityError):
        raise Conflict("This contradicts what is already there.") from error
    if context.is_disconnect or isinstance(error, OperationalError | InterfaceError):
        raise Unavailable(_AWAY) from error


def _is_too_big(error: BaseException) -> bool:
    return (getattr(error, "sqlstate", None) or "").startswith(_TOO_BIG)
