"""Examples in the documentation are about what there is: commands parse, addresses exist, settings are known."""

import re
import shlex
from uuid import uuid4

import click
import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import MapAdapter, RequestRedirect

from entrypoints.cli.main import portside
from entrypoints.settings import Settings
from tests.docs.pages import DOCS, everything, guides, headings, shell_lines, spans, text_of
from tests.entrypoints.browsers import app_of
from tests.fakes.world import World

#: Read by others than ``Settings``: the libraries, the command line, the tests, and what stands before the program.
NO_SETTINGS = {
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_SAMPLER",
    "PORTSIDE_PASSWORD",
    "PROMETHEUS_MULTIPROC_DIR",
}
#: About another server, and about what a reader is going to build.
ELSEWHERE = {"simulator.md", "extending.md"}
#: As a name for calls of Amazon's, and as a name of a span.
OTHERS = {
    "PATCH /listings/2021-08-01/{}/{}/{}",
    "GET /api/v1/amazon/connections/<uuid:connection_id>",
}
#: Whole words in capitals with an underscore that begin like a setting of ours.
SETTING = re.compile(
    r"^(?:AMAZON|ADS|SHOPIFY|PORTSIDE|LWA|OIDC|SYNC|SP_API|SELLER_CENTRAL|TOKEN_ENCRYPTION|BACKFILL|RETENTION|PUBLIC|FRONTEND"
    r"|DATABASE|REDIS|SECRET|TRUSTED|LOG|CACHE|EVENT|WORKER|REPORT|HTTP|AWS|OTEL|STS|PROMETHEUS)_[A-Z_]+(?==|$)"
)


def words_of(line: str) -> list[str]:
    """The words of a shell's line that begins with ``portside``; what it is sent to is left out."""
    return shlex.split(re.split(r"\s(?:>>?|\||&&)\s", line)[0])


def command_lines() -> list[tuple[str, str]]:
    """Every line of an example that calls ``portside``, as it is typed, and its page."""
    lines = ((line.page, re.sub(r"^(?:\S*[A-Z_]+=\S+ +)*", "", line.text)) for line in shell_lines())
    named = ((page, re.sub(r"^\.venv/bin/", "", text)) for page, text in lines)
    return [(page, text) for page, text in named if re.match(r"portside( |$)", text)]


def parsed(words: list[str], *, whole: bool) -> None:
    """Take a command line apart as click would.

    Raises:
        click.UsageError: there is no such command or option, or something is missing.
        click.BadParameter: a value can't be.
    """
    command: click.Command = portside
    context = click.Context(command, info_name="portside")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, *words = words
        found = command.get_command(context, name)
        if found is None:
            raise click.UsageError(f"no such command: {name}")
        command, context = found, click.Context(found, context, info_name=name)
    values, rest, _order = command.make_parser(context).parse_args(words)
    if rest:
        raise click.UsageError(f"left over: {rest}")
    for parameter in command.params if whole else ():
        value = values.get(parameter.name)
        if isinstance(parameter, click.Argument) and parameter.required and not value:
            raise click.UsageError(f"{parameter.name} is missing")
        if isinstance(value, str):
            parameter.type.convert(value, parameter, context)


def test_there_are_examples_of_commands():
    assert len(command_lines()) > 15


@pytest.mark.parametrize(("page", "line"), command_lines())
def test_a_command_of_an_example_can_be_typed(page, line):
    parsed(words_of(line)[1:], whole=True)


def test_a_command_within_a_sentence_exists_with_its_options():
    wrong = []
    for span in spans():
        if re.match(r"portside [a-z-]", span.text):
            try:
                parsed(words_of(span.text)[1:], whole=False)
            except click.BadOptionUsage:
                continue  # an option is named without its value
            except click.UsageError as error:
                wrong.append(f"{span.page}: {span.text}: {error.message}")

    assert wrong == []


def test_an_option_that_does_not_exist_is_noticed():
    with pytest.raises(click.UsageError):
        parsed(["sync", "--quickly"], whole=False)


@pytest.fixture(scope="module")
def addresses() -> MapAdapter:
    return app_of(World()).url_map.bind("127.0.0.1")


def exists(addresses: MapAdapter, method: str, path: str) -> bool:
    """Whether a call leads anywhere; what stands for an id in an example is one."""
    filled = re.sub(r"\{[a-z_]*id\}|[0-9a-f]{4}…", lambda _: str(uuid4()), path)
    filled = re.sub(r"\{topic\}", "shop/redact", filled)
    filled = re.sub(r"\{[^}]+\}", "sellers", filled)
    try:
        addresses.match(filled, method)
    except (RequestRedirect, NotFound, MethodNotAllowed):
        return False
    return True


def curls() -> list[tuple[str, str, str]]:
    """Page, method and path of every ``curl`` of an example that asks Portside."""
    found = []
    for line in shell_lines():
        if not line.text.startswith("curl "):
            continue
        for address in re.findall(r"\"?\$BASE(/[^\"\s]*)", line.text):
            said = re.search(r"-X (\w+)", line.text)
            sends = re.search(r" (?:-d|--data) ", line.text)
            found.append((line.page, said[1] if said else "POST" if sends else "GET", address.split("?")[0]))
    return found


def test_there_are_examples_of_calls():
    assert len(curls()) > 20


def test_every_address_that_an_example_asks_exists(addresses):
    wrong = [
        f"{page}: {method} {path}" for page, method, path in curls() if not exists(addresses, method, path)
    ]

    assert wrong == []


def test_every_call_within_a_sentence_exists(addresses):
    calls = [
        (span.page, found[1], found[2])
        for span in spans()
        if span.page not in ELSEWHERE
        and span.text not in OTHERS
        and (found := re.match(r"(GET|POST|PUT|PATCH|DELETE) (/[^?\s]*)", span.text))
    ]

    wrong = [
        f"{page}: {method} {path}" for page, method, path in calls if not exists(addresses, method, path)
    ]

    assert len(calls) > 100
    assert wrong == []


def test_an_address_that_does_not_exist_is_noticed(addresses):
    assert not exists(addresses, "GET", "/api/v1/amazon/connection/all")
    assert not exists(addresses, "DELETE", "/api/v1/amazon/connections")


def test_every_setting_within_a_sentence_exists():
    known = {name.upper() for name in Settings.model_fields} | NO_SETTINGS

    wrong = {
        f"{span.page}: {found[0]}"
        for span in spans()
        if (found := SETTING.match(span.text))
        and found[0] not in known
        and not found[0].startswith("PORTSIDE_TEST_")
    }

    assert wrong == set()


def test_links_lead_to_headings_that_exist():
    broken = []
    for page in everything():
        for target, anchor in re.findall(r"\]\((?![a-z]+:)([^)#\s]*)#([^)\s]+)\)", text_of(page)):
            there = (page.parent / target).resolve() if target else page
            if there.suffix == ".md" and anchor not in headings(there):
                broken.append(f"{page.relative_to(DOCS.parent)}: {target}#{anchor}")

    assert broken == []


def test_every_guide_is_linked_from_the_readme():
    readme = text_of(DOCS.parent / "README.md")

    unlinked = [page.name for page in guides()[1:] if f"(docs/{page.name}" not in readme]

    assert unlinked == []
