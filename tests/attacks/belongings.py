"""One of everything that a user can have, to be reached for by somebody else."""

from dataclasses import dataclass
from uuid import UUID

from domain.ads.accounts import Owner
from domain.connections.model import Connection
from domain.reports.model import Report, ReportStatus
from domain.sync.model import Resource
from domain.users.model import User, Visitor
from tests.entrypoints.http.wishes import TABLE, a_report, keep
from tests.fakes.ads_report_things import a_schedule, an_ads_report
from tests.fakes.ads_things import a_profile, a_registration
from tests.fakes.things import a_level, an_order
from tests.fakes.world import World

#: In every text of theirs.
MARK = "VICTIMS-OWN"
#: Amazon's ids of the profiles: a seller's, and an agency's.
PROFILE, AGENCY = "9108", "9109"
#: A SKU that everybody has.
SKU = "SKU-1"
_CONSOLE = Visitor("console")


@dataclass(frozen=True)
class Belongings:
    """The ids of all that ``of`` has made."""

    ids: list[UUID]

    @classmethod
    def of(
        cls, world: World, user: User, mark: str = MARK, profile: str = PROFILE, agency: str = AGENCY
    ) -> "Belongings":
        """A seller with orders, stock, runs and reports, a store, advertising with all that belongs to it, and keys.

        There are two of most, so that lists have a second page.
        """
        seller = world.connect(user, seller_id=f"{mark}-SELLER".replace("-", ""))
        world.sell(seller, an_order(f"{mark}-ORDER"))
        world.stock(seller, a_level(SKU), a_level(f"{mark}-SKU"))
        store = world.connect_store(user, shop=f"{mark}.myshopify.com".lower())
        ads = world.connect_ads(user)
        reports = [_report(world, seller, mark, name) for name in ("ONE", "TWO")]
        found = [a_profile(profile), a_profile(agency, owner=Owner.AGENCY)]
        with world.work() as work:
            work.ads_accounts.merge(ads, found, world.clock.now())
            accounts = {each.found.amazon_id: each for each in work.ads_accounts.accounts(user.id)}
            account, seat = accounts[profile], accounts[agency]
            registration = a_registration(ads)
            work.ads_registrations.add(registration)
            ads_reports = [an_ads_report(each) for each in (account, seat)]
            schedules = [a_schedule(account, name=f"{mark} {name}") for name in ("one", "two")]
            work.ads_reports.add(ads_reports)
            for schedule in schedules:
                work.ads_schedules.add(schedule)
            work.commit()
        runs = world.services.sync.request(user.id, seller.id, [Resource.ORDERS, Resource.INVENTORY])
        keys = [
            world.services.api_keys.create(user, _CONSOLE, f"{mark} {name}")[0] for name in ("one", "two")
        ]
        several = (reports, (account, seat), ads_reports, schedules, runs, keys)
        return cls(
            [seller.id, store.id, ads.id, registration.id, *(each.id for some in several for each in some)]
        )


def _report(world: World, seller: Connection, mark: str, name: str) -> Report:
    wanted = a_report(seller, ReportStatus.COMPLETED, report_type=f"GET_{mark}_{name}")
    return keep(world, wanted, TABLE, [b"header\n", mark.encode()])
