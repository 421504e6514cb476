"""Another site makes the victim's browser send something here, with the victim's cookie: nothing comes of it."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.attacks.belongings import Belongings
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.world import World

EVIL = "https://evil.example"
#: What browsers say of a form, a fetch or a frame of another site. No script can leave it out or write it otherwise.
FORGED = [
    {"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    {"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    {"Origin": EVIL},  # a browser that knows nothing of Sec-Fetch-Site
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},  # out of a sandboxed frame, or after a redirect
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},  # a neighbour below the same domain
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:1"},
    {"Origin": "http://localhost@evil.example"},
    {"Origin": f"http://localhost, {EVIL}"},
    {"Origin": EVIL, "Sec-Fetch-Site": "same-origin, cross-site"},
    {"Origin": EVIL, "Sec-Fetch-Site": "SAME-ORIGIN"},
    {"Origin": EVIL, "Referer": "http://localhost/"},
    {"Origin": EVIL, "X-Requested-With": "XMLHttpRequest"},
    {"Origin": EVIL, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
    {"Origin": EVIL, "Authorization": "Basic YTpi"},
]
#: What a form can send without asking for leave first: JSON in a plain text among it.
BODIES = [
    ("text/plain", b'{"name": "forged", "is_default": true, "reorderPoint": 7, "resources": ["orders"]}'),
    ("application/x-www-form-urlencoded", b"name=forged&is_default=true&reorderPoint=7"),
    (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nforged\r\n--b--',
    ),
    ("", b'{"name": "forged"}'),
]
#: No matter who is logged in: Shopify's are signed, and heed no cookie.
SIGNED = "shopify.webhook"


def rules() -> list[Rule]:
    return [each for each in app_of(World()).url_map.iter_rules() if each.rule.startswith("/api/")]


def unsafe() -> Iterator[tuple[str, Rule]]:
    """Every method of every address that may change something."""
    for rule in sorted(rules(), key=str):
        if rule.endpoint != SIGNED:
            yield from ((method, rule) for method in sorted(rule.methods - {"GET", "HEAD", "OPTIONS"}))


def address(rule: Rule, identity: UUID | None = None) -> str:
    _host, path = rule.build(dict.fromkeys(rule.arguments, identity or uuid4())) or ("", "")
    return path


def name(value: object) -> str | None:
    return value.rule if isinstance(value, Rule) else None


@pytest.fixture(scope="module")
def house() -> tuple[World, FlaskClient, Belongings]:
    """A world with everything of the victim's in it, and the victim's browser."""
    world = World()
    return world, logged_in(app_of(world), world.stranger), Belongings.of(world, world.stranger)


@pytest.mark.parametrize("headers", FORGED, ids=lambda each: " ".join(each.values()))
def test_no_route_takes_what_another_site_sends(house, headers):
    world, browser, theirs = house
    before = world.store.tables.snapshot()

    answers = [
        browser.open(address(rule, theirs.ids[0]), method=method, headers=headers, json={"name": "forged"})
        for method, rule in unsafe()
    ]

    assert {(answer.status_code, answer.json["error"]) for answer in answers} == {(403, "cross_site_request")}
    assert world.store.tables == before
    assert browser.get("/api/v1/auth/me").status_code == 200


def has_body(method: str, rule: Rule) -> bool:
    """No form sends a DELETE, and who logs out says nothing more."""
    return method != "DELETE" and rule.endpoint != "users.logout"


@pytest.mark.parametrize(("method", "rule"), [call for call in unsafe() if has_body(*call)], ids=name)
def test_what_a_form_can_send_changes_nothing_even_from_a_browser_that_does_not_say_whence(
    house, method, rule
):
    world, browser, theirs = house
    before = world.store.tables.snapshot()

    answers = [
        browser.open(address(rule, identity), method=method, data=body, content_type=kind)
        for identity in (theirs.ids if rule.arguments else theirs.ids[:1])
        for kind, body in BODIES
    ]

    assert {answer.status_code for answer in answers} <= {400, 404, 415}
    assert world.store.tables == before


@pytest.mark.parametrize(
    "override",
    [
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-HTTP-Method": "DELETE"},
        {"X-Method-Override": "DELETE"},
        {"X-Original-Method": "DELETE"},
    ],
    ids=str,
)
@pytest.mark.parametrize("query", ["", "?_method=DELETE", "?method=DELETE&_method=delete"])
def test_no_header_or_parameter_makes_another_method_of_a_get(victim, world, override, query):
    mine = world.connect(world.stranger)
    before = world.store.tables.snapshot()

    answer = victim.get(f"/api/v1/amazon/connections/{mine.id}{query}", headers=override)

    assert (answer.status_code, answer.json["id"]) == (200, str(mine.id))
    assert world.store.tables == before


#: What only the user's own wish changes. A link may begin a consent, which is good for that browser alone, have a token
#: renewed, or a list of Amazon's looked up and kept.
PRECIOUS = (
    *("users", "password_hashes", "identities", "sessions", "api_keys", "connections", "client_secrets"),
    *("runs", "resources", "reports", "stock", "ads_registrations", "ads_reports", "ads_schedules"),
)


@pytest.mark.parametrize(
    "rule", [each for each in rules() if "GET" in each.methods and each.endpoint != "proxy.pass_on"], ids=name
)
def test_a_link_on_another_site_changes_nothing(house, rule):
    world, browser, theirs = house
    before = world.store.tables.snapshot()

    for identity in theirs.ids if rule.arguments else theirs.ids[:1]:
        browser.get(
            address(rule, identity), headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        )

    after = world.store.tables
    assert [each for each in PRECIOUS if getattr(before, each) != getattr(after, each)] == []


def test_a_callback_that_another_site_calls_connects_nothing_to_the_victim(attacker, victim, world):
    started = attacker.get("/api/v1/amazon/oauth/authorize").json["authorization_url"]
    state = started.partition("state=")[2].partition("&")[0]

    answer = victim.get(
        f"/api/v1/amazon/oauth/callback?state={state}&spapi_oauth_code=code&selling_partner_id=ATTACKERS"
    )

    assert answer.location.endswith("/settings?amazon_error=invalid_state")
    assert world.services.connections.of(world.stranger.id) == []


def test_another_site_can_not_log_the_victim_in_as_the_attacker(victim, world):
    login = {"email": world.user.email, "password": "correct horse battery"}

    answer = victim.post("/api/v1/auth/login", json=login, headers={"Origin": EVIL})

    assert answer.status_code == 403
    assert victim.get("/api/v1/auth/me").json["id"] == str(world.stranger.id)
