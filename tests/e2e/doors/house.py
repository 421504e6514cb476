"""A Portside to be visited: the real application over a SQLite file of its own, and what can be seen of it afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from adapters.crypto.envelope import Envelopes
from adapters.sql import tables
from adapters.sql.engine import make_engine, reading, writing
from adapters.sql.work import SqlWork
from domain.tokens.model import StoredTokens
from entrypoints.bootstrap import Portside, build
from entrypoints.http.app import create_app
from entrypoints.instance import open_instance
from entrypoints.scheduler.workers import Workers
from entrypoints.settings import load_settings
from tests.e2e.doors.amazon import Amazon
from tests.e2e.processes import environment

PUBLIC_URL = "http://127.0.0.1:5000"
_HOST, _COOKIE = "127.0.0.1", "portside_session"
SELLER, STRANGER = "seller@portside.example", "stranger@portside.example"
#: What a seller's data is made of.
DATA = (
    tables.orders,
    tables.order_items,
    tables.daily_sales,
    tables.daily_sku_sales,
    tables.sku_stretches,
    tables.daily_statuses,
    tables.inventory_items,
    tables.stock_days,
    tables.sync_runs,
)
KEPT = (tables.connections, tables.tokens, tables.sync_resources, tables.events, *DATA)

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Deed:
    """An entry of the audit log, as far as it can be told beforehand."""

    action: str
    actor: str
    address: str
    connection_id: UUID | None
    details: dict[str, str]


@dataclass
class House:
    """One installation. What its ``variables`` say counts until it is first used.

    ``cookies`` are those of browsers in which somebody is logged in.
    """

    amazon: Amazon
    home: Path  # with the keys of the installation in it
    file: Path
    cookies: dict[str, str]
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    @cached_property
    def engine(self) -> Engine:
        """A way into the database beside the application's."""
        return make_engine(self.url)

    @cached_property
    def portside(self) -> Portside:
        given = environment(self.amazon.server, self.url, self.home, **self.variables)
        settings = load_settings(given, self.home)
        return build(settings, open_instance(settings))

    @cached_property
    def app(self) -> Flask:
        secret_key = self.portside.instance.secret_key.get_secret_value()
        return create_app(self.portside.services, self.portside.settings, secret_key)

    def ask(self, browser: str | None, method: str, path: str, **how: Any) -> TestResponse:
        """Portside's answer to this browser, which keeps its cookie; ``None``: one in which nobody is logged in."""
        client = self.app.test_client()
        if browser in self.cookies:
            client.set_cookie(_COOKIE, self.cookies[browser], domain=_HOST)
        answer = client.open(path if path.startswith("http") else f"{PUBLIC_URL}{path}", method=method, **how)
        kept = client.get_cookie(_COOKIE, domain=_HOST)
        if browser is not None and kept is not None:
            self.cookies[browser] = kept.value
        return answer

    def rows(self) -> dict[str, Rows]:
        """What is kept, by table."""
        with reading(self.engine) as connection:
            return {
                table.name: [
                    dict(row._mapping)
                    for row in connection.execute(select(table).order_by(*table.primary_key))
                ]
                for table in KEPT
            }

    def deeds(self) -> list[Deed]:
        """The audit log, the oldest entry first."""
        log = tables.audit_log
        with reading(self.engine) as connection:
            rows = connection.execute(select(log).order_by(log.c.at, log.c.id)).all()
        return [Deed(row.action, row.actor, row.address, row.connection_id, row.details) for row in rows]

    def grant(self) -> StoredTokens | None:
        """What the vault holds, in the clear."""
        cipher = Envelopes(self.portside.instance.key_ring)
        with SqlWork(self.engine, cipher, reading=True) as work:
            found = [work.vault.look(row["id"]) for row in self.rows()["connections"]]
        return found[0] if found else None

    def age_the_states(self) -> None:
        """Ten minutes go by for every state that is out. The clock is the machine's, so their ends are moved."""
        with writing(self.engine) as connection:
            ended = tables.consent_states.update().values(expires_at=datetime.now(UTC))
            assert connection.execute(ended).rowcount >= 1

    def sync(self) -> None:
        """Do all the work that is due."""
        services = self.portside.services
        workers = Workers(services.shift, services.runner, 2, Event())
        workers.tick()
        assert workers.wait(30.0)


@dataclass(frozen=True)
class Contents:
    """What is in a house: its database as a file, and as it is seen from outside."""

    file: bytes
    rows: dict[str, Rows]
    deeds: list[Deed]
    grant: StoredTokens | None


@dataclass(frozen=True)
class Furnished:
    """Contents to begin with, by what a seller finds; and browsers that are logged in."""

    contents: dict[str, Contents]
    cookies: dict[str, str]
    home: Path


@contextmanager
def opened(
    amazon: Amazon, home: Path, file: Path, cookies: dict[str, str], content: bytes
) -> Iterator[House]:
    """A house with these contents; they are in the file as a whole again when the block ends."""
    file.write_bytes(content)
    house = House(amazon, home, file, cookies)
    try:
        yield house
    finally:
        house.engine.dispose()
        house.portside.engine.dispose()
