"""Reading bodies that were made to hurt."""

import json

from flask.testing import FlaskClient


def test_a_text_that_never_closes_is_refused_as_quickly_as_any(anonymous: FlaskClient) -> None:
    # Trying again from each of the quotes inside would take hours for this megabyte, beyond any time-out of the suite.
    body = b'"' + b'\\"' * 500_000

    answer = anonymous.post("/api/v1/auth/login", data=body, content_type="application/json")

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_brackets_inside_texts_do_not_count_as_depth(anonymous: FlaskClient) -> None:
    form = {"email": "ada@example.com", "password": "[" * 100 + '\\"' + "{" * 100}

    answer = anonymous.post("/api/v1/auth/login", data=json.dumps(form), content_type="application/json")

    assert (answer.status_code, answer.json["error"]) == (401, "invalid_credentials")


def test_brackets_that_nest_too_deep_are_refused(anonymous: FlaskClient) -> None:
    answer = anonymous.post(
        "/api/v1/auth/login", data=b'{"email": ' + b"[" * 40, content_type="application/json"
    )

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
