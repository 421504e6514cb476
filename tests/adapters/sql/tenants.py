"""Two users with something in every table: what the one must never see of the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Engine, Table, select

from adapters.sql import tables
from adapters.sql.engine import reading
from adapters.sql.wall import OPEN_TABLES
from domain.ads.accounts import AccountType, Listing
from domain.ads.coverage import Coverage
from domain.ads.registration import Registration
from domain.ads.reports import AdsReport, Schedule
from domain.audit.model import AuditEntry
from domain.connections.model import Connection, ConsentState, Provider
from domain.events.model import Event
from domain.gateway.usage import Tally
from domain.inventory.cover import demand_from
from domain.kpis.periods import Period
from domain.ledger.model import DayCount, LedgerDay
from domain.marketplaces import Region
from domain.money import Money
from domain.orders.counting import book
from domain.reports.model import Report
from domain.sync.model import Resource, Run
from domain.tokens.model import AccessToken, RefreshToken
from domain.users.model import ApiKey, Session, User
from tests.contracts.backends import SqlBackend, WholeWork
from tests.contracts.samples import MINUTE, NOW, a_connection, a_user
from tests.fakes.ads_days import a_day, a_product_day
from tests.fakes.ads_report_things import a_schedule, an_account, an_ads_report
from tests.fakes.ads_things import a_profile, a_registration
from tests.fakes.things import US, a_level, a_report, a_run, an_item, an_order

#: Every table with rows of tenants in it, those that others refer to first.
TENANTS_TABLES = tuple(table for table in tables.metadata.sorted_tables if table.name not in OPEN_TABLES)


@dataclass(frozen=True)
class Tenant:
    """Somebody, and a seller whom nobody else has. ``size`` tells the figures of two tenants apart."""

    name: str
    size: int
    user: User = field(init=False)
    connection: Connection = field(init=False)
    run: Run = field(init=False)
    report: Report = field(init=False)
    registration: Registration = field(init=False)
    ads_report: AdsReport = field(init=False)
    schedule: Schedule = field(init=False)
    key: ApiKey = field(init=False)

    def __post_init__(self) -> None:
        user = a_user(f"{self.name}@example.com")
        connection = a_connection(user, f"{self.name.upper()}-SELLER", is_default=True)
        object.__setattr__(self, "user", user)
        object.__setattr__(self, "connection", connection)
        object.__setattr__(self, "run", a_run(connection, created_at=NOW))
        object.__setattr__(self, "report", a_report(connection, created_at=NOW, amazon_id=f"R-{self.name}"))
        object.__setattr__(self, "registration", a_registration(connection, created_at=NOW))
        nobodys = an_account(connection)
        object.__setattr__(self, "ads_report", an_ads_report(nobodys, amazon_id=f"A-{self.name}"))
        object.__setattr__(self, "schedule", a_schedule(nobodys, name=f"schedule of {self.name}"))
        object.__setattr__(self, "key", ApiKey(uuid4(), user.id, self.name, NOW))

    @property
    def session_hash(self) -> str:
        """Of the one session."""
        return f"session of {self.name}"

    @property
    def key_hash(self) -> str:
        """Of the one API key."""
        return f"key of {self.name}"

    @property
    def state_hash(self) -> str:
        """Of the one consent under way."""
        return f"state of {self.name}"

    def move_in(self, engine: Engine) -> None:
        """Put a row or more into every table."""
        with SqlBackend(engine).work() as work:
            work.users.add(self.user, f"hash of {self.name}")
            work.sessions.open(Session(self.session_hash, self.user.id, NOW, NOW + 60 * MINUTE))
            work.api_keys.add(self.key, self.key_hash)
            work.identities.add(self.user.id, "https://issuer.example", self.name, NOW)
            work.audit.append(AuditEntry(uuid4(), NOW, self.user.id, "user.logged_in", self.name, ""))
            work.connections.add(self.connection)
            work.states.keep(self._state())
            work.vault.keep(
                self.connection.id, RefreshToken(f"Atzr|{self.name}"), AccessToken(f"Atza|{self.name}", NOW)
            )
            work.sync.ensure(self.connection.id, self.user.id, (Resource.ORDERS,), NOW)
            work.sync.request(self.connection.id, Resource.ORDERS, self.run)
            (task,) = work.sync.claim(NOW, self.name, NOW + MINUTE, 10)
            then = NOW - self.size * MINUTE
            work.sync.finish(task.lease, {"of": self.name}, task.run.progress, then, NOW + MINUTE, then)
            for number in range(self.size):
                price = Money(100 * self.size, "USD")
                order = an_order(
                    f"{self.name}-{number}", an_item(f"{self.name}-SKU", total=price), total=price
                )
                work.orders.save_page(self.connection.id, [book(order, US)])
            work.stock.save_page(
                self.connection.id, US, [a_level(f"{self.name}-SKU", 10 * self.size)], "pass", NOW
            )
            work.stock.keep_day(self.connection.id, self.user.id, NOW.date(), NOW.date(), NOW)
            work.reports.add([self.report])
            work.reports.put_part(self.report, 0, self.name.encode())
            work.ads_accounts.merge(
                self.connection, [a_profile(f"{self.name}-{number}") for number in range(self.size)], NOW
            )
            work.ads_accounts.save_listing(self.listing())
            work.ads_registrations.add(self.registration)
            self._advertise(work)
            work.ledger.asked(self.connection.id, [self.counted().amazon], NOW)
            work.outbox.append(Event(self.user.id, "sync.progress", NOW, {"of": self.name}))
            work.usage.add([self._counted()])
            work.figures.changed(self.user.id)
            work.recounts.note(self.connection.id, NOW, 0, self.size)
            work.months.count(self.connection.id, Period(demand_from(NOW.date()), NOW.date()), NOW)
            work.commit()

    def coverage(self) -> Coverage:
        """How far the tenant's figures of campaigns are known."""
        return replace(Coverage.empty(self.ads_report), rest_until=NOW)

    def _advertise(self, work: WholeWork) -> None:
        """A report with its document, a schedule, and the figures of as many campaigns and products as its size."""
        account = work.ads_accounts.accounts(self.user.id)[0]
        report = replace(self.ads_report, account_id=account.id)
        names = [f"{self.name}-{number}" for number in range(self.size)]
        work.ads_reports.add([report])
        work.ads_reports.put_part(report, 0, self.name.encode())
        work.ads_schedules.add(replace(self.schedule, account_id=account.id))
        work.ads_days.save_coverage([replace(self.coverage(), account_id=account.id)])
        work.ads_days.save_days(report, [a_day(report.profile_id, name) for name in names])
        work.ads_days.save_product_days(report, [a_product_day(report.profile_id, name) for name in names])

    def listing(self, failures: int = 0) -> Listing:
        """Of the tenant's profiles."""
        return Listing(
            self.connection.id, self.user.id, AccountType.PROFILE, Region.NA, NOW + MINUTE, failures=failures
        )

    def counted(self, repairs: int = 0) -> LedgerDay:
        """A day that Amazon has counted."""
        amazon = DayCount(US, NOW.date(), self.size, self.size, 100 * self.size, "USD")
        return LedgerDay(self.connection.id, amazon, NOW, repairs=repairs)

    def _counted(self) -> Tally:
        key = (self.connection.id, self.user.id, self.connection.seller_id, NOW.date(), "searchOrders")
        return Tally(*key, calls=self.size, gets=self.size, throttled=0)

    def _state(self) -> ConsentState:
        return ConsentState(
            self.state_hash, self.user.id, Provider.AMAZON_SP, Region.NA, US, "browser", NOW + 10 * MINUTE
        )

    def owns(self, table: Table) -> ColumnElement[bool]:
        """Which rows are this tenant's."""
        if table is tables.users:
            return table.c.id == self.user.id
        if "user_id" in table.c:
            return table.c.user_id == self.user.id
        return table.c.connection_id == self.connection.id

    def rows(self, engine: Engine, table: Table) -> list[Mapping[str, Any]]:
        """This tenant's rows of a table, whoever asks."""
        with reading(engine, owning=True) as connection:
            found = connection.execute(select(table).where(self.owns(table))).mappings()
            return sorted((dict(row) for row in found), key=repr)

    def everything(self, engine: Engine) -> dict[str, list[Mapping[str, Any]]]:
        """This tenant's rows of every table."""
        return {table.name: self.rows(engine, table) for table in TENANTS_TABLES}
