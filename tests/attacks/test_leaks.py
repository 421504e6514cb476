"""What errors, headers and logs give away to who provokes them, and what strangers can write into our logs."""

import re

import pytest
from flask.testing import FlaskClient

from domain.errors import PortsideError, UpstreamFailed
from entrypoints.http.openapi import document
from tests.attacks.wire import Target
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.world import World

DOCUMENT = document(app_of(World()))
#: What tells of the inside: Python, its libraries, files, statements, versions.
INSIDE = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|werkzeug|flask|sqlalchemy|psycopg|sqlite|pydantic|SELECT |INSERT |/home/|/root/"
    r"|/src/|/usr/|Python/|gunicorn/[0-9]|0x[0-9a-f]{8}",
    re.IGNORECASE,
)
STRANGE = [
    "'",
    '"',
    "\\",
    "%",
    "%00",
    "${7*7}",
    "{{7*7}}",
    "' OR 1=1 --",
    "../../etc/passwd",
    "\udcff",
    "٣",
    "1e999",
    "NaN",
    "[]",
]
JSON = "Content-Type: application/json"


@pytest.fixture(scope="module")
def browser() -> FlaskClient:
    world = World()
    world.connect(world.user)
    return logged_in(app_of(world), world.user)


@pytest.mark.parametrize("strange", STRANGE)
def test_no_strange_value_of_any_parameter_shows_the_inside(browser, strange):
    for path, methods in DOCUMENT["paths"].items():
        for one in methods.get("get", {}).get("parameters", ()):
            if one["in"] == "query":
                answer = browser.get(
                    path,
                    query_string={one["name"]: strange.encode("utf-8", "surrogateescape")},
                    buffered=True,
                )
                assert answer.status_code < 500, (path, one["name"])
                assert answer.status_code == 200 or INSIDE.search(answer.get_data(as_text=True)) is None


class _Odd(PortsideError):
    """An error that nobody has thought of."""


@pytest.mark.parametrize(
    "error",
    [
        ValueError("postgresql://portside:secret@db/portside at /home/portside/app.py"),
        _Odd("Atzr|a-refresh-token in 0x7f00deadbeef"),
        RuntimeError("<script>alert(1)</script>"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_nobody_has_thought_of_is_answered_without_its_cause(browser, error):
    world = World()
    world.connect(world.user)
    world.passage.answers.append(error)

    answer = logged_in(app_of(world), world.user).get(
        "/api/v1/amazon/proxy/sellers/v1/marketplaceParticipations"
    )

    assert (answer.status_code, answer.json["error"]) == (500, "internal_error")
    assert answer.json["details"] == {}
    for hidden in ("secret", "Atzr", "script", "0x7f", "/home"):
        assert hidden not in answer.get_data(as_text=True)


def test_an_error_beyond_us_does_not_say_where_it_happened(browser):
    world = World()
    world.connect(world.user)
    world.passage.answers.append(UpstreamFailed("Amazon could not be reached, or broke the connection off."))

    answer = logged_in(app_of(world), world.user).get(
        "/api/v1/amazon/proxy/sellers/v1/marketplaceParticipations"
    )

    assert (answer.status_code, answer.json["error"]) == (502, "amazon_error")
    assert "http" not in answer.json["message"]


@pytest.mark.parametrize(
    "path", ["/healthz", "/", "/api/v1/nothing", "/api/v1/auth/me", "/assets/../settings.py"]
)
def test_no_header_tells_versions(target: Target, path: str) -> None:
    answer = target.ask("GET", path)

    assert (
        INSIDE.search(" ".join(f"{name}: {value}" for name, value in answer.headers if name != "server"))
        is None
    )
    assert answer.header("X-Powered-By") is None
    assert re.search(r"\d", answer.header("Server") or "") is None


@pytest.mark.parametrize(
    "path",
    [
        "/.env",
        "/.git/config",
        "/instance/portside.db",
        "/assets/../../settings.py",
        "/assets/..%2f..%2fsettings.py",
        "/assets/%2e%2e/%2e%2e/settings.py",
        "/assets/..%5c..%5csettings.py",
        "/assets/__init__.py",
        "/assets/%00app.js",
        "/assets//etc/passwd",
        "/assets/vendor/../../settings.py",
        "/docs/../../../settings.py",
        "/docs/..%2f__init__.py",
        "/console",
        "/debug",
        "/server-status",
        "/openapi.yaml",
        "/admin",
    ],
)
def test_no_file_but_the_pages_own_is_given_away(target: Target, path: str) -> None:
    answer = target.ask("GET", path)

    assert answer.status == 404
    assert INSIDE.search(answer.body.decode()) is None


@pytest.mark.parametrize(
    "line",
    [
        b"GET /<script>alert(1)</script> x HTTP/1.1\r\nHost: x\r\n\r\n",
        b"<script>alert(1)</script>\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n<script>alert(1)</script>: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: portside_session=a\0secret\r\n\r\n",
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: secret\r\n\r\n",
    ],
    ids=range(6),
)
def test_what_is_no_request_is_refused_in_the_shape_of_every_refusal_and_not_repeated(
    target: Target, line: bytes
) -> None:
    answer = target.send(line)

    assert set(answer.json) == {"success", "error", "message", "details", "request_id"}
    assert answer.json["error"] == "invalid_request"
    assert answer.header("X-Request-Id") == answer.json["request_id"]
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert b"alert" not in answer.raw
    assert b"secret" not in answer.raw


@pytest.mark.parametrize(
    "planted",
    [
        "%0a2026-01-01T00:00:00.000Z INFO     portside: planted-line",
        "%0d%0a{%22message%22: %22planted-line%22}",
        "%1b[2J%1b[1;31mplanted-line",
        "%c2%9b2Jplanted-line",
        "%e2%80%a8planted-line",
        "%00planted-line",
        "%7fplanted-line",
    ],
)
def test_no_address_writes_lines_or_commands_of_its_own_into_the_log(target: Target, planted: str) -> None:
    target.ask("GET", f"/x{planted}".replace(" ", "%20"))

    written = [
        line
        for line in target.log.read_text("utf-8", errors="surrogateescape").splitlines()
        if "planted-line" in line
    ]

    assert written
    assert [line for line in written if " entrypoints.http.app: request " not in line] == []
    assert [line for line in written if not line.isprintable()] == []


@pytest.mark.parametrize(
    "header", ["User-Agent", "X-Forwarded-For", "Referer", "Authorization", "Origin", "traceparent"]
)
def test_no_header_writes_into_the_log(target: Target, header: str) -> None:
    target.ask("POST", "/api/v1/auth/login", f"{header}: planted-{header} \x1b[31m", JSON, body=b"{}")

    assert all(
        line.isprintable() for line in target.log.read_text("utf-8", errors="surrogateescape").splitlines()
    )


def test_what_somebody_types_for_a_password_or_a_key_is_in_no_log(target: Target) -> None:
    typed = "typed-by-somebody-5150"

    target.ask(
        "POST", "/api/v1/auth/login", JSON, body=f'{{"email": "a@b.example", "password": "{typed}"}}'.encode()
    )
    target.ask(
        "POST",
        "/api/v1/auth/login",
        JSON,
        body=f'{{"email": "a@b.example", "password": ["{typed}"]}}'.encode(),
    )
    target.ask("POST", f"/api/v1/auth/login?password={typed}", JSON, body=b"{}")
    target.ask("GET", "/api/v1/auth/me", f"Authorization: Bearer pk_{typed}")

    assert typed not in target.log.read_text("utf-8", errors="replace")


def test_registering_and_logging_in_tell_no_more_of_an_account_than_they_have_to(anonymous, world):
    def said(path: str, email: str) -> tuple[int, dict[str, object]]:
        answer = anonymous.post(f"/api/v1/auth/{path}", json={"email": email, "password": "not the password"})
        return answer.status_code, {**answer.json, "request_id": ""}

    assert said("login", world.stranger.email) == said("login", "nobody@example.com")
    status, body = said("register", world.stranger.email)
    assert (status, body["message"]) == (409, "This e-mail is taken.")
    assert body["details"] == {}
