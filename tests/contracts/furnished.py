"""A connection with something in every table, for the contracts of leaving."""

from dataclasses import replace

from domain.ads.accounts import AccountType, Listing
from domain.ads.coverage import Coverage
from domain.connections.model import Connection, ConnectionStatus
from domain.ledger.model import DayCount
from domain.marketplaces import Region
from domain.orders.counting import book
from domain.sync.model import Resource
from domain.tokens.model import AccessToken, RefreshToken
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.samples import FAILURE, MINUTE, NOW, connected
from tests.fakes.ads_days import a_day, a_product_day
from tests.fakes.ads_report_things import a_schedule, an_ads_report
from tests.fakes.ads_things import a_profile, a_registration
from tests.fakes.things import US, a_level, a_report, a_run, an_item, an_order

#: How many it has, each with a line of its own.
ORDERS = 7


def furnished(backend: Backend, user: User, seller_id: str = "A1SELLER") -> Connection:
    """A connection with something in every table."""
    connection = connected(backend, user, seller_id)
    orders = [book(an_order(f"O-{number}", an_item(f"SKU-{number}")), US) for number in range(ORDERS)]
    with backend.work() as work:
        access = AccessToken("Atza|secret", NOW + MINUTE)
        work.vault.keep(connection.id, RefreshToken("Atzr|secret"), access, "client-secret")
        work.sync.ensure(connection.id, user.id, (Resource.ORDERS,), NOW)
        work.sync.request(connection.id, Resource.ORDERS, a_run(connection, created_at=NOW))
        work.orders.save_page(connection.id, orders)
        work.stock.save_page(connection.id, US, [a_level("SKU-1")], "pass", NOW)
        work.stock.keep_day(connection.id, connection.user_id, NOW.date(), NOW.date(), NOW)
        report = a_report(connection, created_at=NOW)
        work.reports.add([report])
        work.reports.put_part(report, 0, b"a secret\tdocument")
        work.ads_accounts.merge(connection, [a_profile()], NOW)
        listing = Listing(connection.id, user.id, AccountType.PROFILE, Region.NA, NOW)
        work.ads_accounts.save_listing(listing)
        work.ads_registrations.add(a_registration(connection, created_at=NOW))
        (account,) = (
            each for each in work.ads_accounts.accounts(user.id) if each.connection_id == connection.id
        )
        advertised = an_ads_report(account)
        work.ads_reports.add([advertised])
        work.ads_reports.put_part(advertised, 0, b'{"a": "secret"}')
        work.ads_schedules.add(a_schedule(account))
        work.ads_days.save_coverage([Coverage.empty(advertised)])
        work.ads_days.save_days(advertised, [a_day("1")])
        work.ads_days.save_product_days(advertised, [a_product_day("1")])
        work.ledger.asked(connection.id, [DayCount(US, NOW.date(), ORDERS, ORDERS, 0, "USD")], NOW)
        work.commit()
    return connection


def leaving(backend: Backend, connection: Connection, minutes: int = 0) -> Connection:
    """The same connection, being erased since then."""
    gone = replace(
        connection,
        status=ConnectionStatus.DISCONNECTED,
        is_default=False,
        erasing_at=NOW + minutes * MINUTE,
    )
    with backend.work() as work:
        work.connections.save(gone)
        work.vault.erase(connection.id)
        work.sync.stop(connection.id, FAILURE)
        work.commit()
    return gone
