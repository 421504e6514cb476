"""Rules that every route keeps, read from the URL map: a new one is held to them without being named here."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from werkzeug.routing import Rule

from domain.reports.model import ReportStatus
from tests.entrypoints.browsers import app_of, logged_in
from tests.entrypoints.http.wishes import TABLE, a_report, keep
from tests.fakes.ads_report_things import a_schedule, an_ads_report
from tests.fakes.ads_things import a_registration, an_ads_account
from tests.fakes.things import a_level, an_order
from tests.fakes.world import World

#: Who is not logged in may register, log in, log out (nothing happens), and come from Amazon or Shopify (and is sent
#: on). Shopify itself shows its signature.
OPEN = {
    "/api/v1/auth/register",
    "/api/v1/auth/login",
    "/api/v1/auth/logout",
    "/api/v1/amazon/oauth/callback",
    "/api/v1/amazon/oauth/login",
    "/api/auth/amazon/callback",
    "/api/v1/shopify/oauth/callback",
    "/api/v1/ads/oauth/callback",
    "/api/v1/shopify/webhooks/<path:topic>",
    "/api/v1/integrations/amazon/auth/callback",
}


def rules() -> list[Rule]:
    return sorted(app_of(World()).url_map.iter_rules(), key=str)


def calls() -> Iterator[tuple[str, Rule]]:
    """Every method of every address of the API."""
    for rule in rules():
        if rule.rule.startswith("/api/"):
            yield from ((method, rule) for method in sorted(rule.methods - {"HEAD", "OPTIONS"}))


def address(rule: Rule, identity: UUID) -> str:
    """The rule's address with this id wherever it asks for one."""
    _host, path = rule.build(dict.fromkeys(rule.arguments, identity)) or ("", "")
    return path


CALLS = list(calls())
CLOSED = [(method, rule) for method, rule in CALLS if rule.rule not in OPEN]
WITH_ID = [(method, rule) for method, rule in CLOSED if rule.arguments]


def name(value: object) -> str:
    return value.rule if isinstance(value, Rule) else str(value)


@pytest.mark.parametrize(("method", "rule"), CLOSED, ids=name)
def test_nobody_gets_in_without_logging_in(anonymous, method, rule):
    answer = anonymous.open(address(rule, uuid4()), method=method)

    assert (answer.status_code, answer.json["error"]) == (401, "unauthenticated")


@pytest.mark.parametrize(("method", "rule"), CLOSED, ids=name)
def test_who_is_not_logged_in_learns_nothing_about_what_a_request_should_look_like(anonymous, method, rule):
    answer = anonymous.open(
        f"{address(rule, uuid4())}?limit=many&limit=0&permanent=perhaps", method=method, data=b"<xml/>"
    )

    assert answer.status_code == 401


def test_what_is_open_to_everybody_exists():
    assert {rule.rule for _method, rule in CALLS} >= OPEN


@pytest.mark.parametrize(("method", "rule"), CLOSED, ids=name)
def test_a_session_that_has_ended_gets_in_no_more(browser, world, method, rule):
    with world.work() as work:
        work.sessions.close_expired(world.clock.now().replace(year=2099))
        work.commit()

    answer = browser.open(address(rule, uuid4()), method=method)

    assert answer.status_code == 401


def ids_of(world: World, browser) -> list[str]:
    """Everything with an id that this browser's user has."""
    connection = world.connect(world.stranger, seller_id="THEIRS")
    world.sell(connection, an_order("THEIR-ORDER"))
    world.stock(connection, a_level("THEIR-SKU"))
    store = world.connect_store(world.stranger, shop="their-store.myshopify.com")
    ads = world.connect_ads(world.stranger)
    with world.work() as work:
        work.ads_accounts.merge(ads, [an_ads_account("THEIR-ACCOUNT", "THEIR NAME")], world.clock.now())
        wish = a_registration(ads)
        work.ads_registrations.add(wish)
        (account,) = work.ads_accounts.accounts(world.stranger.id)
        wanted, plan = an_ads_report(account), a_schedule(account, name="THEIR PLAN")
        work.ads_reports.add([wanted])
        work.ads_schedules.add(plan)
        work.commit()
    runs = browser.post("/api/v1/integrations/amazon/sync").json["data"]["runs"]
    report = keep(
        world, a_report(connection, ReportStatus.COMPLETED, report_type="GET_THEIR"), TABLE, [b"THEIR"]
    )
    advertising = [str(each.id) for each in (ads, account, wish, wanted, plan)]
    return [str(connection.id), str(store.id), str(report.id), *advertising, *(run["id"] for run in runs)]


@pytest.mark.parametrize(("method", "rule"), WITH_ID, ids=name)
def test_somebody_elses_id_is_found_nowhere_and_nothing_happens_to_it(
    browser, stranger_browser, world, method, rule
):
    theirs = ids_of(world, stranger_browser)
    before = world.store.tables.snapshot()

    answers = [browser.open(address(rule, UUID(identity)), method=method) for identity in theirs]

    assert {(answer.status_code, answer.json["error"]) for answer in answers} == {(404, "not_found")}
    assert world.store.tables == before


@pytest.mark.parametrize(("method", "rule"), [call for call in CLOSED if call[0] == "GET"], ids=name)
def test_nothing_of_another_user_is_in_an_answer(browser, stranger_browser, world, method, rule):
    world.connect(world.user)
    theirs = [
        *ids_of(world, stranger_browser),
        str(world.stranger.id),
        world.stranger.email,
        "THEIR",
        "their-store",
    ]

    answer = browser.open(address(rule, uuid4()), method=method)

    assert [each for each in theirs if each in answer.text] == []


@pytest.mark.parametrize(("method", "rule"), CALLS, ids=name)
def test_every_answer_may_only_be_read_as_what_it_is(browser, method, rule):
    answer = browser.open(address(rule, uuid4()), method=method)

    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "X-Request-Id" in answer.headers


@pytest.mark.parametrize(("method", "rule"), CALLS, ids=name)
def test_no_request_without_parameters_ends_in_an_internal_error(method, rule):
    world = World()
    world.connect(world.user)

    answer = logged_in(app_of(world), world.user).open(address(rule, uuid4()), method=method)

    assert answer.status_code < 500


def test_ids_are_asked_for_somewhere():
    assert len(WITH_ID) >= 3
