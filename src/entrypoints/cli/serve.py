"""``portside serve``, ``portside migrate`` and ``portside simulator``."""

import os
import resource
import socket
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from domain.hosts import is_loopback
from entrypoints.cli import demo
from entrypoints.gunicorn_worker import PatientWorker
from entrypoints.main import application, open_portside
from entrypoints.settings import Settings, load_settings
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import serve_forever

_DEFAULT_PORT = 5000
_SIMULATOR_PORT = 5001
#: Threads that event streams don't take; and connections that may be open without a thread.
_ORDINARY_THREADS, _WAITING = 64, 1000


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn with one worker process: threads share the scheduler and the pool of connections."""

    def __init__(self, host: str, port: int, threads: int) -> None:
        address = f"[{host}]" if ":" in host else host
        self._options: dict[str, Any] = {
            "bind": f"{address}:{port}",
            "workers": 1,
            "worker_class": PatientWorker,
            "threads": threads,
            "worker_connections": threads + _WAITING,
            "limit_request_line": 8190,  # the longest search beside the longest cursor, percent-encoded
            "graceful_timeout": 10,
            "timeout": 120,
            "control_socket_disable": True,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Called in the worker process, where the scheduler has to live."""
        return application()


@click.command()
@click.option("--host", help="Where to listen; PUBLIC_URL's host where that is this machine.")
@click.option("--port", type=click.IntRange(1, 65535), help="PUBLIC_URL's port by default.")
@click.option(
    "--threads",
    type=click.IntRange(1, 10_240),
    help=f"{_ORDINARY_THREADS} more than EVENT_STREAMS by default.",
)
@click.option("--demo", "with_demo", is_flag=True, help="With a demo user, seller, store and advertiser.")
def serve(host: str | None, port: int | None, threads: int | None, with_demo: bool) -> None:
    """Serve the API and the page, and sync in the background."""
    settings = load_settings()
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
    _allow_files(2 * threads + _WAITING)
    _insist_on_free(host, port)
    if with_demo:
        _with_demo(settings)
    click.echo(f"Portside serves {settings.public_url} (stop with Ctrl-C)", err=True)
    _Server(host, port, threads).run()


@click.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    portside = open_portside(migrating=False)
    portside.migrate()
    click.echo("the database is up to date")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=_SIMULATOR_PORT, show_default=True)
@click.option("--seed", default=SimulatorConfig.seed, show_default=True, help="Another seed, other data.")
@click.option("--orders-per-day", default=float(SimulatorConfig.orders_per_day), show_default=True)
def simulator(host: str, port: int, seed: int, orders_per_day: float) -> None:
    """Serve the embedded Amazon alone, for tests and tools of your own."""
    try:
        config = SimulatorConfig(seed=seed, orders_per_day=orders_per_day)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    _insist_on_free(host, port)
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


def _allow_files(number: int) -> None:
    """Have the system allow that many open files, as far as it lets us: each connection is one."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY:
        number = min(number, most)
    if allowed != resource.RLIM_INFINITY and allowed < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, most))


def _insist_on_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"can't listen on {host}:{port} ({error.strerror}); choose another --port"
            ) from error
