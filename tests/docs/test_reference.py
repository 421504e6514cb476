"""The reference in docs/reference is what the code says."""

import click
import pytest

from entrypoints.cli.main import portside
from entrypoints.http.error_words import ERROR_WORDS
from entrypoints.http.errors import STATUS_OF
from entrypoints.setting_words import GROUPS
from entrypoints.settings import Settings
from handbook import pages as handbook
from handbook.commands import commands
from tests.docs.pages import REFERENCE, text_of
from tests.test_docs import routes

PAGES = ["api.md", "commands.md", "errors.md", "ports.md", "settings.md"]


@pytest.fixture(scope="module")
def made():
    return handbook.pages()


def test_every_page_of_the_reference_is_made(made):
    assert sorted(page.name for page in REFERENCE.iterdir()) == PAGES == sorted(made)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_reference_is_what_the_code_says(made, name):
    page = REFERENCE / name

    assert text_of(page) == made[name], f"docs/reference/{name} is stale: run python3 dev.py docs"


def test_every_setting_has_words_once_and_all_words_are_of_settings():
    told = [name for group in GROUPS for name in group.words]

    assert sorted(told) == sorted(Settings.model_fields)


def test_a_default_that_the_field_tells_is_not_told_again():
    told = [
        name
        for group in GROUPS
        for name, words in group.words.items()
        if words.default and isinstance(Settings.model_fields[name].default, bool | int | float)
    ]

    assert told == []


def test_every_error_code_has_words_and_all_words_are_of_codes():
    assert sorted(ERROR_WORDS) == sorted(STATUS_OF)


def test_every_command_and_option_says_what_it_is():
    silent = [
        f"{name} {parameter.name}"
        for name, command in commands(portside)
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    ]

    assert silent == []
    assert [name for name, command in commands(portside) if not command.help] == []


def test_every_operation_stands_in_the_reference(made):
    missing = [
        route for route in routes() if f"### `{route}`" not in made["api.md"] and "/static/" not in route
    ]

    assert missing == []
