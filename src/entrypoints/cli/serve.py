"""``portside serve``, ``portside worker``, ``portside migrate`` and ``portside simulator``."""

import os
import subprocess
import sys
from urllib.parse import urlsplit

import click

from domain.hosts import is_loopback
from entrypoints.cli import demo
from entrypoints.main import application, worker_application
from entrypoints.opening import open_portside
from entrypoints.server import Address, Server
from entrypoints.settings import Settings, load_settings
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import serve_forever

_DEFAULT_PORT = 5000
_SIMULATOR_PORT = 5001
_WORKER_PORT = 5090
#: Threads that event streams don't take; and those of a worker, which only health checks and Prometheus ask.
_ORDINARY_THREADS, _HEALTH_THREADS = 64, 4


@click.command()
@click.option(
    "--host", help="Where to listen; by default PUBLIC_URL's host where that is this machine, else 127.0.0.1."
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help=f"By default PUBLIC_URL's, else {_DEFAULT_PORT}. Without a PUBLIC_URL, that follows.",
)
@click.option(
    "--threads",
    type=click.IntRange(1, 10_240),
    help=f"Requests answered at once; by default {_ORDINARY_THREADS} more than EVENT_STREAMS. Event streams take all but"
    f" {_ORDINARY_THREADS} of them at most.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes, each with so many threads; more than one needs PostgreSQL.",
)
@click.option("--demo", "with_demo", is_flag=True, help="With a demo user, seller, store and advertiser.")
def serve(host: str | None, port: int | None, threads: int | None, workers: int, with_demo: bool) -> None:
    """Serve the API and the page, and sync in the background, until SIGTERM or Ctrl-C.

    With --demo there are a demo user, and a demo seller, store and advertiser, all connected, and it prints how to log
    in. That needs the embedded Amazon.
    """
    settings = load_settings()
    if workers > 1 and settings.on_sqlite:
        raise click.ClickException(
            "several workers can't share a SQLite file; leave --workers out, or set DATABASE_URL to PostgreSQL"
        )
    public = urlsplit(settings.public_url)
    host = host or (public.hostname if public.hostname and is_loopback(public.hostname) else "127.0.0.1")
    port = port or public.port or _DEFAULT_PORT
    if "public_url" not in settings.model_fields_set:
        shown = f"[{host}]" if ":" in host else host
        os.environ["PUBLIC_URL"] = f"http://{shown if host != '0.0.0.0' else '127.0.0.1'}:{port}"  # noqa: S104 - compared
        settings = load_settings()
    threads = threads or settings.event_streams + _ORDINARY_THREADS
    # Streams keep their threads for an hour: never those that everybody else needs.
    os.environ["EVENT_STREAMS"] = str(min(settings.event_streams, max(0, threads - _ORDINARY_THREADS)))
    address = Address(host, port)
    address.insist_on_free()
    if with_demo:
        _with_demo(settings)
    click.echo(f"Portside serves {settings.public_url} (stop with Ctrl-C)", err=True)
    Server(address, threads, lambda first: application(importing=first), workers).run()


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where health and metrics are asked for."
)
@click.option(
    "--port", type=click.IntRange(1, 65535), default=_WORKER_PORT, show_default=True, help="The same."
)
def worker(host: str, port: int) -> None:
    """Sync in the background, beside servers with SCHEDULER=off, until SIGTERM or Ctrl-C.

    Answers /healthz, /readyz and /metrics, and nothing else. Needs PostgreSQL.
    """
    settings = load_settings()
    if settings.on_sqlite:
        raise click.ClickException(
            "a worker and a server can't share a SQLite file: `portside serve` syncs by itself; or set DATABASE_URL to"
            " PostgreSQL"
        )
    if not settings.scheduler:
        raise click.ClickException(
            "SCHEDULER is off, so a worker would have nothing to do; leave it out here"
        )
    address = Address(host, port)
    address.insist_on_free()
    click.echo(f"Portside works; http://{address}/readyz says how it is (stop with Ctrl-C)", err=True)
    Server(address, _HEALTH_THREADS, lambda _first: worker_application()).run()


@click.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    portside = open_portside(migrating=False)
    portside.migrate()
    click.echo("the database is up to date")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_SIMULATOR_PORT,
    show_default=True,
    help="Where to listen; 0 takes a free one.",
)
@click.option("--seed", default=SimulatorConfig.seed, show_default=True, help="Another seed, other data.")
@click.option(
    "--orders-per-day",
    default=float(SimulatorConfig.orders_per_day),
    show_default=True,
    help="On average, all marketplaces of one seller together.",
)
def simulator(host: str, port: int, seed: int, orders_per_day: float) -> None:
    """Serve the embedded Amazon alone, for tests and tools of your own."""
    try:
        config = SimulatorConfig(seed=seed, orders_per_day=orders_per_day)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    Address(host, port).insist_on_free()
    serve_forever(
        config,
        host,
        port,
        lambda server: click.echo(f"The embedded Amazon serves {server.base_url}", err=True),
    )


def _with_demo(settings: Settings) -> None:
    """The demo seller connects through the server like anybody else, as soon as it answers."""
    if not settings.amazon_simulator:
        raise click.ClickException(
            "the demo needs the embedded Amazon, which is off here; leave --demo out, or set AMAZON_SIMULATOR=on"
        )
    login = demo.prepared_login(settings)
    click.echo(
        f"\n  Open    {settings.public_url}\n  E-mail  {login.email}\n  Password  {login.password}\n",
        err=True,
    )
    subprocess.Popen([sys.executable, "-m", "entrypoints.cli.main", "demo"])
