"""Consents that do not come to a good end: the browser is sent back with the reason, and nothing is connected."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import update

from adapters.sql import tables
from adapters.sql.engine import make_engine, writing
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from tests.e2e.people import PASSWORD, Person
from tests.e2e.stage import US, Stage

CALLBACK = "/api/v1/amazon/oauth/callback"
EXCHANGE = "lwa.authorization_code"


def test_an_unknown_marketplace_is_refused_before_anybody_is_sent_anywhere(person: Person) -> None:
    answer = person.ask("GET", "/api/v1/amazon/oauth/authorize", params={"marketplace_id": "ATLANTIS"})

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert list(answer.json()["details"]["fields"]) == ["marketplace_id"]


def test_asking_for_the_address_calls_no_amazon(person: Person, amazon: SimulatorServer) -> None:
    amazon.simulator.reception.calls.reset()

    person.address_of_consent(US)

    assert amazon.simulator.reception.calls.as_json()["calls"] == {}


def test_a_state_works_only_once(person: Person, seller: Seller) -> None:
    back = person.decide(person.address_of_consent(US), seller.id)

    assert [person.come_back(back), person.come_back(back)] == [
        "amazon_connected=true",
        "amazon_error=invalid_state",
    ]


def test_somebody_elses_state_connects_nothing(person: Person, stranger: Person, seller: Seller) -> None:
    back = person.decide(person.address_of_consent(US), seller.id)

    assert stranger.come_back(back) == "amazon_error=invalid_state"
    assert _nothing_connected(person, stranger)


def test_a_state_does_not_work_in_another_browser_of_the_same_user(
    stage: Stage, person: Person, seller: Seller
) -> None:
    email = person.get("/api/v1/auth/me")["email"]
    back = person.decide(person.address_of_consent(US), seller.id)

    with Person(stage.server.url) as other_browser:
        other_browser.ask("POST", "/api/v1/auth/login", json={"email": email, "password": PASSWORD})
        assert other_browser.get("/api/v1/auth/me")["email"] == email
        assert other_browser.come_back(back) == "amazon_error=invalid_state"
    assert _nothing_connected(person)


def test_a_state_does_not_work_without_a_login(stage: Stage, person: Person, seller: Seller) -> None:
    back = person.decide(person.address_of_consent(US), seller.id)

    with Person(stage.server.url) as nobody:
        assert nobody.come_back(back) == "amazon_error=invalid_state"
    assert _nothing_connected(person)


def test_a_state_that_has_run_out_connects_nothing(stage: Stage, person: Person, seller: Seller) -> None:
    back = person.decide(person.address_of_consent(US), seller.id)
    _ten_minutes_go_by(stage.database_url)

    assert person.come_back(back) == "amazon_error=invalid_state"
    assert _nothing_connected(person)


def test_a_seller_who_cancels_is_told_so(person: Person, seller: Seller) -> None:
    back = person.decide(person.address_of_consent(US), seller.id, "cancel")

    assert person.come_back(back) == "amazon_error=access_denied"
    assert _nothing_connected(person)


@pytest.mark.parametrize("missing", ["spapi_oauth_code", "selling_partner_id", "state"])
def test_a_return_with_something_missing_connects_nothing(
    person: Person, seller: Seller, missing: str
) -> None:
    query = parse_qs(urlsplit(person.decide(person.address_of_consent(US), seller.id)).query)
    del query[missing]

    answer = person.ask("GET", CALLBACK, params=query)

    assert answer.headers["Location"].endswith("/settings?amazon_error=missing_params")
    assert _nothing_connected(person)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(EXCHANGE, "lwa_error", status=400, error="invalid_grant"), "exchange_failed"),
        (Fault(EXCHANGE, "lwa_error", status=400, error="invalid_request"), "exchange_failed"),
        (Fault(EXCHANGE, "lwa_error", status=401, error="invalid_client"), "not_configured"),
        (Fault(EXCHANGE, "status", status=500), "exchange_failed"),
        (Fault(EXCHANGE, "status", status=429), "exchange_failed"),
        (Fault(EXCHANGE, "html_503"), "exchange_failed"),
        (Fault(EXCHANGE, "empty_200"), "exchange_failed"),
        (Fault(EXCHANGE, "not_json"), "exchange_failed"),
        (Fault(EXCHANGE, "truncated"), "exchange_failed"),
        (Fault(EXCHANGE, "shape"), "exchange_failed"),
        (Fault(EXCHANGE, "drop_connection"), "exchange_failed"),
        (Fault(EXCHANGE, "hang", seconds=3), "exchange_failed"),
    ],
    ids=lambda value: f"{value.kind}-{value.error or value.status}" if isinstance(value, Fault) else value,
)
def test_a_code_that_cannot_be_exchanged_connects_nothing(
    person: Person, seller: Seller, amazon: SimulatorServer, fault: Fault, code: str
) -> None:
    amazon.simulator.reception.faults.order(fault)

    outcome = person.come_back(person.decide(person.address_of_consent(US), seller.id))

    assert outcome == f"amazon_error={code}"
    assert _nothing_connected(person)


def test_a_consent_succeeds_after_one_that_failed(
    person: Person, seller: Seller, amazon: SimulatorServer
) -> None:
    amazon.simulator.reception.faults.order(Fault(EXCHANGE, "status", status=500))
    person.come_back(person.decide(person.address_of_consent(US), seller.id))

    person.connect(US, seller.id)

    assert person.get("/api/v1/amazon/connection")["seller_id"] == seller.id


def _nothing_connected(*people: Person) -> bool:
    return all(person.get("/api/v1/amazon/connections")["items"] == [] for person in people)


def _ten_minutes_go_by(url: str) -> None:
    """The server's clock is the machine's, so the states' ends are moved instead."""
    engine = make_engine(url)
    past = datetime.now(UTC) - timedelta(seconds=1)
    with writing(engine) as connection:
        assert connection.execute(update(tables.consent_states).values(expires_at=past)).rowcount >= 1
    engine.dispose()
