"""How gunicorn is run: what it is told, and what it does at the end."""

import socket

import click
import pytest
from flask import Flask

from entrypoints.server import Address, Server


def server(**options: int) -> Server:
    return Server(Address("127.0.0.1", 5600), 4, lambda first: Flask(str(first)), **options)


def test_forwarding_headers_are_left_to_our_own_setting() -> None:
    """Gunicorn would believe the scheme that anybody on this machine writes, and FORWARDED_ALLOW_IPS."""
    made = server()

    assert made.cfg.forwarded_allow_ips == []


def test_only_the_first_process_is_told_that_it_is_the_first() -> None:
    class Child:
        def __init__(self, age: int) -> None:
            self.age = age

    names = []
    for age in (1, 2, 3):
        made = server()
        made.cfg.post_fork(None, Child(age))
        names.append(made.load().name)

    assert names == ["True", "False", "False"]


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1:5600"), ("::1", "[::1]:5600")])
def test_an_address_is_written_as_gunicorn_and_browsers_want_it(host: str, shown: str) -> None:
    assert str(Address(host, 5600)) == shown


def test_a_port_that_is_taken_is_said_in_words() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(click.ClickException, match=f"can't listen on 127.0.0.1:{port} .* another --port"):
            Address("127.0.0.1", port).insist_on_free()
