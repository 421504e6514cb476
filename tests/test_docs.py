"""The documentation says what there is, no less and no more."""

import re
from pathlib import Path

import dev
from domain.audit.model import Action
from tests.entrypoints.browsers import app_of
from tests.fakes.world import World

ROOT = Path(__file__).parent.parent
API_PAGE = ROOT / "docs" / "api.md"
COMMANDS_PAGE = ROOT / "docs" / "commands.md"
AUDIT_PAGE = ROOT / "docs" / "audit.md"
SECURITY_PAGE = ROOT / "docs" / "security.md"
DECISIONS = ROOT / "docs" / "decisions"


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


def test_every_route_is_documented_once_and_every_documented_route_exists():
    assert sorted(first_cells(API_PAGE, "Call")) == sorted(routes())


def test_every_deed_of_the_audit_log_is_documented_once_and_every_documented_deed_exists():
    assert sorted(first_cells(AUDIT_PAGE, "Action")) == sorted(Action)


def test_every_group_of_routes_has_an_example():
    groups = re.split(r"^## ", API_PAGE.read_text("utf-8"), flags=re.MULTILINE)

    without = [group.splitlines()[0] for group in groups if "| Call |" in group and "\ncurl " not in group]

    assert without == []


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


def attacking_tests() -> set[str]:
    """The files that the page on security names, in the last column of its table."""
    rows = [line for line in SECURITY_PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    return {name for row in rows for name in re.findall(r"`(tests/[a-z0-9_/]+\.py)`", row.split(" | ")[-1])}


def test_every_defence_names_tests_that_attack_it_and_they_exist():
    rows = [line for line in SECURITY_PAGE.read_text("utf-8").splitlines() if line.startswith("| ")][2:]

    assert [row for row in rows if "`tests/" not in row.split(" | ")[-1]] == []
    assert [name for name in sorted(attacking_tests()) if not (ROOT / name).is_file()] == []


def test_every_attack_is_on_the_page_about_security():
    attacks = {f"tests/attacks/{file.name}" for file in (ROOT / "tests" / "attacks").glob("test_*.py")}

    assert attacks
    assert attacks - attacking_tests() == set()
