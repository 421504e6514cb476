"""The books' and the figures' own queries, sent without their WHERE: nothing of anybody else's appears or changes."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import MultipleResultsFound

from adapters.sql.engine import make_engine
from adapters.sql.work import SqlWork
from domain.acting import acting_for, in_background
from domain.ads.accounts import AccountId, AccountType
from domain.ads.reports import AdsReportId
from domain.connections.model import Provider
from domain.errors import KeyUnavailable, NotFound
from domain.kpis.periods import Period
from domain.kpis.products import ProductQuestion
from domain.kpis.stock_items import StockOrder, StockQuestion
from domain.marketplaces import Region
from domain.sync.model import Resource
from tests import databases, servers
from tests.adapters.sql.tenants import Tenant
from tests.adapters.sql.without_where import without_where
from tests.contracts.backends import Figures, SqlBackend
from tests.contracts.samples import FAILURE, MINUTE, NOW
from tests.fakes.cipher import LabelCipher
from tests.fakes.things import US

Read = Callable[[SqlWork, Figures, Tenant], object]
Change = Callable[[SqlWork, Tenant], object]

#: All days on which anybody sold anything: what is left when conditions on days are forgotten.
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))

#: What web work asks, each time about the other one.
READS: dict[str, Read] = {
    "users.get": lambda work, _, them: work.users.get(them.user.id),
    "users.credentials": lambda work, _, them: work.users.credentials(them.user.email),
    "users.all": lambda work, _, them: work.users.all(),
    "sessions.user_of": lambda work, _, them: work.sessions.user_of(them.session_hash, NOW),
    "api_keys.owner": lambda work, _, them: work.api_keys.owner(them.key_hash),
    "api_keys.of_user": lambda work, _, them: work.api_keys.of_user(them.user.id),
    "audit.of_user": lambda work, _, them: work.audit.of_user(them.user.id, limit=50),
    "audit.everybodys": lambda work, _, them: work.audit.everybodys(limit=50),
    "connections.get": lambda work, _, them: work.connections.get(them.user.id, them.connection.id),
    "connections.by_id": lambda work, _, them: work.connections.by_id(them.connection.id),
    "connections.hold": lambda work, _, them: work.connections.hold(them.connection.id),
    "connections.by_grant": lambda work, _, them: work.connections.by_grant(
        them.user.id, Provider.AMAZON_SP, them.connection.seller_id
    ),
    "connections.of_user": lambda work, _, them: work.connections.of_user(them.user.id, Provider.AMAZON_SP),
    "connections.all": lambda work, _, them: work.connections.all(),
    "connections.erasing": lambda work, _, them: work.connections.erasing(),
    "vault.look": lambda work, _, them: work.vault.look(them.connection.id),
    "sync.run": lambda work, _, them: work.sync.run(them.user.id, them.run.id),
    "sync.runs": lambda work, _, them: work.sync.runs(them.user.id),
    "sync.states": lambda work, _, them: work.sync.states(them.user.id),
    "reports.get": lambda work, _, them: work.reports.get(them.user.id, them.report.id),
    "reports.of_user": lambda work, _, them: work.reports.of_user(them.user.id),
    "reports.open_of": lambda work, _, them: work.reports.open_of(them.connection.id),
    "reports.of_purpose": lambda work, _, them: work.reports.of_purpose(
        them.connection.id, them.report.purpose
    ),
    "reports.amazon_ids": lambda work, _, them: work.reports.amazon_ids(
        them.connection.id, them.report.request.report_type
    ),
    "reports.part": lambda work, _, them: work.reports.part(them.report.id, 0),
    "ads_accounts.accounts": lambda work, _, them: work.ads_accounts.accounts(them.user.id),
    "ads_accounts.agencies": lambda work, _, them: work.ads_accounts.agencies(them.connection.id),
    "ads_accounts.profiles_to_sync": lambda work, _, them: work.ads_accounts.profiles_to_sync(
        them.connection.id
    ),
    "ads_accounts.listings": lambda work, _, them: work.ads_accounts.listings(them.connection.id),
    "ads_registrations.get": lambda work, _, them: work.ads_registrations.get(
        them.user.id, them.registration.id
    ),
    "ads_registrations.open_of": lambda work, _, them: work.ads_registrations.open_of(them.connection.id),
    "ads_reports.get": lambda work, _, them: work.ads_reports.get(them.user.id, them.ads_report.id),
    "ads_reports.of_user": lambda work, _, them: work.ads_reports.of_user(them.user.id),
    "ads_reports.due_of": lambda work, _, them: work.ads_reports.due_of(them.connection.id, NOW, 10),
    "ads_reports.open_days": lambda work, _, them: work.ads_reports.open_days(them.connection.id),
    "ads_reports.count_open": lambda work, _, them: work.ads_reports.count_open(
        them.connection.id, them.ads_report.purpose
    ),
    "ads_reports.part": lambda work, _, them: work.ads_reports.part(them.ads_report.id, 0),
    "ads_schedules.get": lambda work, _, them: work.ads_schedules.get(them.user.id, them.schedule.id),
    "ads_schedules.of_user": lambda work, _, them: work.ads_schedules.of_user(them.user.id),
    "ads_schedules.due_of": lambda work, _, them: work.ads_schedules.due_of(them.connection.id, NOW),
    "ads_days.coverage": lambda work, _, them: work.ads_days.coverage(them.connection.id),
    "ads_days.coverage_of": lambda work, _, them: work.ads_days.coverage_of(them.ads_report),
    "ledger.lines": lambda work, _, them: work.ledger.lines(them.connection.id),
    "ledger.pending": lambda work, _, them: work.ledger.pending(them.connection.id, NOW, 10),
    "ledger.own": lambda work, _, them: work.ledger.own(
        them.connection.id, US, NOW.date(), NOW.date(), "USD", NOW
    ),
    "ledger.orders_known": lambda work, _, them: work.ledger.orders_known(them.connection.id),
    "ledger.newest_gaps": lambda work, _, them: work.ledger.newest_gaps(them.user.id, 10),
    "ledger.verdicts": lambda work, _, them: work.ledger.verdicts(them.user.id),
    "ledger.gaps": lambda work, _, them: work.ledger.gaps(them.user.id, 10),
    "figures.completeness.lacking": lambda _, figures, them: figures.completeness.lacking(
        them.user.id, NOW.date(), NOW.date(), None
    )(),
    "stock.count": lambda work, _, them: work.stock.count(them.connection.id, US),
    "figures.sales.daily": lambda _, figures, them: figures.sales.daily(
        them.user.id, "amazon", NOW.date(), NOW.date(), US
    )(),
    "figures.sales.by_channel": lambda _, figures, them: figures.sales.by_channel(them.user.id, (MARCH,))(),
    "figures.sales.best_sellers": lambda _, figures, them: figures.sales.best_sellers(
        them.user.id, "amazon", MARCH, ProductQuestion("USD", 10)
    )(),
    "figures.stock.totals": lambda _, figures, them: figures.stock.totals(
        them.user.id, US, NOW.date(), NOW.date()
    ),
    "figures.stock.compared": lambda _, figures, them: figures.stock.compared(
        them.user.id, NOW.date(), NOW.date(), NOW.date()
    )(),
    "figures.stock.items": lambda _, figures, them: figures.stock.items(
        them.user.id, StockQuestion(search="A"), NOW.date(), NOW.date(), None, 100
    ),
    "figures.stock.items by demand": lambda _, figures, them: figures.stock.items(
        them.user.id, StockQuestion(US, order=StockOrder.COVER), NOW.date(), NOW.date(), None, 100
    ),
    "figures.overview.volumes": lambda _, figures, them: figures.overview.volumes(them.user.id)(),
    "figures.overview.standing": lambda _, figures, them: figures.overview.standing(them.user.id),
}
#: What web work changes, each time of the other one's.
CHANGES: dict[str, Change] = {
    "users.record_login": lambda work, them: work.users.record_login(them.user.id, NOW, "another hash"),
    "sessions.close": lambda work, them: work.sessions.close(them.session_hash),
    "sessions.close_expired": lambda work, _: work.sessions.close_expired(NOW),
    "api_keys.used": lambda work, them: work.api_keys.used(replace(them.key, last_used_at=NOW)),
    "api_keys.delete": lambda work, them: work.api_keys.delete(them.user.id, them.key.id),
    "connections.touch": lambda work, them: work.connections.touch(them.connection.id, NOW),
    "connections.synced": lambda work, them: work.connections.synced(them.connection.id, NOW, failing=False),
    "connections.degraded": lambda work, them: work.connections.degraded(them.connection.id, FAILURE),
    "connections.save": lambda work, them: work.connections.save(replace(them.connection, last_used_at=NOW)),
    "connections.remove_some": lambda work, them: work.connections.remove_some(them.connection.id, 100),
    "connections.remove": lambda work, them: work.connections.remove(them.connection.id),
    "states.take": lambda work, them: work.states.take(them.user.id, them.state_hash, NOW),
    "states.forget_expired": lambda work, _: work.states.forget_expired(NOW),
    "vault.claim": lambda work, them: work.vault.claim(them.connection.id, 1, "web", NOW, NOW + MINUTE),
    "vault.forget_access": lambda work, them: work.vault.forget_access(them.connection.id, 1),
    "vault.erase": lambda work, them: work.vault.erase(them.connection.id),
    "sync.stop": lambda work, them: work.sync.stop(them.connection.id, FAILURE),
    "sync.restart": lambda work, them: work.sync.restart(them.connection.id, Resource.ORDERS, NOW),
    "reports.save": lambda work, them: work.reports.save(replace(them.report, looks=7)),
    "reports.drop_parts": lambda work, them: work.reports.drop_parts(them.report.id),
    "reports.forget_before": lambda work, _: work.reports.forget_before(NOW, limit=10),
    "ads_accounts.note_sync": lambda work, _: work.ads_accounts.note_sync(AccountId(uuid4()), NOW, FAILURE),
    "ads_accounts.list_again": lambda work, them: work.ads_accounts.list_again(
        them.connection.id, [AccountType.PROFILE], NOW - MINUTE
    ),
    "ads_registrations.save": lambda work, them: work.ads_registrations.save(
        replace(them.registration, looks=7), them.registration
    ),
    "ads_reports.save": lambda work, them: work.ads_reports.save(replace(them.ads_report, looks=7)),
    "ads_reports.put_off": lambda work, them: work.ads_reports.put_off(
        them.connection.id, Region.NA, NOW + MINUTE, made=True
    ),
    "ads_reports.drop_parts": lambda work, them: work.ads_reports.drop_parts(them.ads_report.id),
    "ads_reports.forget_before": lambda work, _: work.ads_reports.forget_before(NOW, NOW, limit=10),
    "ads_schedules.save": lambda work, them: work.ads_schedules.save(replace(them.schedule, days=3)),
    "ads_schedules.move_on": lambda work, them: work.ads_schedules.move_on(them.schedule, NOW + MINUTE),
    "ads_schedules.told": lambda work, them: work.ads_schedules.told(them.schedule.id, them.ads_report.id),
    "ads_schedules.remove": lambda work, them: work.ads_schedules.remove(them.user.id, them.schedule.id),
    "ads_days.close_days": lambda work, them: work.ads_days.close_days(
        replace(them.ads_report, id=AdsReportId(uuid4()))
    ),
    "ads_days.ask_again": lambda work, them: work.ads_days.ask_again(
        them.user.id, [them.ads_report.account_id]
    ),
    "ledger.settle": lambda work, them: work.ledger.settle([them.counted(repairs=7)]),
    "ledger.forget_before": lambda work, them: work.ledger.forget_before(them.connection.id, US, NOW.date()),
    "stock.unlist_elsewhere": lambda work, them: work.stock.unlist_elsewhere(them.connection.id, []),
    "stock.close_pass": lambda work, them: work.stock.close_pass(them.connection.id, US, "another pass"),
    "stock.set_reorder_point": lambda work, them: work.stock.set_reorder_point(
        [(them.connection.id, US)], "no such SKU", 7
    ),
    "outbox.forget_before": lambda work, _: work.outbox.forget_before(NOW),
}


@dataclass(frozen=True)
class Stage:
    """A PostgreSQL with two tenants on it."""

    engine: Engine
    ann: Tenant
    bob: Tenant

    def asked(self, acting: AbstractContextManager[None], read: Read) -> str:
        """What comes of it, without conditions. Where one row was meant, several are an outcome as well."""
        figures = SqlBackend(self.engine).figures()
        with acting, without_where(self.engine), SqlWork(self.engine, LabelCipher()) as work:
            try:
                return repr(read(work, figures, self.bob))
            except (NotFound, KeyUnavailable, MultipleResultsFound) as error:
                return type(error).__name__

    def changed(self, acting: AbstractContextManager[None], change: Change) -> None:
        """Do it without conditions, and keep it."""
        with acting, without_where(self.engine), SqlWork(self.engine, LabelCipher()) as work:
            with suppress(
                NotFound, MultipleResultsFound
            ):  # more rows than one were changed: that is what is asked
                change(work, self.bob)
            work.commit()


@contextmanager
def staged() -> Iterator[Stage]:
    """Ann has moved in, Bob has not yet."""
    url = databases.postgres_database()
    engine = make_engine(url)
    stage = Stage(engine, Tenant("ann", 1), Tenant("bob", 3))
    stage.ann.move_in(engine)
    yield stage
    engine.dispose()
    servers.postgres().drop_database(url)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


@dataclass(frozen=True)
class Found:
    """What comes of each question: before Bob moved in, beside him, and in the background."""

    alone: dict[str, str]
    beside_bob: dict[str, str]
    in_the_background: dict[str, str]


@pytest.fixture(scope="module")
def found() -> Iterator[Found]:
    with staged() as stage:

        def by(acting: Callable[[], AbstractContextManager[None]]) -> dict[str, str]:
            return {name: stage.asked(acting(), read) for name, read in READS.items()}

        def ann() -> AbstractContextManager[None]:
            return acting_for(stage.ann.user.id)

        alone = by(ann)
        stage.bob.move_in(stage.engine)
        yield Found(alone, by(ann), by(in_background))


def test_the_queries_really_go_out_without_conditions(stage: Stage) -> None:
    with without_where(stage.engine) as sent, SqlWork(stage.engine, LabelCipher()) as work:
        for read in READS.values():
            with suppress(NotFound, KeyUnavailable, MultipleResultsFound):
                read(work, SqlBackend(stage.engine).figures(), stage.ann)

    assert len(sent) > len(READS)
    assert [statement for statement in sent if "WHERE" in statement or "HAVING" in statement] == []


@pytest.mark.parametrize("name", READS)
def test_nobody_elses_being_there_changes_what_is_found(found: Found, name: str) -> None:
    beside_bob = found.beside_bob[name]

    assert beside_bob == found.alone[name]
    assert "bob" not in beside_bob.lower()
    assert beside_bob != found.in_the_background[name]  # there was something to be seen


@pytest.mark.parametrize("name", CHANGES)
def test_nobody_elses_rows_are_changed(stage: Stage, name: str) -> None:
    stage.bob.move_in(stage.engine)
    his = stage.bob.everything(stage.engine)
    hers = stage.ann.everything(stage.engine)

    stage.changed(acting_for(stage.ann.user.id), CHANGES[name])
    his_afterwards, hers_afterwards = stage.bob.everything(stage.engine), stage.ann.everything(stage.engine)
    stage.changed(in_background(), CHANGES[name])
    his_in_the_end = stage.bob.everything(stage.engine)

    assert his_afterwards == his
    assert hers_afterwards != hers
    assert his_in_the_end != his  # there was something to be changed
