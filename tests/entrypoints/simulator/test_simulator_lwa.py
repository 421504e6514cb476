"""Login with Amazon's token endpoint."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.entrypoints.simulator.driven import PARTICIPATIONS, Amazon, first_error

CALLBACK = "http://127.0.0.1:5000/callback"


def code_of(amazon: Amazon, redirect_uri: str | None = CALLBACK) -> str:
    """Go through the consent page and take the code from where it sends the seller."""
    query = {"application_id": amazon.config.application_id, "state": "s"}
    if redirect_uri is not None:
        query["redirect_uri"] = redirect_uri
    page = amazon.http.get("/na/apps/authorize/consent", query_string=query).text
    form = page.split('name="form" value="')[1].split('"')[0]
    answer = amazon.http.post(
        "/na/apps/authorize/consent",
        data={"form": form, "decision": "confirm", "seller_id": amazon.seller().id},
    )
    return parse_qs(urlsplit(answer.headers["Location"]).query)["spapi_oauth_code"][0]


def refresh(amazon: Amazon, token: str | None = None, **changes: str):
    token = token or amazon.simulator.refresh_token(amazon.seller().id)
    fields = {"grant_type": "refresh_token", "refresh_token": token, **amazon.credentials(), **changes}
    return amazon.token_request(**{name: value for name, value in fields.items() if value})


def test_a_code_becomes_a_refresh_token_and_an_access_token(amazon: Amazon):
    answer = amazon.token_request(
        grant_type="authorization_code", code=code_of(amazon), redirect_uri=CALLBACK, **amazon.credentials()
    )

    assert answer.status_code == 200
    assert answer.json["refresh_token"].startswith("Atzr|")
    assert answer.json["access_token"].startswith("Atza|")
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("bearer", 3600)
    assert refresh(amazon, answer.json["refresh_token"]).status_code == 200


def test_a_code_is_good_once(amazon: Amazon):
    fields = {"grant_type": "authorization_code", "code": code_of(amazon), **amazon.credentials()}
    first = amazon.token_request(**fields)

    second = amazon.token_request(**fields)

    assert first.status_code == 200
    assert (second.status_code, second.json["error"]) == (400, "invalid_grant")


def test_a_code_is_good_for_five_minutes(amazon: Amazon):
    code = code_of(amazon)
    amazon.clock.advance(seconds=301)

    answer = amazon.token_request(grant_type="authorization_code", code=code, **amazon.credentials())

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")
    assert "parameter : code" in answer.json["error_description"]


def test_a_code_belongs_to_the_redirect_uri_it_was_asked_for_with(amazon: Amazon):
    fields = {"grant_type": "authorization_code", "code": code_of(amazon), **amazon.credentials()}

    other = amazon.token_request(redirect_uri="http://127.0.0.1:5000/other", **fields)
    same = amazon.token_request(redirect_uri=CALLBACK, **fields)

    assert (other.status_code, other.json["error"]) == (400, "invalid_grant")
    assert same.status_code == 200


def test_a_refresh_token_stays_the_same_and_each_access_token_is_new(amazon: Amazon):
    token = amazon.simulator.refresh_token(amazon.seller().id)

    answers = [refresh(amazon, token).json for _ in range(2)]

    assert [answer["refresh_token"] for answer in answers] == [token, token]
    assert answers[0]["access_token"] != answers[1]["access_token"]


def test_json_is_read_like_a_form(amazon: Amazon):
    token = amazon.simulator.refresh_token(amazon.seller().id)
    body = {"grant_type": "refresh_token", "refresh_token": token, **amazon.credentials()}

    answer = amazon.http.post("/auth/o2/token", json=body)

    assert answer.status_code == 200


def test_tokens_survive_a_restart():
    before = Amazon.with_config()
    token = before.access_token()
    refresh_token = before.simulator.refresh_token(before.seller().id)

    after = Amazon.with_config()

    assert after.get(PARTICIPATIONS, token=token).status_code == 200
    assert refresh(after, refresh_token).status_code == 200


def test_another_seed_knows_none_of_these_tokens(amazon: Amazon):
    token = amazon.simulator.refresh_token(amazon.seller().id)

    answer = refresh(Amazon.with_config(seed=8), token)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")


def test_tokens_fit_into_two_kilobytes(amazon: Amazon):
    answer = refresh(amazon)

    assert all(len(answer.json[name]) <= 2048 for name in ("access_token", "refresh_token"))


@pytest.mark.parametrize(
    ("changes", "status", "error", "description"),
    [
        ({"grant_type": ""}, 400, "invalid_request", "missing a required parameter : grant_type"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", "not supported"),
        ({"refresh_token": ""}, 400, "invalid_request", "missing a required parameter : refresh_token"),
        ({"client_id": ""}, 400, "invalid_request", "missing a required parameter : client_id"),
        ({"client_secret": ""}, 400, "invalid_request", "missing a required parameter : client_secret"),
        ({"client_secret": "wrong"}, 401, "invalid_client", "Client authentication failed"),
        ({"client_id": "wrong"}, 401, "invalid_client", "Client authentication failed"),
        ({"refresh_token": "Atzr|forged"}, 400, "invalid_grant", "invalid grant parameter : refresh_token"),
        ({"refresh_token": "Atzr|Ünsinn!"}, 400, "invalid_grant", "invalid grant parameter : refresh_token"),
    ],
)
def test_refusals_have_lwas_own_codes(amazon: Amazon, changes, status, error, description):
    answer = refresh(amazon, **changes)

    assert (answer.status_code, answer.json["error"]) == (status, error)
    assert description in answer.json["error_description"]
    assert answer.json["request_id"]


def test_basic_authentication_is_not_accepted_in_place_of_the_fields(amazon: Amazon):
    pair = f"{amazon.config.client_id}:{amazon.config.client_secret}"
    fields = {
        "grant_type": "refresh_token",
        "refresh_token": amazon.simulator.refresh_token(amazon.seller().id),
    }

    answer = amazon.http.post(
        "/auth/o2/token", data=fields, headers={"Authorization": "Basic " + b64encode(pair.encode()).decode()}
    )

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_a_refresh_token_is_no_use_to_another_client():
    amazon = Amazon.with_config(extra_clients=(("other", "secret"),))

    answer = refresh(amazon, client_id="other", client_secret="secret")

    assert (answer.status_code, answer.json["error"]) == (400, "unauthorized_client")


def test_two_secrets_of_one_client_are_valid_while_they_are_rotated():
    client_id = "amzn1.application-oa2-client.portside-simulator"
    amazon = Amazon.with_config(extra_clients=((client_id, "the next secret"),))

    statuses = [
        refresh(amazon, client_secret=s).status_code for s in (amazon.config.client_secret, "the next secret")
    ]

    assert statuses == [200, 200]


def test_consent_ends_after_a_year(amazon: Amazon):
    token = amazon.simulator.refresh_token(amazon.seller().id)
    amazon.clock.advance(days=366)

    answer = refresh(amazon, token)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")


def test_client_credentials_need_a_known_scope(amazon: Amazon):
    known = amazon.token_request(
        grant_type="client_credentials", scope="sellingpartnerapi::notifications", **amazon.credentials()
    )
    unknown = amazon.token_request(
        grant_type="client_credentials", scope="sellingpartnerapi::everything", **amazon.credentials()
    )
    none = amazon.token_request(grant_type="client_credentials", **amazon.credentials())

    assert (known.status_code, known.json["scope"]) == (200, "sellingpartnerapi::notifications")
    assert "refresh_token" not in known.json
    assert (unknown.status_code, unknown.json["error"]) == (400, "invalid_scope")
    assert (none.status_code, none.json["error"]) == (400, "invalid_request")


def test_a_grantless_token_opens_no_sellers_data(amazon: Amazon):
    grantless = amazon.token_request(
        grant_type="client_credentials", scope="sellingpartnerapi::notifications", **amazon.credentials()
    )

    answer = amazon.get(PARTICIPATIONS, token=grantless.json["access_token"])

    assert (answer.status_code, first_error(answer)["details"]) == (403, "")


def test_a_seller_who_revokes_ends_every_token(amazon: Amazon):
    access_token, refresh_token = amazon.access_token(), amazon.simulator.refresh_token(amazon.seller().id)

    amazon.http.post("/simulator/revoke", json={"seller_id": amazon.seller().id})

    assert refresh(amazon, refresh_token).json["error"] == "invalid_grant"
    assert (
        "revoked, malformed or invalid"
        in first_error(amazon.get(PARTICIPATIONS, token=access_token))["details"]
    )


def test_a_new_consent_after_a_revocation_is_good_and_the_old_one_is_not(amazon: Amazon):
    old = amazon.simulator.refresh_token(amazon.seller().id)
    amazon.http.post("/simulator/revoke", json={"seller_id": amazon.seller().id})

    new = amazon.token_request(
        grant_type="authorization_code", code=code_of(amazon), redirect_uri=CALLBACK, **amazon.credentials()
    )

    assert refresh(amazon, new.json["refresh_token"]).status_code == 200
    assert refresh(amazon, old).status_code == 400


def test_restoring_makes_the_old_consent_good_again(amazon: Amazon):
    old = amazon.simulator.refresh_token(amazon.seller().id)
    amazon.http.post("/simulator/revoke", json={"seller_id": amazon.seller().id})

    amazon.http.post("/simulator/restore", json={"seller_id": amazon.seller().id})

    assert refresh(amazon, old).status_code == 200


def test_answers_with_tokens_are_never_stored(amazon: Amazon):
    assert refresh(amazon).headers["Cache-Control"] == "no-store"
