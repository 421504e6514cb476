"""Advertising accounts: what users may do with them, and the chores that keep them."""

from dataclasses import dataclass

from adapters.ads.call import AdsCalls
from adapters.ads.directory import AmazonAdsDirectory
from adapters.ads.registrar import AmazonAdsRegistrar
from domain.ads.batch import AccountBatch
from domain.ads.desk import AccountDesk
from domain.ads.directory import Refresh
from domain.ads.health import AdsHealthDesk
from domain.ads.keeping import AccountsChore
from domain.ads.register import RegistrationDesk, RegistrationsChore
from domain.ads.registering import Registering
from entrypoints.bootstrap.ground import Ground
from entrypoints.services import AdsAccounts


@dataclass(frozen=True)
class AccountKeeping:
    """The desks, and the chores in the order in which they are done."""

    desks: AdsAccounts
    accounts: AccountsChore
    registrations: RegistrationsChore


def account_keeping_on(ground: Ground, ads: AdsCalls) -> AccountKeeping:
    """Asks nobody yet."""
    work, look, clock = ground.work, ground.look, ground.clock
    refresh = Refresh(AmazonAdsDirectory(ads), look)
    registering = Registering(AmazonAdsRegistrar(ads), look)
    desks = AdsAccounts(
        desk=AccountDesk(work, look, refresh, clock),
        batch=AccountBatch(work, clock),
        health=AdsHealthDesk(look, clock),
        registrations=RegistrationDesk(work, look, registering, clock),
    )
    return AccountKeeping(desks, AccountsChore(refresh, look), RegistrationsChore(registering, look))
