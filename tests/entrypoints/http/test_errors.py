"""Errors as answers: each of ours has one, all have the same shape, and none tells more than it should."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain.errors import (
    AccessDenied,
    ClientRefused,
    ConsentFailed,
    InvalidInput,
    KeyUnavailable,
    NotConfigured,
    PortsideError,
    RateLimited,
    UpstreamFailed,
    UpstreamTimedOut,
    UsagePlanEmpty,
)
from entrypoints.http.app import LARGEST_BODY
from entrypoints.http.described import Access, described, nothing
from entrypoints.http.errors import ANSWERS
from tests.entrypoints.browsers import open_app_of
from tests.fakes.things import NOW

#: The API contract: a status, and the codes that may come with it.
CODES = {
    400: {"invalid_request"},
    401: {"unauthenticated", "invalid_credentials"},
    403: {"forbidden", "amazon_not_connected", "amazon_reauthorization_required", "amazon_access_denied"},
    404: {"not_found"},
    409: {"conflict"},
    429: {"rate_limited"},
    500: {"internal_error"},
    502: {"amazon_error"},
    503: {"configuration_error", "unavailable"},
    504: {"amazon_timeout"},
}
ENVELOPE = {"success", "error", "message", "details", "request_id"}


def kinds(root: type[PortsideError] = PortsideError) -> Iterator[type[PortsideError]]:
    """An error class and everything below it."""
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


#: All that may reach a view. What an adapter raises for itself alone is one of them to everybody else.
KINDS = [kind for kind in kinds() if kind.__module__ == "domain.errors"]


def one_of(kind: type[PortsideError]) -> PortsideError:
    """An error of this kind."""
    particular = {
        InvalidInput: ({"price": "not a number"},),
        RateLimited: ("too fast", 2.2),
        NotConfigured: ("set it", ("AMAZON_APP_ID",)),
        ClientRefused: ("rotate it", ("AMAZON_LWA_CLIENT_SECRET",), "invalid_client"),
        ConsentFailed: ("invalid_state", "used"),
        UsagePlanEmpty: ("empty", NOW + timedelta(seconds=30)),
    }
    return kind(*particular.get(kind, ("it went wrong",)))


@pytest.fixture
def app(world):
    """One that takes a view which fails as it is told to."""
    return open_app_of(world)


def answer_to(app: Flask, error: Exception):
    """What a view that raises this error is answered with."""

    @described("Operations", nothing("Never."), access=Access.ANYBODY)
    def view() -> str:
        raise error

    app.add_url_rule("/boom", view_func=view)
    # Any client: what this view answers is described nowhere.
    return FlaskClient(app, app.response_class).get("/boom")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_an_answer_of_its_own(kind):
    assert kind in ANSWERS


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_is_answered_in_the_envelope_with_a_promised_code(app, kind):
    answer = answer_to(app, one_of(kind))

    assert set(answer.json) == ENVELOPE
    assert answer.json["success"] is False
    assert answer.json["error"] in CODES[answer.status_code]
    assert answer.json["message"]
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def test_the_codes_name_the_channel(app):
    answer = answer_to(app, UpstreamTimedOut("no answer", channel="ads"))

    assert (answer.status_code, answer.json["error"]) == (504, "ads_timeout")


@pytest.mark.parametrize(
    ("error", "details"),
    [
        (InvalidInput({"price": "not a number"}), {"fields": {"price": "not a number"}}),
        (NotConfigured("set it", ("AMAZON_APP_ID",)), {"missing": ["AMAZON_APP_ID"]}),
        (
            ClientRefused("rotate it", ("AMAZON_LWA_CLIENT_SECRET",), code="invalid_client"),
            {"missing": ["AMAZON_LWA_CLIENT_SECRET"]},
        ),
        (
            ClientRefused("yours", ("lwa_client_secret",), code="invalid_client", own=True),
            {"fields": {"lwa_client_secret": "LWA does not accept it (invalid_client)"}},
        ),
        (KeyUnavailable("no key"), {"missing": ["TOKEN_ENCRYPTION_KEYS"]}),
        (AccessDenied("no", role="Pricing"), {"role": "Pricing"}),
        (AccessDenied("no"), {}),
        (UpstreamFailed("500", request_id="amzn-1"), {"channel_request_id": "amzn-1"}),
    ],
)
def test_details_say_what_a_program_can_use(app, error, details):
    assert answer_to(app, error).json["details"] == details


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (RateLimited("too fast", 2.2), "3"),
        (RateLimited("too fast", 0.0), "1"),
        (UsagePlanEmpty("empty", NOW + timedelta(seconds=30)), "30"),
        (UsagePlanEmpty("empty", NOW - timedelta(seconds=30)), "1"),
    ],
)
def test_too_many_calls_are_told_when_to_come_back(app, error, seconds):
    answer = answer_to(app, error)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, seconds)


@pytest.mark.parametrize("error", [ValueError("canary"), KeyError("canary"), PortsideError("canary")])
def test_an_unexpected_error_tells_nothing_of_its_cause_but_the_log_does(app, caplog, error):
    answer = answer_to(app, error)

    assert (answer.status_code, answer.json["error"]) == (500, "internal_error")
    assert "canary" not in answer.text
    assert set(answer.json) == ENVELOPE
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [error]


def test_what_is_the_callers_fault_is_no_trouble_in_the_log(app, caplog):
    with caplog.at_level(logging.WARNING):
        answer_to(app, InvalidInput({"price": "not a number"}))

    assert caplog.records == []


def test_an_address_that_does_not_exist(anonymous):
    answer = anonymous.get("/api/v1/weather")

    assert (answer.status_code, answer.json["error"]) == (404, "not_found")
    assert set(answer.json) == ENVELOPE


def test_a_method_that_does_not_fit_says_which_do(anonymous):
    answer = anonymous.delete("/api/v1/auth/login")

    assert (answer.status_code, answer.json["error"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]
    assert set(answer.json) == ENVELOPE


def test_a_body_that_is_too_large(anonymous):
    body = b'{"email": "' + b"x" * LARGEST_BODY + b'"}'

    answer = anonymous.post("/api/v1/auth/login", data=body, content_type="application/json")

    assert (answer.status_code, answer.json["error"]) == (413, "payload_too_large")
    assert set(answer.json) == ENVELOPE


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_body_that_is_not_called_json(anonymous, content_type):
    answer = anonymous.post("/api/v1/auth/login", data=b"{}", content_type=content_type)

    assert (answer.status_code, answer.json["error"]) == (415, "unsupported_media_type")
    assert set(answer.json) == ENVELOPE


def test_a_character_set_beside_the_type_does_no_harm(anonymous):
    answer = anonymous.post("/api/v1/auth/login", data=b"{}", content_type="application/json; charset=utf-8")

    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/healthz", "/", "/api/v1/auth/me", "/api/v1/weather"])
def test_every_answer_carries_a_request_id(anonymous, path):
    first, second = anonymous.get(path, buffered=True), anonymous.get(path, buffered=True)

    assert len(first.headers["X-Request-Id"]) >= 8
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]


def test_a_callers_own_request_id_is_kept(anonymous):
    answer = anonymous.get("/api/v1/auth/me", headers={"X-Request-Id": "trace-0123.4567_89"})

    assert answer.headers["X-Request-Id"] == "trace-0123.4567_89"
    assert answer.json["request_id"] == "trace-0123.4567_89"


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "has blanks in it", 'a"quoted"id', "<script>1</script>"]
)
def test_a_request_id_that_could_do_harm_is_replaced(anonymous, given):
    answer = anonymous.get("/api/v1/auth/me", headers={"X-Request-Id": given})

    assert answer.headers["X-Request-Id"] != given
    assert answer.headers["X-Request-Id"].isalnum()


def test_no_error_of_the_api_may_be_kept_by_a_cache(anonymous):
    assert anonymous.get("/api/v1/auth/me").headers["Cache-Control"] == "no-store"


def test_an_error_in_one_request_leaves_nothing_behind_for_the_next(world):
    app = open_app_of(world)
    answer_to(app, ValueError("canary"))

    assert app.test_client().get("/healthz").json == {"status": "ok"}
