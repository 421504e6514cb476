"""Everything with the keyboard alone: the focus is always somewhere, and can always be seen."""

import pytest
from playwright.sync_api import expect

from tests.browser.looks import DESKTOP, PHONE, VIEWS, Look
from tests.browser.visitor import Visitor
from tests.e2e.people import PASSWORD, Person

#: As long as everything takes on a machine that is busy with other tests.
pytestmark = pytest.mark.timeout(300)

#: More stops than any view has.
MANY = 150
each_screen = pytest.mark.parametrize("look", [DESKTOP, PHONE], ids=lambda look: look.screen)

#: Where the keyboard is: its name, and whether a person sees that it is there.
_FOCUS = """() => {
    const at = document.activeElement;
    const drawn = (one) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
        return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
    };
    const around = [at, at.closest("label"), at.nextElementSibling, at.parentElement].filter(Boolean);
    const place = (at.closest("label") ?? at).getBoundingClientRect();
    const inside = place.bottom > 0 && place.top < innerHeight && place.right > 0 && place.left < innerWidth;
    return {
        lost: at === document.body || at === document.documentElement,
        seen: around.some(drawn) && inside,
        name: at.getAttribute("aria-label") || at.labels?.[0]?.innerText || at.innerText || at.tagName,
        href: at.getAttribute("href"),
    };
}"""


class Hands:
    """Somebody without a mouse."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.keys = visitor.page.keyboard

    def at(self) -> dict[str, str | bool]:
        """Where the keyboard is; it has to be somewhere, for everybody to see."""
        found: dict[str, str | bool] = self.visitor.page.evaluate(_FOCUS)
        assert not found["lost"], "the focus is lost"
        assert found["seen"], f"nobody sees that the focus is on {found}"
        return found

    def reach(self, name: str = "", href: str = "") -> None:
        """Go on with Tab until the keyboard is where this name begins, or at the link to this address."""
        stops = []
        for _ in range(MANY):
            self.keys.press("Tab")
            stop = self.at()
            stops.append(" ".join(str(stop["name"]).split()))
            if (href and stop["href"] == href) or (name and stops[-1].startswith(name)):
                return
        raise AssertionError(f"neither {name} nor {href} is among {stops}")


@each_screen
def test_logging_in(visitors, furnished: Person, look: Look) -> None:
    visitor = visitors(look)
    email = furnished.get("/api/v1/auth/me")["email"]
    visitor.page.goto("/orders")
    expect(visitor.page.get_by_role("heading", name="Welcome back")).to_be_visible()
    hands = Hands(visitor)

    hands.reach("E-mail")
    hands.keys.type(email)
    hands.reach("Password")
    hands.keys.type(PASSWORD)
    hands.keys.press("Enter")

    visitor.see_all("/orders")


@each_screen
def test_reaching_every_view(visitors, furnished: Person, look: Look) -> None:
    visitor = visitors(look, furnished)
    hands = Hands(visitor)

    for path in [*VIEWS][::-1]:
        visitor.open("/")
        link = visitor.page.locator(f'nav.nav a[href="{path}"]')
        if not link.is_visible():
            hands.reach("More")
            hands.keys.press("Enter")
            expect(link).to_be_visible()
        hands.reach(href=path)
        hands.keys.press("Enter")
        visitor.see_all(path)
        hands.keys.press("Tab")
        hands.at()


def test_the_content_is_one_key_away(visitors, furnished: Person) -> None:
    visitor = visitors(DESKTOP, furnished)
    visitor.open("/stock")
    hands = Hands(visitor)

    hands.reach("Skip to content")
    hands.keys.press("Enter")
    hands.keys.press("Tab")
    stop = hands.at()

    assert visitor.page.evaluate("document.getElementById('main').contains(document.activeElement)"), stop


@each_screen
def test_walking_through_a_view_never_loses_the_focus(visitors, furnished: Person, look: Look) -> None:
    visitor = visitors(look, furnished)
    hands = Hands(visitor)
    walked = {}
    for path in ("/", "/orders", "/advertising", "/settings"):
        visitor.open(path)
        hands.reach("Skip to content")
        hands.keys.press("Enter")

        walked[path] = 0
        while visitor.page.evaluate("document.getElementById('main').contains(document.activeElement)"):
            hands.keys.press("Tab")
            if visitor.page.evaluate("document.activeElement === document.body"):
                break  # after the last stop comes the browser's own frame
            hands.at()
            walked[path] += 1
            assert walked[path] < MANY

    assert min(walked.values()) > 3, walked


@each_screen
def test_changing_a_reorder_point(visitors, furnished: Person, look: Look) -> None:
    visitor = visitors(look, furnished)
    items = "/api/v1/dashboard/amazon-inventory/items"
    (sku,) = {item["sku"] for item in furnished.get(items, sort="sku", limit="1")["data"]["items"]}
    visitor.open(f"/stock?search={sku}")
    hands = Hands(visitor)
    opening = f"reorder point of {sku}: change it"

    def change(typed: str) -> None:
        button = visitor.main.get_by_role("button", name=opening).first
        button.focus()
        hands.keys.press("Enter")
        assert hands.at()["name"] == f"Reorder point of {sku}"
        hands.keys.type(typed)

    hands.reach("Search")
    hands.reach("Sort by")
    change("12x")
    hands.keys.press("Enter")
    visitor.see("A whole number from 0")
    assert hands.at()["name"] == f"Reorder point of {sku}"
    hands.keys.press("Escape")
    assert opening in str(hands.at()["name"])

    change("77")
    hands.keys.press("Enter")
    expect(visitor.main.get_by_text(f"The reorder point of {sku} is 77 now.")).to_be_attached()
    assert opening in str(hands.at()["name"])
    assert 77 in {item["reorderPoint"] for item in furnished.get(items, search=sku)["data"]["items"]}

    change("")
    hands.keys.press("Delete")
    hands.keys.press("Enter")
    expect(visitor.main.get_by_text(f"{sku} has its computed reorder point again.")).to_be_attached()
    assert opening in str(hands.at()["name"])


@each_screen
def test_a_dialog_keeps_the_focus_and_gives_it_back(visitors, furnished: Person, look: Look) -> None:
    visitor = visitors(look, furnished)
    visitor.open("/settings")
    hands = Hands(visitor)
    visitor.main.get_by_role("button", name="Erase for good").first.focus()
    hands.keys.press("Enter")
    dialog = visitor.page.get_by_role("dialog")
    expect(dialog).to_be_visible()

    stops = []
    for _ in range(6):
        inside = visitor.page.evaluate("Boolean(document.activeElement.closest('dialog'))")
        # Between its last and its first stop is the browser's own frame.
        away = visitor.page.evaluate("document.activeElement === document.body")
        assert inside or away, hands.at()
        if inside:
            stops.append(hands.at()["name"])
        hands.keys.press("Tab")
    hands.keys.press("Escape")

    assert len(stops) > 2
    expect(dialog).to_have_count(0)
    assert hands.at()["name"] == "Erase for good"


def test_escape_closes_the_menu_of_a_phone(visitors, furnished: Person) -> None:
    visitor = visitors(PHONE, furnished)
    visitor.open("/")
    hands = Hands(visitor)
    hands.reach("More")
    hands.keys.press("Enter")
    expect(visitor.page.get_by_role("button", name="Log out")).to_be_visible()

    hands.keys.press("Tab")
    hands.keys.press("Escape")

    expect(visitor.page.get_by_role("button", name="Log out")).to_be_hidden()
    assert hands.at()["name"] == "More"
