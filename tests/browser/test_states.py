"""What views show before there is anything, while it is loaded, and when it can't be had; and how it goes on from there."""

import re
from dataclasses import dataclass
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.harbour import Harbour
from tests.browser.looks import DESKTOP, PHONE, VIEWS
from tests.browser.visitor import Visitor
from tests.e2e.people import PASSWORD, Person

#: As long as everything takes on a machine that is busy with other tests.
pytestmark = pytest.mark.timeout(300)

DASHBOARD = "/api/v1/dashboard"


@dataclass(frozen=True)
class Part:
    """A part of a view that is loaded by itself: from where, what is said when that fails, and what is there afterwards."""

    view: str
    path: str
    problem: str
    shown: str | re.Pattern[str]


PARTS = (
    Part("/", f"{DASHBOARD}/executive", "The figures couldn't be loaded", "the 30 days before"),
    Part("/", f"{DASHBOARD}/amazon-orders", "The days couldn't be loaded", "Show the days as a table"),
    Part("/orders", f"{DASHBOARD}/amazon-orders", "The orders couldn't be loaded", "Orders by status"),
    Part(
        "/orders", f"{DASHBOARD}/amazon-orders/top", "The best sellers couldn't be loaded", "products, which"
    ),
    Part("/stock", f"{DASHBOARD}/amazon-inventory/items", "The stock couldn't be loaded", "change it"),
    Part(
        "/stock",
        f"{DASHBOARD}/amazon-inventory",
        "The stock's sums couldn't be loaded",
        re.compile(r"^of \d+ SKUs"),
    ),
    Part("/advertising", "/api/v1/ads/performance", "The figures couldn't be loaded", "Where it was spent"),
    Part("/accounts", "/api/v1/accounts", "Your accounts couldn't be loaded", "Make default"),
    Part("/accounts", "/api/v1/accounts/health", "How the accounts do couldn't be loaded", "All is well"),
    Part("/sync", "/api/v1/integrations/amazon/sync", "The sync's schedule couldn't be loaded", "Next run"),
    Part("/sync", "/api/v1/sync/runs", "The runs couldn't be loaded", "How it went"),
    Part("/usage", "/api/v1/amazon/usage", "The calls couldn't be loaded", "searchOrders"),
    Part("/settings", "/api/v1/auth/api-keys", "Your keys couldn't be loaded", "No key yet"),
    Part("/settings", "/api/v1/audit", "The activity couldn't be loaded", "You from 127.0.0.1"),
    Part("/settings", "/api/v1/ads/connections", "These connections couldn't be loaded", "See the accounts"),
    Part("/settings", f"{DASHBOARD}/setup-status", "Your connections couldn't be loaded", "Member since"),
)
BROKEN = {"error": "internal_error", "message": "Something broke in here.", "request_id": "req-in-the-test"}


def name_of(part: Part) -> str:
    return f"{part.view} {part.path.rsplit('/', 1)[1]}"


@pytest.mark.parametrize("part", PARTS, ids=name_of)
def test_a_part_that_fails_says_so_and_comes_with_another_try(
    visitors, furnished: Person, part: Part
) -> None:
    visitor: Visitor = visitors(DESKTOP, furnished)
    visitor.expected += [rf"{part.path}(\?|$)"]
    mended = visitor.answered(part.path, 500, BROKEN)
    visitor.page.goto(part.view)

    # Where two parts come from the same answer, either can ask for it again.
    problems = visitor.main.get_by_role("alert").filter(has_text=part.problem)
    expect(problems.first).to_contain_text("Something broke in here.")
    expect(problems.first).to_contain_text("req-in-the-test")
    expect(visitor.main.get_by_text(part.shown)).to_have_count(0)
    mended()
    visitor.press("Try again", within=problems.first)

    expect(problems).to_have_count(0)
    visitor.see(part.shown)


@pytest.mark.parametrize("part", PARTS, ids=name_of)
def test_a_part_that_takes_its_time_is_awaited(visitors, furnished: Person, part: Part) -> None:
    visitor: Visitor = visitors(PHONE, furnished)
    let_go = visitor.held(part.path)
    with visitor.page.expect_request(re.compile(rf"{part.path}(\?|$)")):
        visitor.page.goto(part.view)

    waiting = visitor.main.locator(".loading, .skeleton, .plot-wait").first
    expect(waiting).to_be_visible()
    expect(visitor.main.get_by_text(part.shown)).to_have_count(0)
    let_go()

    visitor.see(part.shown)
    visitor.see_all(part.view)


def test_stock_that_was_counted_before_the_period_is_compared_with_it(visitors, furnished: Person) -> None:
    visitor: Visitor = visitors(DESKTOP, furnished)
    whole = furnished.get(f"{DASHBOARD}/executive")
    known = {"value": 60, "previous": 80, "change": -0.25}
    then = {"totalQuantity": known, "previousAsOf": "2026-02-03T12:00:00Z"}
    whole["data"]["inventory"] |= then

    visitor.open("/")
    visitor.see(re.compile(r"^of \d+ SKUs$"))  # the seller has just been connected
    visitor.answered(f"{DASHBOARD}/executive", 200, whole)
    visitor.open("/")

    visitor.see(re.compile(r"^of \d+ SKUs; change since Feb 3, 2026$"))
    units = visitor.main.locator(".tile").filter(has_text="Units in stock")
    expect(units).to_contain_text("down 25%")


def test_connections_are_shown_from_all_pages_of_their_list(visitors, furnished: Person) -> None:
    visitor: Visitor = visitors(DESKTOP, furnished)
    path = "/api/v1/amazon/connections"
    first = {**furnished.get(path), "next_cursor": "onward"}
    another = {**first["items"][0], "id": str(uuid4()), "seller_id": "AFARAWAY", "is_default": False}
    visitor.answered(path, 200, first)
    visitor.answered(rf"{path}\?limit=200&cursor=onward", 200, {"items": [another], "next_cursor": None})

    visitor.open("/settings")

    visitor.see(re.compile("AFARAWAY"))
    visitor.see(re.compile(first["items"][0]["seller_id"]))


EMPTY = {
    "/": ("Bring your store into port", "Connect Amazon"),
    "/orders": ("No seller account is connected", "Connect Amazon"),
    "/stock": ("No seller account is connected", "Connect Amazon"),
    "/advertising": ("Amazon Ads isn't connected", "Connect Amazon Ads"),
    "/accounts": ("Amazon Ads isn't connected", "Open the settings"),
    "/sync": ("Nothing is connected yet", "Open the settings"),
    "/usage": ("No seller is connected yet", "Connect Amazon"),
    "/settings": ("No seller connected yet", "Connect Amazon"),
}


@pytest.mark.parametrize("look", [DESKTOP, PHONE], ids=lambda look: look.screen)
def test_a_newcomer_is_told_what_comes_next_on_every_view(visitors, newcomer: Person, look) -> None:
    visitor = visitors(look, newcomer)

    assert set(EMPTY) == set(VIEWS)
    for path, (words, step) in EMPTY.items():
        visitor.open(path)
        visitor.see(words)
        offered = visitor.main.get_by_role("button", name=step, exact=True).or_(
            visitor.main.get_by_role("link", name=step, exact=True)
        )
        expect(offered.first).to_be_visible()


def test_nothing_found_in_the_stock_is_said_and_undone(visitors, furnished: Person) -> None:
    visitor = visitors(DESKTOP, furnished)
    visitor.open("/stock")

    visitor.main.get_by_label("Search").fill("no such thing")
    visitor.see("No item is like that")
    visitor.press("Show all items")

    expect(visitor.main.get_by_role("region", name="Items").locator("tbody tr").nth(20)).to_be_visible()


def test_what_could_not_be_saved_stays_in_its_field(visitors, furnished: Person) -> None:
    visitor: Visitor = visitors(DESKTOP, furnished)
    visitor.open("/stock")
    visitor.expected += ["/reorder-point"]
    visitor.answered(f"{DASHBOARD}/amazon-inventory/items/[^/]+/reorder-point", 500, BROKEN)

    visitor.main.get_by_role("button", name="change it").first.click()
    field = visitor.main.get_by_role("textbox", name="Reorder point of")
    field.fill("41")
    field.press("Enter")

    visitor.see("Something broke in here.")
    expect(field).to_have_value("41")
    expect(field).to_be_focused()


def test_a_session_that_has_ended_leads_to_the_log_in_and_back(
    visitors, port: Harbour, newcomer: Person
) -> None:
    visitor: Visitor = visitors(DESKTOP, newcomer)
    visitor.open("/settings")
    visitor.expected += ["401"]
    newcomer.ask("POST", "/api/v1/auth/logout")

    visitor.page.locator('nav.nav a[href="/usage"]').click()
    expect(visitor.page.get_by_role("heading", name="Welcome back")).to_be_visible()
    visitor.log_in(email_of(newcomer))

    visitor.see_all("/usage")
    assert port.url in visitor.page.url


def email_of(person: Person) -> str:
    """Of somebody who has registered."""
    (registered,) = [answer for answer in person.answers if answer.url.endswith("/register")]
    found: str = registered.json()["email"]
    return found


def test_a_wrong_password_is_said_where_it_was_typed(visitors, newcomer: Person) -> None:
    visitor: Visitor = visitors(DESKTOP)
    visitor.expected += ["401"]
    visitor.page.goto("/")

    visitor.log_in(email_of(newcomer), PASSWORD[::-1])

    expect(visitor.page.get_by_role("alert")).to_contain_text("password")
    expect(visitor.page).to_have_title("Log in · Portside")


def test_a_refused_consent_is_explained_and_nothing_is_connected(visitors, newcomer: Person) -> None:
    visitor: Visitor = visitors(DESKTOP, newcomer)
    visitor.open("/")

    visitor.press("Connect Amazon")
    visitor.press("Cancel")

    visitor.see("Amazon was not connected")
    visitor.see("You declined at Amazon")
    assert newcomer.get("/api/v1/amazon/connection")["connected"] is False


def test_a_server_that_is_gone_is_said_and_asked_again(visitors, furnished: Person) -> None:
    visitor: Visitor = visitors(DESKTOP, furnished)
    visitor.open("/")
    visitor.expected += ["ERR_INTERNET_DISCONNECTED"]

    visitor.context.set_offline(True)
    visitor.main.get_by_text("7 days").click()
    visitor.see("Portside can't be reached")
    visitor.context.set_offline(False)
    visitor.press("Try again", within=visitor.main.get_by_role("alert").filter(has_text="The figures"))

    expect(visitor.main.get_by_role("alert").filter(has_text="The figures")).to_have_count(0)
