"""One user's answer in another user's hands: by a cache in between, a tag, a key, or a header that names another address."""

import pytest
from werkzeug.test import TestResponse

from entrypoints.http.openapi import document
from tests.attacks.belongings import MARK, Belongings
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.world import World

DOCUMENT = document(app_of(World()))
#: What anybody may see, and a cache may keep for everybody.
OPEN = ("/assets/", "/docs")
#: Dashboards and all others that nobody has to name an id for.
PATHS = [
    path
    for path, methods in DOCUMENT["paths"].items()
    if path.startswith("/api/") and "get" in methods and "{" not in path and path != "/api/v1/events"
]
#: What some proxies and frameworks take for the address that was really asked for.
ADDRESSED = [
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-Forwarded-Path",
    "X-Forwarded-Prefix",
    "X-Script-Name",
    "X-Original-Uri",
]


class House:
    """Two users with everything."""

    def __init__(self) -> None:
        self.world = World()
        self.app = app_of(self.world)
        self.attacker = logged_in(self.app, self.world.user)
        self.victim = logged_in(self.app, self.world.stranger)
        Belongings.of(self.world, self.world.stranger)
        Belongings.of(self.world, self.world.user, "ATTACKERS", "5150", "5151")


@pytest.fixture(scope="module")
def house() -> House:
    return House()


def kept_by(answer: TestResponse) -> set[str]:
    return {each.strip() for each in answer.headers.get("Cache-Control", "").split(",")}


@pytest.mark.parametrize("path", PATHS)
def test_no_cache_may_keep_a_users_answer_for_another_user(house, path):
    answers = [house.victim.get(path), house.victim.head(path), house.app.test_client().get(path)]

    for answer in answers:
        assert kept_by(answer) & {"private", "no-store"}, answer.headers
        assert "public" not in kept_by(answer)
        assert "s-maxage" not in str(kept_by(answer))


@pytest.mark.parametrize("path", PATHS)
def test_what_a_browser_may_keep_depends_on_who_asks_and_from_where(house, path):
    answer = house.victim.get(path)

    if "no-store" not in kept_by(answer):
        assert {"accept", "authorization", "cookie", "origin"} <= {each.lower() for each in answer.vary}
        assert "no-cache" in kept_by(answer)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("form", ["application/json", "text/csv"])
def test_a_tag_of_the_victims_tells_the_attacker_nothing(house, path, form):
    theirs = house.victim.get(path, headers={"Accept": form}, buffered=True)
    tag = theirs.headers.get("ETag", '"x"')

    answer = house.attacker.get(
        path, headers={"Accept": form, "If-None-Match": f"{tag}, W/{tag}, *"}, buffered=True
    )

    assert answer.status_code != 304
    assert MARK not in answer.get_data(as_text=True)


def test_the_same_question_of_two_users_is_answered_to_each_from_their_own_figures(house):
    path = "/api/v1/dashboard/amazon-inventory/items"

    for _ in range(2):
        seen = {
            name: getattr(house, name).get(path).get_data(as_text=True) for name in ("victim", "attacker")
        }
        assert f"{MARK}-SKU" in seen["victim"]
        assert f"{MARK}-SKU" not in seen["attacker"]
        assert "ATTACKERS-SKU" in seen["attacker"]


@pytest.mark.parametrize(
    "query", ["", "?cachebuster=1", "?user_id=1", "?user=eve@example.com", ";a=b", "?/../x.js", "?x=.css"]
)
def test_no_ornament_of_the_address_makes_an_answer_public(house, query):
    answer = house.victim.get(f"/api/v1/dashboard/amazon-orders{query}")

    assert answer.status_code in (200, 404)
    assert kept_by(answer) & {"private", "no-store"}


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/auth/me/x.css",
        "/api/v1/auth/me.css",
        "/api/v1/auth/me%2Fx.css",
        "/api/v1/auth/me;x.css",
        "/api/v1/auth/me%00.css",
        "/api/v1/auth/me/..%2Fassets/app.js",
    ],
)
def test_an_address_that_looks_like_a_file_shows_nobody(house, path):
    answer = house.victim.get(path)

    assert answer.status_code == 404
    assert house.world.stranger.email not in answer.get_data(as_text=True)


@pytest.mark.parametrize("header", ADDRESSED)
def test_no_header_stands_for_the_address(house, header):
    answers = [
        house.victim.get("/healthz", headers={header: "/api/v1/auth/me"}),
        house.attacker.get("/api/v1/nothing", headers={header: "/api/v1/auth/me"}),
        house.app.test_client().get("/api/v1/auth/me", headers={header: "/healthz"}),
    ]

    assert [answer.status_code for answer in answers] == [200, 404, 401]
    assert "email" not in "".join(answer.get_data(as_text=True) for answer in answers)


@pytest.mark.parametrize("path", ["/", "/settings", "/healthz", "/openapi.json", "/api/v1/nothing"])
@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Prefix": "/evil.example"},
        {"X-Forwarded-Scheme": "nothttps"},
        {"Origin": "https://evil.example"},
        {"Host": "evil.example"},
    ],
    ids=str,
)
def test_no_header_of_the_attackers_ends_up_in_an_answer_that_others_may_get(house, path, headers):
    answer = house.app.test_client().get(path, headers=headers, buffered=True)

    assert "evil.example" not in answer.get_data(as_text=True)
    assert "evil.example" not in str(answer.headers)
    assert answer.status_code in (200, 404)


def test_the_page_itself_holds_nothing_of_who_asks_for_it(house):
    seen = {browser.get("/settings", buffered=True).get_data() for browser in (house.victim, house.attacker)}

    assert len(seen) == 1


def test_an_error_of_one_user_is_kept_for_nobody(house):
    path = "/api/v1/dashboard/amazon-orders?currency=XXX"

    answer = house.victim.get(path)

    assert answer.status_code == 400
    assert kept_by(answer) == {"no-store"}
    assert "ETag" not in answer.headers
