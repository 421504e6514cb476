"""The bundled page, as it is delivered."""

import hashlib
import re

import pytest

from entrypoints.http.page import FOLDER

README = (FOLDER / "vendor" / "README.md").read_text()
ASSETS = sorted(
    str(file.relative_to(FOLDER))
    for file in FOLDER.rglob("*")
    if file.suffix in (".js", ".mjs", ".css", ".svg")
)


def fetched(browser, path, **options):
    """The answer, read to its end, so that its file is closed."""
    return browser.get(path, buffered=True, **options)


#: Bytes of everything that a browser may load, but for pictures.
HEAVIEST = 300_000
#: Where the page's own table says that its views are.
VIEWS = re.findall(r'^    path: "(/\w*)",$', (FOLDER / "views.js").read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", [*VIEWS, "/login"])
def test_every_view_is_the_one_document(anonymous, path):
    answer = fetched(anonymous, path)

    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert answer.data == (FOLDER / "index.html").read_bytes()


def test_a_way_back_from_the_consent_page_leads_to_the_document(anonymous):
    assert fetched(anonymous, "/settings?amazon_connected=true").mimetype == "text/html"


def test_the_script_is_told_whether_there_is_a_session_and_nothing_of_it(browser, anonymous):
    there = fetched(browser, "/").headers.get("Set-Cookie", "")

    assert there.startswith("portside_here=1;")
    assert "HttpOnly" not in there
    assert "Set-Cookie" not in fetched(anonymous, "/").headers


def test_a_session_that_is_over_is_no_longer_hinted_at(anonymous):
    anonymous.set_cookie("portside_here", "1")

    assert "Max-Age=0" in fetched(anonymous, "/orders").headers["Set-Cookie"]


def test_the_document_may_load_nothing_from_elsewhere_and_run_nothing_inline(anonymous):
    policy = fetched(anonymous, "/").headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))

    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert rules["base-uri"] == "'none'"
    assert "unsafe" not in policy
    assert "*" not in policy


def test_the_document_keeps_to_its_own_policy(anonymous):
    document = fetched(anonymous, "/").text

    assert re.findall(r"<script(?![^>]*\bsrc=)", document) == []
    assert re.findall(r"\son[a-z]+=|\sstyle=|<style", document) == []
    assert re.findall(r"""(?:src|href)=["'](?!/assets/)""", document) == []


def test_everything_that_the_document_asks_for_is_there(anonymous):
    wanted = re.findall(r'(?:src|href)="(/assets/[^"]+)"', fetched(anonymous, "/").text)

    assert {path: fetched(anonymous, path).status_code for path in wanted} == dict.fromkeys(wanted, 200)
    assert len(wanted) > 3


@pytest.mark.parametrize("name", ASSETS)
def test_assets_have_the_type_that_browsers_insist_on(anonymous, name):
    types = {
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".css": "text/css",
        ".svg": "image/svg+xml",
    }

    answer = fetched(anonymous, f"/assets/{name}")

    assert (answer.status_code, answer.mimetype) == (200, types[f".{name.rsplit('.', 1)[1]}"])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.data == (FOLDER / name).read_bytes()


def test_an_asset_that_has_not_changed_is_not_sent_again(anonymous):
    first = fetched(anonymous, "/assets/app.js")

    again = fetched(anonymous, "/assets/app.js", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../http/app.py",
        "/assets/..%2fhttp%2fapp.py",
        "/assets/%2e%2e/%2e%2e/logs.py",
        "/assets/..\\http\\app.py",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/vendor/../../settings.py",
        "/assets/vendor/../../../../README.md",
        "/assets/__init__.py",
        "/assets/vendor",
        "/assets/",
        "/assets/nothing.js",
        "/assets/app.js%00.css",
    ],
)
def test_only_the_pages_own_files_are_given_away(anonymous, path):
    answer = fetched(anonymous, path, follow_redirects=True)

    assert (answer.status_code, answer.json["error"]) == (404, "not_found")


def test_the_page_stays_light():
    weights = {name: (FOLDER / name).stat().st_size for name in ASSETS if not name.endswith(".svg")}

    assert sum(weights.values()) + len(index_html()) < HEAVIEST, sorted(
        weights.items(), key=lambda each: -each[1]
    )[:12]


def test_what_is_vendored_is_what_its_list_says_version_licence_and_content():
    vendor = FOLDER / "vendor"
    rows = re.findall(
        r"^\| `([\w.]+)` \| \w+ [\d.]+ \|.*`(LICENSE-\w+\.txt)`.*\| `(\w{64})` \|$", README, re.MULTILINE
    )

    assert {name: digest for name, _, digest in rows} == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in vendor.iterdir()
        if path.suffix not in (".md", ".txt")
    }
    assert {licence for _, licence, _ in rows} == {path.name for path in vendor.glob("LICENSE-*")}


def test_what_the_overview_is_made_of_is_fetched_at_once():
    told = set(re.findall(r'rel="modulepreload" href="/assets/([\w/.]+)"', index_html().decode()))
    needed, waiting = set[str](), ["app.js", "overview.js"]
    while waiting:
        name = waiting.pop()
        needed.add(name)
        imports = re.findall(r'from "\./([\w/.]+)"', (FOLDER / name).read_text())
        beside = [f"vendor/{each}" if name.startswith("vendor/") else each for each in imports]
        waiting += [each for each in beside if each not in needed]

    assert told == needed - {"app.js"}


def index_html() -> bytes:
    return (FOLDER / "index.html").read_bytes()
