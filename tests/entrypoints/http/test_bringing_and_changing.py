"""Self-authorised connections, and changes to connections, as the API takes them."""

from datetime import timedelta

import pytest

from domain.errors import ClientRefused, ReauthorizationRequired
from tests.fakes.things import CA, DE, FR, US

CONNECTIONS = "/api/v1/amazon/connections"
SECRET = "amzn1.oa2-cs.v1.canary"
BODY = {
    "seller_id": "A3TH9S8BH6GOGM",
    "refresh_token": "Atzr|canary",
    "marketplace_ids": [US],
    "lwa_client_id": "amzn1.application-oa2-client.own",
    "lwa_client_secret": SECRET,
    "iam_role_arn": "arn:aws:iam::123456789012:role/portside",
}


def bad_fields(answer):
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert "canary" not in answer.text
    return answer.json["details"]["fields"]


def test_what_is_brought_is_shown_without_its_secrets(browser, world):
    answer = browser.post(CONNECTIONS, json=BODY)

    assert answer.status_code == 201
    assert answer.json["lwa_client_id"] == BODY["lwa_client_id"]
    assert answer.json["iam_role_arn"] == BODY["iam_role_arn"]
    assert answer.json["participating_marketplace_ids"] == [US]
    shown = [answer.text, browser.get(CONNECTIONS).text, browser.get("/api/v1/amazon/connection").text]
    assert not any("canary" in text for text in shown)
    assert "canary" not in repr(world.store.tables.events)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"seller_id": ""}, {"seller_id"}),
        ({"seller_id": "https://amazon.com"}, {"seller_id"}),
        ({"seller_id": "a3th9s8bh6gogm"}, {"seller_id"}),
        ({"seller_id": 7}, {"seller_id"}),
        ({"refresh_token": ""}, {"refresh_token"}),
        ({"refresh_token": "Atza|canary"}, {"refresh_token"}),
        ({"refresh_token": "Atzr"}, {"refresh_token"}),
        ({"refresh_token": "Atzr|canary\n"}, {"refresh_token"}),
        ({"refresh_token": " Atzr|canary"}, {"refresh_token"}),
        ({"refresh_token": '"Atzr|canary"'}, {"refresh_token"}),
        ({"refresh_token": "Atzr|canary…"}, {"refresh_token"}),
        ({"refresh_token": "Atzr|canary\u0000"}, {"refresh_token"}),
        ({"refresh_token": "Atzr|canary" + "x" * 8192}, {"refresh_token"}),
        ({"marketplace_ids": []}, {"marketplace_ids"}),
        ({"marketplace_ids": ["MARS"]}, {"marketplace_ids"}),
        ({"marketplace_ids": [US, DE]}, {"marketplace_ids"}),
        ({"marketplace_ids": [US], "region": "eu"}, {"marketplace_ids"}),
        ({"marketplace_ids": US}, {"marketplace_ids"}),
        ({"region": "mars"}, {"region"}),
        ({"lwa_client_id": None}, {"lwa_client_secret"}),
        ({"lwa_client_secret": None}, {"lwa_client_secret"}),
        ({"lwa_client_id": "amzn1.sp.solution.x"}, {"lwa_client_id"}),
        ({"lwa_client_secret": "amzn1.application-oa2-client.x"}, {"lwa_client_secret"}),
        ({"lwa_client_secret": "****"}, {"lwa_client_secret"}),
        ({"iam_role_arn": "role/portside"}, {"iam_role_arn"}),
        ({"iam_role_arn": "arn:aws:iam::123456789012:role/a\u0000"}, {"iam_role_arn"}),
        ({"colour": "blue"}, {"colour"}),
        (
            {"seller_id": "", "refresh_token": "", "marketplace_ids": ["MARS"], "lwa_client_id": None},
            {"seller_id", "refresh_token", "marketplace_ids", "lwa_client_secret"},
        ),
    ],
)
def test_every_bad_field_is_named_with_its_mend_and_lwa_is_not_asked(browser, world, changes, fields):
    found = bad_fields(browser.post(CONNECTIONS, json=BODY | changes))

    assert set(found) == fields
    assert not any(text.startswith("Value error") for text in found.values())
    assert (world.lwa.refreshes, world.store.tables.connections) == (0, {})


def test_a_mistake_in_copying_is_said_as_the_settings_say_it(browser):
    found = bad_fields(browser.post(CONNECTIONS, json=BODY | {"refresh_token": "Atzr|can ary"}))

    assert found["refresh_token"] == "contains a blank or a line break; copy it again, in one piece"


@pytest.mark.parametrize("name", ["seller_id", "refresh_token", "marketplace_ids"])
def test_what_is_needed_is_named(browser, name):
    body = {key: value for key, value in BODY.items() if key != name}

    assert set(bad_fields(browser.post(CONNECTIONS, json=body))) == {name}


# Changes


def change(browser, connection, **changes):
    return browser.patch(f"{CONNECTIONS}/{connection.id}", json=changes)


def test_only_what_is_sent_changes(browser, world):
    connection = world.connect(world.user, US, CA)

    answer = change(browser, connection, marketplace_ids=[CA])

    assert answer.status_code == 200
    assert (answer.json["marketplace_ids"], answer.json["marketplace_id"]) == ([CA], CA)
    assert answer.json == browser.get(f"{CONNECTIONS}/{connection.id}").json
    assert world.deeds(world.user)[-1] == "connection.changed"


def test_null_takes_a_choice_back(browser, world):
    connection = world.connect(world.user, DE, FR)
    change(browser, connection, iam_role_arn=BODY["iam_role_arn"])

    answer = change(browser, connection, iam_role_arn=None, marketplace_ids=None)

    assert (answer.json["iam_role_arn"], answer.json["marketplace_ids"]) == (None, [DE, FR])


def test_the_default_moves(browser, world):
    world.connect(world.user, US)
    second = world.connect(world.user, DE, seller_id="SELLER2")

    answer = change(browser, second, is_default=True)

    assert answer.json["is_default"] is True
    assert browser.get("/api/v1/amazon/connection").json["id"] == str(second.id)
    assert [one["is_default"] for one in browser.get(CONNECTIONS).json["items"]] == [True, False]


def test_the_default_one_can_not_be_none(browser, world):
    found = bad_fields(change(browser, world.connect(world.user), is_default=False))

    assert "make another one it instead" in found["is_default"]


def test_a_clients_new_secret_is_tried_before_it_is_kept(browser, world):
    browser.post(CONNECTIONS, json=BODY)
    (connection,) = world.store.tables.connections.values()
    refused = ClientRefused("refused", (), code="invalid_client", own=True)
    world.lwa.renewals.append(refused)

    found = bad_fields(change(browser, connection, lwa_client_secret="amzn1.oa2-cs.v1.wrong"))
    answer = change(browser, connection, lwa_client_secret="amzn1.oa2-cs.v1.canary2")

    assert set(found) == {"lwa_client_id", "lwa_client_secret"}
    assert answer.status_code == 200
    assert "canary" not in answer.text
    assert world.store.tables.tokens[connection.id].client_secret == "amzn1.oa2-cs.v1.canary2"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"is_default": None}, {"is_default"}),
        ({"is_default": "yes"}, {"is_default"}),
        ({"marketplace_id": None}, {"marketplace_id"}),
        ({"marketplace_id": ""}, {"marketplace_id"}),
        ({"marketplace_ids": []}, {"marketplace_ids"}),
        ({"marketplace_ids": [DE]}, {"marketplace_ids"}),
        ({"lwa_client_id": "amzn1.application-oa2-client.x"}, {"lwa_client_secret"}),
        ({"lwa_client_secret": SECRET}, {"lwa_client_id"}),
        ({"lwa_client_secret": "with blank canary"}, {"lwa_client_secret"}),
        ({"iam_role_arn": ""}, {"iam_role_arn"}),
        ({"seller_id": "A2OTHER"}, {"seller_id"}),
        ({"status": "connected"}, {"status"}),
    ],
)
def test_what_can_not_be_is_named_and_changes_nothing(browser, world, changes, fields):
    connection = world.connect(world.user)

    assert set(bad_fields(change(browser, connection, **changes))) == fields
    assert world.kept(connection) == connection


def test_somebody_elses_connection_is_not_found_whatever_is_sent(browser, world):
    theirs = world.connect(world.stranger)

    answers = [change(browser, theirs, is_default=True), change(browser, theirs, nonsense=1)]

    assert {answer.status_code for answer in answers} == {404}


# Renewal


def test_a_renewal_is_asked_for_by_any_of_its_names(browser, world):
    connection = world.connect(world.user, DE)
    start = "/api/v1/integrations/amazon/auth/start"

    urls = [
        browser.get(f"/api/v1/amazon/oauth/authorize?connection_id={connection.id}").json[
            "authorization_url"
        ],
        browser.get(f"{start}?connectionId={connection.id}").json["data"]["authUrl"],
        browser.get(f"{start}?connection_id={connection.id}&marketplace_id={FR}").json["data"]["authUrl"],
        browser.post(start, json={"connectionId": str(connection.id)}).json["data"]["authUrl"],
    ]

    assert [url.split("?")[0] for url in urls] == [
        f"https://consent.test/{each}" for each in (DE, DE, FR, DE)
    ]
    assert {state.expected_seller_id for state in world.store.tables.states.values()} == {"SELLER1"}


@pytest.mark.parametrize(
    ("query", "fields"),
    [("connection_id=x", {"connection_id"}), ("connection_id={id}&marketplace_id=" + US, {"marketplace_id"})],
)
def test_a_renewal_that_can_not_be_is_named(browser, world, query, fields):
    connection = world.connect(world.user, DE)

    answer = browser.get(f"/api/v1/amazon/oauth/authorize?{query.format(id=connection.id)}")

    assert set(bad_fields(answer)) == fields


def test_somebody_elses_connection_can_not_be_renewed(browser, world):
    theirs = world.connect(world.stranger)

    assert browser.get(f"/api/v1/amazon/oauth/authorize?connection_id={theirs.id}").status_code == 404


@pytest.mark.parametrize(
    ("days", "due", "message"),
    [
        (300, False, None),
        (340, True, "Amazon's authorization runs out on 2027-03-04: renew it before."),
        (400, True, "Amazon's authorization ran out on 2027-03-04: renew it."),
    ],
)
def test_a_renewal_that_is_due_is_shown(browser, world, days, due, message):
    connection = world.connect(world.user)
    world.clock.advance(timedelta(days=days))
    again = browser.post(
        "/api/v1/auth/login", json={"email": world.user.email, "password": "correct horse battery"}
    )

    shown = browser.get(f"{CONNECTIONS}/{connection.id}").json
    setup = browser.get("/api/v1/dashboard/setup-status").json["data"]["integrations"]["amazon"]

    assert again.status_code == 200
    assert (shown["renew_before"], shown["renewal_due"]) == ("2027-03-04T11:00:00Z", due)
    assert setup.get("message") == message


def test_who_tries_again_and_again_is_told_to_wait_and_lwa_is_left_alone(browser, world):
    world.lwa.renewals.extend([ReauthorizationRequired("no")] * 20)
    answers = [browser.post(CONNECTIONS, json=BODY).status_code for _ in range(20)]
    entries = len(world.store.tables.audit)

    answer = browser.post(CONNECTIONS, json=BODY)

    assert set(answers) == {400}
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert (world.lwa.refreshes, len(world.store.tables.audit)) == (20, entries)
