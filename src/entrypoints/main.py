"""What a process serves: the web application or the worker's, with the scheduler."""

from threading import Thread

from flask import Flask

from domain.acting import in_background
from entrypoints.bootstrap import Portside
from entrypoints.http.app import create_app, create_operations_app
from entrypoints.opening import open_portside
from entrypoints.scheduler.ticks import Scheduler
from entrypoints.settings import Settings


def application(settings: Settings | None = None, *, importing: bool = True) -> Flask:
    """The web application, with its scheduler ticking unless the settings say otherwise.

    Args:
        settings: Read from the environment by default.
        importing: Whether it is this process that brings in what the environment names; one of several is enough.

    Raises:
        SettingsError: the settings can't be used.
        Unavailable: the database is away.
    """
    portside = open_portside(settings, serving=True)
    app = create_app(portside.services, portside.settings, portside.instance.secret_key.get_secret_value())
    if importing:
        _import_environment(portside)
    if portside.settings.scheduler:
        set_to_work(app, _scheduler_of(portside))
    return app


def worker_application() -> Flask:
    """The scheduler, ticking, and what says how it is; nothing for people.

    Raises:
        SettingsError: the settings can't be used.
        Unavailable: the database is away.
    """
    portside = open_portside(serving=True)
    app = create_operations_app(portside.services, portside.settings)
    set_to_work(app, _scheduler_of(portside))
    return app


def _scheduler_of(portside: Portside) -> Scheduler:
    return Scheduler(portside.services, portside.settings.worker_threads, portside.stopping)


def set_to_work(app: Flask, scheduler: Scheduler) -> None:
    """Start the scheduler; it stops beside the requests that are still answered at the end, not after them."""
    ends_streams = app.extensions["portside_farewell"]

    def farewell() -> None:
        ends_streams()
        scheduler.stop()

    app.extensions |= {"portside_scheduler": scheduler, "portside_farewell": farewell}
    scheduler.start()


def _import_environment(portside: Portside) -> None:
    """Import the connections that the settings name, beside everything else: the channels may take their time."""
    services = portside.services
    stores = [doors.environment for doors in services.stores.values()]
    if portside.settings.amazon_refresh_token is None and not any(each.named for each in stores):
        return

    def bring_in() -> None:
        with in_background():
            services.environment.at_start()
            for each in stores:
                each.at_start()

    Thread(target=bring_in, name="environment-import", daemon=True).start()
