"""``portside users``: what an operator does about those who have an account here."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from domain.acting import in_background
from domain.errors import WrongCredentials
from domain.users.model import CONSOLE
from entrypoints.cli.main import portside
from entrypoints.opening import open_portside
from entrypoints.services import Services
from tests import databases

EMAIL = "ada@portside.example"
PASSWORD, ANOTHER = "correct horse battery", "staple correct horse"

#: Carries out a command, with what is typed.
Typing = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: logging.Logger) -> Typing:
    """Commands of an installation in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", databases.sqlite_database(tmp_path))
    monkeypatch.setenv("PORTSIDE_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("AMAZON_SIMULATOR", "off")
    return lambda *arguments, typed="": CliRunner().invoke(portside, arguments, input=typed)


@pytest.fixture
def services(run: Typing) -> Services:
    """The same installation from within, with a user whom a command has made."""
    said = run("users", "create", EMAIL, typed=f"{PASSWORD}\n")
    assert said.exit_code == 0, said.output
    with in_background():
        return open_portside().services


def test_another_password_ends_the_sessions_and_leaves_the_keys(run: Typing, services: Services) -> None:
    with in_background():
        user, session = services.access.log_in(EMAIL, PASSWORD, CONSOLE)
        _key, text = services.api_keys.create(user, CONSOLE, "shop")

    said = run("users", "password", EMAIL, typed=f"{ANOTHER}\n")

    assert said.exit_code == 0, said.output
    assert said.stdout.endswith(f"{EMAIL} has another password; all sessions have ended\n")
    assert services.access.logged_in(session) is None
    assert services.api_keys.user_of(text) == user
    with in_background(), pytest.raises(WrongCredentials):
        services.access.log_in(EMAIL, PASSWORD, CONSOLE)


def test_without_a_terminal_and_a_password_nobody_is_made(run: Typing) -> None:
    said = run("users", "create", EMAIL)

    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr.endswith("Error: There is no terminal to ask for a password: set PORTSIDE_PASSWORD.\n")


def test_keys_are_taken_away_and_sessions_stay(run: Typing, services: Services) -> None:
    with in_background():
        user, session = services.access.log_in(EMAIL, PASSWORD, CONSOLE)
        texts = [services.api_keys.create(user, CONSOLE, name)[1] for name in ("shop", "accounting")]

    said = run("users", "revoke-keys", EMAIL)

    assert (said.exit_code, said.stdout) == (0, f"{EMAIL} had 2 API keys, and has none now\n")
    assert [services.api_keys.user_of(text) for text in texts] == [None, None]
    still = services.access.logged_in(session)
    assert still is not None
    assert still.user == user


def test_nobody_has_no_keys(run: Typing, services: Services) -> None:
    said = run("users", "revoke-keys", "bob@portside.example")

    assert said.exit_code != 0
    assert "There is no user bob@portside.example." in str(said.exception)
