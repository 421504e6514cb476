"""The page's scripts, held against the code that they speak of: there is no build step that would notice."""

import re
from pathlib import Path

import pytest

from domain.ads.reports import AdProduct
from domain.audit.model import Action
from domain.connections.diagnosis import LinkState
from domain.connections.model import ConnectionStatus, Door
from domain.inventory.cover import PointSource, StockStatus
from domain.ledger.model import Verdict
from domain.marketplaces import MARKETPLACES, Region
from domain.orders.model import STATUSES
from domain.sync.model import Resource, RunStatus
from entrypoints.http.connections import BroughtSellerBody, ConnectionChangeBody
from entrypoints.http.page import FOLDER
from tests.fakes.things import US

SCRIPTS = sorted(FOLDER.glob("*.js"))
DOCUMENT = (FOLDER / "index.html").read_text()


def script(name: str) -> str:
    return (FOLDER / f"{name}.js").read_text()


def keys(name: str, table: str) -> set[str]:
    """The keys of ``const TABLE = {…};``, one a line, in a script."""
    found = re.search(rf"const {table} = {{\n(.*?)\n}};", script(name), re.DOTALL)
    assert found, f"{name}.js has no table {table}"
    return set(re.findall(r'^  "?([\w.]+)"?:', found[1], re.MULTILINE))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_whatever_a_script_imports_is_there(path):
    text = path.read_text()
    imports = re.findall(r'import (?:\{([^}]*)\}|\* as \w+|\w+) from "(\./[^"]+)"', text)
    imports += [(name, source) for source, name in re.findall(r'import\("([^"]+)"\).*\bmodule\.(\w+)', text)]

    missing = [
        f"{name} of {source}"
        for names, source in imports
        for name in re.findall(r"\w+", names)
        if source.endswith(".js") and not _exports((path.parent / source).read_text(), name)
    ]

    assert [source for _, source in imports if not (path.parent / source).is_file()] == []
    assert missing == []


def test_no_script_lies_about_unused():
    reached: set[Path] = set()
    waiting = [FOLDER / name for name in re.findall(r'src="/assets/(\w+\.js)"', DOCUMENT)]
    while waiting:
        path = waiting.pop()
        reached.add(path)
        found = {
            (FOLDER / name) for name in re.findall(r'(?:from |import\()"\./(\w+\.js)"', path.read_text())
        }
        waiting.extend(found - reached)

    assert set(SCRIPTS) == reached


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_writes_styles_that_the_policy_would_refuse(path):
    assert re.findall(r"\sstyle=|innerHTML|\beval\(|new Function", path.read_text()) == []


def test_every_deed_of_the_audit_log_has_words():
    assert keys("words", "ACTIONS") == {action.value for action in Action}


def test_every_way_in_has_words():
    assert keys("words", "DOORS") == {door.value for door in Door}


@pytest.mark.parametrize("table", ["CONSENT_ERRORS", "REFUSALS"])
def test_every_reason_for_a_consent_that_came_to_nothing_has_words(table):
    assert keys("words", table) == {
        "access_denied",
        "missing_params",
        "invalid_state",
        "exchange_failed",
        "not_configured",
    }


def test_every_status_has_words():
    assert keys("words", "CONNECTION_STATUSES") == {status.value for status in ConnectionStatus}
    assert keys("words", "RUN_STATUSES") == {status.value for status in RunStatus}
    assert keys("words", "LINK_STATUSES") == {state.value for state in LinkState}
    assert keys("words", "ORDER_STATUSES") == {*STATUSES, "UNKNOWN"}  # of those that were let go uncounted
    assert keys("words", "GAP_VERDICTS") == {verdict.value for verdict in Verdict if verdict.is_incomplete}
    assert keys("words", "RESOURCES") >= {resource.value for resource in Resource}


def test_every_kind_of_thing_that_a_view_lists_has_words():
    assert keys("words", "STOCK_STATUSES") == {status.value for status in StockStatus}
    assert keys("words", "REORDER_SOURCES") == {source.value for source in PointSource}
    assert keys("words", "AD_PRODUCTS") == {product.value for product in AdProduct}


def test_every_link_of_the_chain_has_words(browser, world):
    world.connect(world.user, US)

    checks = browser.get("/api/amazon/test/status").json["data"]["checks"]

    assert keys("words", "LINKS") == {check["name"] for check in checks}


def test_the_page_knows_the_marketplaces_as_portside_does():
    text = script("marketplaces")
    rows = re.findall(r'^  \["(A[A-Z0-9]+)", "[^"]+", "([^"]+)", "([^"]+)"\],$', text, re.MULTILINE)
    regions = dict(re.findall(r'^  "?([A-Z][\w ,]+?)"?: "(na|eu|fe)",$', text, re.MULTILINE))

    known = {id_: (zone, Region(regions[area])) for id_, zone, area in rows}

    assert known == {each.id: (each.time_zone, each.region) for each in MARKETPLACES.values()}


def test_the_form_for_a_refresh_token_shows_the_problem_of_every_field():
    lists = re.findall(r"const (?:OWN|TOKEN)_FIELDS = \[(.*?)\]", script("credentials"))

    shown = set(re.findall(r'"(\w+)"', " ".join(lists)))

    # The region is chosen from a list of the three.
    assert shown == set(BroughtSellerBody.model_fields) - {"region"}
    assert shown >= {"lwa_client_id", "lwa_client_secret", "iam_role_arn"} & set(
        ConnectionChangeBody.model_fields
    )


def test_secrets_are_entered_unseen_and_remembered_by_no_browser():
    fields = re.findall(r"<\$\{(\w*Field)\}([^>]*)", "\n".join(path.read_text() for path in SCRIPTS))
    secret = {kind for kind, rest in fields if re.search(r'name="(refresh_token|lwa_client_secret)"', rest)}
    shape = re.search(r"function SecretField.*?\n}", script("forms"), re.DOTALL)
    assert shape

    assert secret == {"SecretField"}
    assert 'type="password"' in shape[0]
    assert 'autocomplete="off"' in shape[0]


def _exports(text: str, name: str) -> bool:
    return re.search(rf"^export (?:async )?(?:function|const|class) {name}\b", text, re.MULTILINE) is not None


def test_what_the_page_shows_of_the_sync_is_in_the_answer(browser, world):
    world.connect(world.user, US)

    (shown,) = browser.get("/api/v1/integrations/amazon/sync").json["data"]["connections"]

    taken = re.search(r"function historyWords\(\{ ([\w, ]+) \}", script("known"))
    assert taken
    assert set(taken[1].split(", ")) == set(shown["history"])
    assert set(re.findall(r"gaps\.(\w+)", script("known"))) == set(shown["gaps"])
    states = set(re.findall(r"\bstate\.(\w+)", script("sync")))
    assert states <= set(shown["resources"][0])
    assert "setAside" in states
