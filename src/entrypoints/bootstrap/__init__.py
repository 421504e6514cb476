"""The only place where a port meets its adapter: plain constructor calls, from the ground up."""

from dataclasses import dataclass
from threading import Event

from sqlalchemy import Engine

from adapters.metrics import forget_process
from adapters.sql import schema
from entrypoints.bootstrap.ads import ads_on
from entrypoints.bootstrap.amazon import amazon_on
from entrypoints.bootstrap.desks import LEASE_TIME, services_on
from entrypoints.bootstrap.ground import ground_for
from entrypoints.bootstrap.shopify import shopify_on
from entrypoints.instance import Instance
from entrypoints.services import Services
from entrypoints.settings import Settings

__all__ = ["LEASE_TIME", "Portside", "build", "forget_process"]


@dataclass(frozen=True)
class Portside:
    """A built application: what it can do, and what is needed to look after it."""

    settings: Settings
    instance: Instance
    engine: Engine
    services: Services
    stopping: Event  # set it, and everything that waits or runs comes to an end

    def migrate(self) -> None:
        """Bring the database's tables up to date; one that is there already is left alone, and nobody waits.

        Raises:
            Unavailable: the database is away, or somebody else has held it for too long.
            NotConfigured: PostgreSQL's login lacks a right; says what an administrator has to run.
        """
        if schema.current(self.engine) == schema.head():
            return
        from adapters.sql.migrate import upgrade  # noqa: PLC0415 - brings Alembic along, once in a release

        upgrade(self.engine)


def build(settings: Settings, instance: Instance) -> Portside:
    """Portside, wired. Opens no connection and starts nothing.

    Raises:
        SettingsError: what is installed can't do what is set.
    """
    ground = ground_for(settings, instance)
    amazon = amazon_on(ground)
    ads = ads_on(ground, amazon.metering)
    stores = [shopify_on(ground, amazon.metering)]
    services = services_on(ground, amazon, stores, ads)
    return Portside(settings, instance, ground.engine, services, ground.stopping)
