"""The documentation says what there is, no less and no more."""

import re
from pathlib import Path

from entrypoints.settings import Settings

ROOT = Path(__file__).parent.parent
SETTINGS_PAGE = ROOT / "docs" / "settings.md"
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
