"""Opening Portside in a process: settings, logs, the embedded Amazon where wanted, and wiring."""

import atexit

from entrypoints import logs
from entrypoints.bootstrap import Portside, build
from entrypoints.embedded import with_embedded_amazon
from entrypoints.instance import open_instance
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


def _quieter(level: str) -> str:
    """Log lines beside a command's own words would say everything twice; whoever asks for DEBUG gets them."""
    return level if level == "DEBUG" else "CRITICAL"
