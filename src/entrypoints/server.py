"""Gunicorn, as Portside runs it: which processes there are, and what each of them does."""

import os
import resource
import shutil
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from entrypoints.bootstrap import forget_process
from entrypoints.gunicorn_worker import PatientWorker

#: Connections of a process that may be open without a thread.
_WAITING = 1000
#: Where the processes of one server count together: the name by which Prometheus' library knows the folder.
_COUNTED_IN = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def insist_on_free(self) -> None:
        """Find out now, in words, whether somebody else listens there.

        Raises:
            ClickException: it is taken, or no address of this machine.
        """
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((self.host, self.port))
            except OSError as error:
                raise click.ClickException(
                    f"can't listen on {self.host}:{self.port} ({error.strerror}); choose another --port"
                ) from error


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Worker processes below one that looks after them. In each, threads share the scheduler and the connections."""

    def __init__(
        self, address: Address, threads: int, load: Callable[[bool], Flask], workers: int = 1
    ) -> None:
        """``load`` makes the application of a process, and is told whether that process is the first one."""
        self._load = load
        self._first = True
        self._options: dict[str, Any] = {
            "bind": str(address),
            "workers": workers,
            "worker_class": PatientWorker,
            "threads": threads,
            "worker_connections": threads + _WAITING,
            "limit_request_line": 8190,  # the longest search beside the longest cursor, percent-encoded
            # Gunicorn's own two seconds end just when a page that asks every two seconds asks again.
            "keepalive": 15,
            "graceful_timeout": 10,
            "timeout": 120,
            "control_socket_disable": True,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            # Whom to believe about visitors is TRUSTED_PROXIES' to say, wherever the request comes from.
            "forwarded_allow_ips": "",
            "post_fork": self._forked,
        }
        if workers > 1:
            self._count_together()
        super().__init__()
        _allow_files(2 * threads + _WAITING)

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Called in the worker process, where the scheduler has to live."""
        return self._load(self._first)

    def _forked(self, _arbiter: object, worker: PatientWorker) -> None:
        self._first = worker.age == 1

    def _count_together(self) -> None:
        """Whichever process is asked for its metrics answers for all of them."""
        folder = tempfile.mkdtemp(prefix="portside-metrics-")
        os.environ[_COUNTED_IN] = folder
        self._options |= {"child_exit": _forget, "on_exit": lambda _arbiter: shutil.rmtree(folder)}


def _forget(_arbiter: object, worker: PatientWorker) -> None:
    forget_process(worker.pid)


def _allow_files(number: int) -> None:
    """Have the system allow that many open files, as far as it lets us: each connection is one."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY:
        number = min(number, most)
    if allowed != resource.RLIM_INFINITY and allowed < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, most))
