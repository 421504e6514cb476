"""Reading bodies that were made to hurt."""

import json
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from gunicorn.http.errors import InvalidChunkSize
from werkzeug.test import TestResponse

from entrypoints.http.app import LARGEST_BODY


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


def test_a_body_without_a_length_is_taken_as_a_whole_or_not_at_all(anonymous: FlaskClient) -> None:
    form = json.dumps({"email": "ada@example.com", "password": "a long enough password"}).encode()

    def answer_to(size: int) -> TestResponse:
        return anonymous.post(
            "/api/v1/auth/login",
            input_stream=BytesIO(form.ljust(size)),
            content_type="application/json",
            headers={"Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input_terminated": True},
        )

    assert answer_to(LARGEST_BODY).status_code == 401
    assert (answer_to(LARGEST_BODY + 1).status_code, answer_to(LARGEST_BODY + 1).json["error"]) == (
        413,
        "payload_too_large",
    )


class _BrokenChunks:
    """What gunicorn makes of a chunk without a size."""

    def read(self, _size: int = -1) -> bytes:
        raise InvalidChunkSize(b"zz")


@pytest.mark.parametrize(
    "arrival",
    [
        {"wsgi.input": BytesIO(b"{}"), "CONTENT_LENGTH": "20"},
        {"wsgi.input": _BrokenChunks(), "HTTP_TRANSFER_ENCODING": "chunked"},
    ],
)
def test_a_body_that_breaks_off_is_refused(anonymous: FlaskClient, arrival: dict[str, object]) -> None:
    answer = anonymous.post(
        "/api/v1/auth/login",
        content_type="application/json",
        environ_overrides={**arrival, "wsgi.input_terminated": True},
    )

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert "breaks off" in answer.json["message"]
    assert answer.json["details"] == {"fields": {"request": answer.json["message"]}}
