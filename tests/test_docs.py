"""The documentation says what there is, no less and no more."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

import dev
from domain.audit.model import Action
from domain.connections.model import Provider
from entrypoints.cli.main import portside
from entrypoints.http.errors import ANSWERS, HTTP_CODES
from entrypoints.settings import Settings
from tests.entrypoints.browsers import app_of
from tests.fakes.world import World

ROOT = Path(__file__).parent.parent
SETTINGS_PAGE = ROOT / "docs" / "settings.md"
API_PAGE = ROOT / "docs" / "api.md"
COMMANDS_PAGE = ROOT / "docs" / "commands.md"
AUDIT_PAGE = ROOT / "docs" / "audit.md"
DECISIONS = ROOT / "docs" / "decisions"


def documented_variables(page: str) -> list[str]:
    """The first cell of every row, in every table whose first column is headed Variable."""
    found = []
    in_table = False
    for line in page.splitlines():
        if not line.startswith("|"):
            in_table = False
        elif re.match(r"\|\s*Variable\s*\|", line):
            in_table = True
        elif in_table and not re.match(r"\|[\s:|-]+\Z", line):
            found.extend(re.findall(r"`([A-Z][A-Z0-9_]*)`", line.split("|")[1]))
    return found


def test_every_setting_is_documented():
    documented = documented_variables(SETTINGS_PAGE.read_text("utf-8"))

    assert {name.upper() for name in Settings.model_fields} - set(documented) == set()


def test_every_documented_setting_exists():
    documented = documented_variables(SETTINGS_PAGE.read_text("utf-8"))

    assert set(documented) - {name.upper() for name in Settings.model_fields} == set()


def test_no_setting_is_documented_twice():
    documented = documented_variables(SETTINGS_PAGE.read_text("utf-8"))

    assert sorted(documented) == sorted(set(documented))


def test_the_documented_default_of_a_number_or_switch_is_the_real_one():
    page = SETTINGS_PAGE.read_text("utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \| `([a-z0-9.-]+)` \|", page, re.MULTILINE)
    spelled = {"true": "True", "on": "True", "false": "False", "off": "False"}
    defaults = Settings()

    wrong = [
        name for name, said in rows if spelled.get(said, said) != text_of(getattr(defaults, name.lower()))
    ]

    assert len(rows) > 10
    assert wrong == []


def text_of(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_a_table_is_read_row_by_row():
    page = "| Variable | Default |\n| --- | :-: |\n| `A_B`, `C` | `D` |\n\n| Code | x |\n| --- | --- |\n| `E` | `F` |\n"

    assert documented_variables(page) == ["A_B", "C"]


def first_cells(page: Path, heading: str) -> list[str]:
    """The code in the first cell of every row, in every table whose first column has this heading."""
    tables = re.findall(r"(?:^\|.*\n)+", page.read_text("utf-8"), re.MULTILINE)
    return [
        cell
        for head, _rule, *rows in (table.splitlines() for table in tables)
        if head.split("|")[1].strip() == heading
        for row in rows
        for cell in re.findall("`([^`]+)`", row.split("|")[1])
    ]


def routes() -> list[str]:
    """Every method and address of the URL map, written as the documentation writes them."""
    return [
        method + " " + re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule.rule)
        for rule in app_of(World()).url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    ]


def commands(group: click.Group = portside, name: str = "portside") -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, by its full name."""
    for part, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {part}")
        else:
            yield f"{name} {part}", command


def options(command: click.Command) -> list[str]:
    """A command's own options."""
    return [max(option.opts, key=len) for option in command.params if isinstance(option, click.Option)]


def test_every_route_is_documented_once_and_every_documented_route_exists():
    assert sorted(first_cells(API_PAGE, "Call")) == sorted(routes())


def test_every_error_code_is_documented_once_and_every_documented_code_exists():
    channels = [provider.channel for provider in Provider]
    codes = {code.format(channel=name) for _status, code in ANSWERS.values() for name in channels}
    codes |= set(HTTP_CODES.values())

    assert sorted(first_cells(API_PAGE, "Code")) == sorted(codes | {"cross_site_request"})


def test_every_deed_of_the_audit_log_is_documented_once_and_every_documented_deed_exists():
    assert sorted(first_cells(AUDIT_PAGE, "Action")) == sorted(Action)


def test_every_group_of_routes_has_an_example():
    groups = re.split(r"^## ", API_PAGE.read_text("utf-8"), flags=re.MULTILINE)

    without = [group.splitlines()[0] for group in groups if "| Call |" in group and "\ncurl " not in group]

    assert without == []


def test_every_command_is_documented_once_and_every_documented_command_exists():
    assert sorted(first_cells(COMMANDS_PAGE, "Command")) == sorted(name for name, _command in commands())


def test_every_option_is_documented_with_its_command_and_every_documented_option_exists():
    documented = {name: first_cells(COMMANDS_PAGE, f"Option of `{name}`") for name, _command in commands()}

    assert documented == {name: options(command) for name, command in commands()}


def test_every_tool_of_the_source_tree_is_documented():
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)

    assert first_cells(COMMANDS_PAGE, "Make") == [f"make {name}" for name in dev.COMMANDS]
    assert sorted(targets) == sorted(dev.COMMANDS)


def test_links_between_pages_lead_somewhere():
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
        for target in re.findall(r"\]\((?![a-z]+:|#)([^)#\s]+)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]

    assert broken == []


def test_decisions_are_numbered_without_gaps_and_keep_to_a_page():
    pages = sorted(DECISIONS.glob("*.md"))

    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    assert {
        page.name: lines for page in pages if (lines := len(page.read_text("utf-8").splitlines())) > 60
    } == {}


def test_every_direct_dependency_has_its_reason():
    reasons = "\n".join(page.read_text("utf-8").lower() for page in DECISIONS.glob("*.md"))
    setup = (ROOT / "setup.cfg").read_text("utf-8")
    names = re.findall(r"^    ([a-z][a-z0-9-]+)(?:\[[a-z,]+\])? *[>=]=", setup, re.MULTILINE)

    assert "flask" in names
    assert [name for name in names if f"`{name}`" not in reasons] == []
