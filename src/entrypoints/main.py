"""Starting Portside in a process: settings, logs, the embedded Amazon where wanted, wiring, and the scheduler."""

import atexit
from threading import Thread

from flask import Flask

from domain.acting import in_background
from entrypoints import logs
from entrypoints.bootstrap import Portside, build
from entrypoints.embedded import with_embedded_amazon
from entrypoints.http.app import create_app, create_operations_app
from entrypoints.instance import open_instance
from entrypoints.scheduler.ticks import Scheduler
from entrypoints.settings import Settings, load_settings


def open_portside(
    settings: Settings | None = None, *, migrating: bool = True, serving: bool = False
) -> Portside:
    """Everything wired, in this process; nothing runs yet but an embedded Amazon.

    Outside production the database is brought up to date first; in production that is an operator's step.

    Args:
        settings: Read from the environment by default.
        migrating: ``False`` leaves the database as it is.
        serving: A server tells what it does; a command says itself what it did, or what is wrong.

    Raises:
        SettingsError: the settings can't be used.
        Unavailable: the database is away.
    """
    chosen = settings or load_settings()
    logs.configure_logging(chosen.log_format, chosen.log_level if serving else _quieter(chosen.log_level))
    chosen = with_embedded_amazon(chosen)
    portside = build(chosen, open_instance(chosen))
    # A command calls Amazon too, and has no clock that would write the counts down.
    atexit.register(portside.services.metering.flush)
    if migrating and not chosen.is_production:
        portside.migrate()
    return portside


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


def _quieter(level: str) -> str:
    """Log lines beside a command's own words would say everything twice; whoever asks for DEBUG gets them."""
    return level if level == "DEBUG" else "CRITICAL"


def _import_environment(portside: Portside) -> None:
    """Import the connections that the settings name, beside everything else: the channels may take their time."""
    services = portside.services
    if portside.settings.amazon_refresh_token is None and not services.stores.environment.named:
        return

    def bring_in() -> None:
        with in_background():
            services.environment.at_start()
            services.stores.environment.at_start()

    Thread(target=bring_in, name="environment-import", daemon=True).start()
