"""Nothing on any view keeps somebody out: axe looks at each, on both screens, by day and by night."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.looks import DESKTOP, PHONE, VIEWS, Look
from tests.browser.visitor import Visitor

#: As long as everything takes on a machine that is busy with other tests.
pytestmark = pytest.mark.timeout(300)

KEEPS_PEOPLE_OUT = ("serious", "critical")
each_screen = pytest.mark.parametrize("look", [DESKTOP, PHONE], ids=lambda look: look.screen)


def found(visitor: Visitor, where: str) -> list[str]:
    """What axe finds serious about what is on screen, by day and by night."""
    by_day = _found(visitor, where, {})
    # The colours alone are others at night.
    visitor.page.emulate_media(color_scheme="dark")
    by_night = _found(visitor, f"{where} at night", {"runOnly": ["color-contrast"]})
    visitor.page.emulate_media(color_scheme="light")
    return by_day + by_night


def _found(visitor: Visitor, where: str, options: dict[str, Any]) -> list[str]:
    response = Axe().run(visitor.page, options={"resultTypes": ["violations"], **options}).response
    assert response["passes"], "axe has looked at nothing"
    return [
        f"{where}: {each['id']} ({each['impact']}), {each['help']}: {node['html'][:200]} {node['failureSummary']}"
        for each in response["violations"]
        if each["impact"] in KEEPS_PEOPLE_OUT
        for node in each["nodes"]
    ]


@each_screen
def test_every_view_is_accessible(visitors, furnished, look: Look) -> None:
    visitor = visitors(look, furnished)

    violations = []
    for path in VIEWS:
        visitor.open(path)
        violations += found(visitor, path)

    assert violations == []


@each_screen
def test_logging_in_and_registering_are_accessible(visitors, look: Look) -> None:
    visitor = visitors(look)

    visitor.page.goto("/")
    expect(visitor.page.get_by_role("heading", name="Welcome back")).to_be_visible()
    violations = found(visitor, "log-in")
    visitor.press("Create an account")
    expect(visitor.page.get_by_role("heading", name="Create your account")).to_be_visible()
    violations += found(visitor, "registering")

    assert violations == []


@each_screen
def test_what_opens_on_a_view_is_accessible(visitors, furnished, look: Look) -> None:
    visitor = visitors(look, furnished)

    violations = []
    visitor.open("/settings")
    for button in ("Disconnect", "Erase for good"):
        visitor.main.get_by_role("button", name=button).first.click()
        violations += found(visitor, button)
        visitor.page.keyboard.press("Escape")
    visitor.open("/stock")
    visitor.main.get_by_role("button", name="change it").first.click()
    violations += found(visitor, "a reorder point")
    visitor.open("/orders")
    visitor.main.get_by_text("Show the days as a table").click()
    violations += found(visitor, "days")
    visitor.page.goto("/?days=custom")
    visitor.main.get_by_text("Custom").click()
    violations += found(visitor, "custom days")

    assert violations == []


def test_the_menu_of_a_phone_is_accessible(visitors, furnished) -> None:
    visitor = visitors(PHONE, furnished)
    visitor.open("/")

    visitor.press("More")

    assert found(visitor, "menu") == []


@each_screen
def test_a_newcomer_s_views_are_accessible(visitors, newcomer, look: Look) -> None:
    visitor = visitors(look, newcomer)

    violations = []
    for path in VIEWS:
        visitor.open(path)
        violations += found(visitor, path)

    assert violations == []


def test_the_colours_can_be_chosen_and_stay(visitors, furnished) -> None:
    visitor = visitors(DESKTOP, furnished)
    visitor.open("/")
    day = background(visitor)

    visitor.page.get_by_role("radio", name="Dark").check()
    night = background(visitor)
    visitor.open("/")

    assert day != night
    assert background(visitor) == night


def background(visitor: Visitor) -> str:
    found: str = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    return found
