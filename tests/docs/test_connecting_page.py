"""The way to a real seller names what the code asks for."""

import re

from domain.gateway import operations
from domain.gateway.model import Operation
from tests.docs.pages import DOCS, ROOT, tables, text_of
from tests.entrypoints.browsers import app_of
from tests.fakes.world import World

PAGE = DOCS / "connecting-amazon.md"


def asked_by_us() -> dict[str, set[str]]:
    """The operations that Portside calls by itself, by the role that each needs."""
    found: dict[str, set[str]] = {}
    for each in vars(operations).values():
        if isinstance(each, Operation):
            found.setdefault(each.role, set()).add(each.name)
    return found


def test_every_role_is_named_with_the_operations_that_need_it():
    (rows,) = (rows for heads, rows in tables(PAGE) if heads[0] == "Role")
    told = {role: set(re.findall(r"`([a-zA-Z]+)`", what)) for role, what, _without in rows}

    assert {role: names for role, names in told.items() if names} == asked_by_us()


def test_every_redirect_and_login_address_exists():
    addresses = app_of(World()).url_map.bind("127.0.0.1")
    pages = [PAGE, DOCS / "advertising.md", DOCS / "stores.md"]

    named = {path for page in pages for path in re.findall(r"https://your-host(/[\w/]+\w)", text_of(page))}

    assert {path for path in named if path.endswith("/callback")} == {
        f"/api/v1/{channel}/oauth/callback" for channel in ("amazon", "ads", "shopify")
    }
    assert [path for path in named if "webhooks" not in path and not addresses.test(path)] == []


def test_files_that_the_walks_go_through_exist():
    walks = text_of(DOCS / "extending.md")
    named = set(re.findall(r"`((?:src|tests|docs)/[\w./-]+)`", walks))

    missing = {name for name in named if not (ROOT / name).exists() and "yours" not in name}

    assert len(named) > 30
    # The walks' own samples are what a reader makes.
    assert missing == {"tests/samples/get_catalog_item/"}
