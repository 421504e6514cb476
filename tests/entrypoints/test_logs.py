"""What the log says, and what it never says."""

import io
import json
import logging
import sys
import threading
from contextvars import copy_context

import pytest

from entrypoints.logs import bind, bound_ids, configure_logging, redact

TOKEN = "Atzr|IwEBIcanary-_"
ENVELOPE = "v1.k1a2b3c4.bm9uY2Vub25jZQ.Y2FuYXJ5Y2FuYXJ5"


@pytest.fixture
def stream(root):
    return io.StringIO()


@pytest.fixture
def lines(stream):
    """What was logged as JSON since configure_logging."""
    configure_logging("json", "DEBUG", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def log():
    return logging.getLogger("portside.test")


def test_a_line_is_one_json_object_with_a_utc_time(lines, log):
    log.info("synced %d orders\nin Zürich", 3)

    (line,) = lines()

    assert line["time"].endswith("Z")
    assert len(line["time"]) == len("2026-01-01T00:00:00.000Z")
    assert (line["level"], line["logger"]) == ("INFO", "portside.test")
    assert line["message"] == "synced 3 orders\nin Zürich"


def test_extras_become_fields(lines, log):
    log.warning("slow", extra={"seconds": 1.5, "operation": "getOrders", "pages": [1, {"next": None}]})

    (line,) = lines()

    assert (line["seconds"], line["operation"], line["pages"]) == (1.5, "getOrders", [1, {"next": None}])


def test_an_extra_can_not_pose_as_the_line_itself(lines, log):
    log.info("real", extra={"level": "CRITICAL", "logger": "forged", "time": "never"})

    (line,) = lines()

    assert (line["level"], line["logger"], line["message"]) == ("INFO", "portside.test", "real")
    assert line["time"] != "never"


def test_bound_ids_are_on_every_line_inside_and_on_none_outside(lines, log):
    with bind(request_id="r1", user_id=7):
        log.info("outer")
        with bind(connection_id="c1", user_id="u2", run_id=None):
            log.info("inner")
    log.info("after")

    outer, inner, after = lines()

    assert (outer["request_id"], outer["user_id"]) == ("r1", "7")
    assert (inner["request_id"], inner["user_id"], inner["connection_id"]) == ("r1", "u2", "c1")
    assert "run_id" not in inner
    assert "request_id" not in after


def test_ids_are_taken_along_into_another_thread_by_hand(lines, log):
    with bind(run_id="run-1"):
        ids, context = bound_ids(), copy_context()
    for work in (lambda: log.info("without"), lambda: context.run(log.info, "with")):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    without, with_ids = lines()

    assert ids == {"run_id": "run-1"}
    assert "run_id" not in without
    assert with_ids["run_id"] == "run-1"


def test_only_known_ids_can_be_bound():
    with pytest.raises(ValueError, match="not a context id: seller"), bind(seller="A1"):
        pass


def test_an_exception_stands_in_a_field_of_its_own(lines, log):
    try:
        raise RuntimeError("no answer")
    except RuntimeError:
        log.exception("sync failed")

    (line,) = lines()

    assert line["message"] == "sync failed"
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith("RuntimeError: no answer")


def test_text_is_for_people_and_keeps_to_one_line(stream, log):
    configure_logging("text", "INFO", stream)

    with bind(request_id="r1"):
        log.info("hello\nERROR forged", extra={"pages": 2})

    assert stream.getvalue().endswith("INFO     portside.test: hello\\nERROR forged request_id=r1 pages=2\n")


def test_text_shows_the_traceback_below(stream, log):
    configure_logging("text", "INFO", stream)

    try:
        raise RuntimeError("no answer")
    except RuntimeError:
        log.exception("sync failed")

    assert "sync failed\nTraceback" in stream.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "begins"), [(Terminal(), "20"), (io.StringIO(), "{")])
def test_a_terminal_gets_text_and_everything_else_json(root, log, stream, begins):
    configure_logging(None, "INFO", stream)

    log.info("hello")

    assert stream.getvalue().startswith(begins)


def test_the_log_goes_to_stderr(root, log, capsys):
    configure_logging("json")

    log.info("hello")
    output = capsys.readouterr()

    assert output.out == ""
    assert "hello" in output.err


def test_configuring_twice_does_not_double_the_lines(lines, stream, log):
    configure_logging("json", "INFO", stream)

    log.info("once")
    log.debug("not any more")

    assert [line["message"] for line in lines()] == ["once"]


def test_handlers_of_others_stay(root, stream):
    theirs = logging.NullHandler()
    root.addHandler(theirs)

    configure_logging("json", "INFO", stream)

    assert theirs in root.handlers


def test_the_servers_own_lines_go_the_same_way(root, stream):
    server = logging.getLogger("gunicorn.access")
    server.addHandler(logging.StreamHandler(io.StringIO()))
    server.propagate = False

    configure_logging("json", "INFO", stream)
    server.info("GET /callback?spapi_oauth_code=canary&state=canary")

    (line,) = stream.getvalue().splitlines()
    assert server.handlers == []
    assert json.loads(line)["message"] == "GET /callback?spapi_oauth_code=[redacted]&state=[redacted]"


def test_looking_up_the_schemas_revision_leaves_no_lines(lines):
    logging.getLogger("alembic.runtime.migration").info("Context impl SQLiteImpl.")

    assert lines() == []


def test_libraries_that_write_down_requests_are_kept_quiet(lines):
    logging.getLogger("urllib3.connectionpool").debug("GET /?code=1")

    assert lines() == []


def test_a_warning_is_logged(lines):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        logging.captureWarnings(True)
        warnings.warn("old ways", stacklevel=1)

    assert "old ways" in lines()[-1]["message"]


@pytest.mark.parametrize(
    "text",
    [
        "sent Atza|IQEBcanary",
        f"got {TOKEN}",
        "token Atz.sprdt|IwEBcanary",
        "encoded Atzr%7CIwEBcanary",
        "secret amzn1.oa2-cs.v1.canary",
        "Authorization: Bearer canary.canary-_~+/=",
        "authorization=Basic Y2FuYXJ5",
        f"row {ENVELOPE}",
        "client_secret=canary&a=b",
        "AMAZON_LWA_CLIENT_SECRET=canary",
        "client_secret%3Dcanary",
        "refresh_token=canary",
        '{"refresh_token": "canary canary"}',
        '{"refreshToken":"canary"}',
        "{'access_token': 'canary \\' canary'}",
        '{\\"password\\": \\"canary canary\\"}',
        '{"password": "ca\\"canary", "a": 1}',
        "password=canary&email=x",
        "new_password: canary",
        "RefreshToken(password='canary canary')",
        "?spapi_oauth_code=canary&selling_partner_id=A1",
        "GET /callback?state=canary&code=canary HTTP/1.1",
        "next=https%3A%2F%2Fa%3Fcode%3Dcanary%26x",
        "shpat_canary0123",
        "pk_canary" + "x-_Y" * 9 + "z",
        "x-amz-access-token: canary",
        "X-Shopify-Access-Token: canary",
        "GET /doc?X-Amz-Credential=canary%2F2026&X-Amz-Expires=300&X-Amz-Signature=canary HTTP/1.1",
        "x-amz-security-token=canary%2B",
        "Cookie: session=canary; other=canary",
        "Set-Cookie: session=canary; Path=/",
        "postgresql+psycopg://portside:canary@db/portside",
        "redis://:canary@cache:6379",
        "eyJhbGciOiJSUzI1NiJ9.canary.canary",
        "SECRET_KEY=canary",
        "TOKEN_ENCRYPTION_KEYS='k1:canary'",
        "api_key=canary",
        '{"password": "canary canary',
    ],
)
def test_a_secret_is_blotted_out_by_its_looks_or_its_name(text):
    blotted = redact(text)

    assert "canary" not in blotted
    assert "Y2FuYXJ5" not in blotted
    assert "[redacted]" in blotted
    assert redact(blotted) == blotted


@pytest.mark.parametrize(
    "text",
    [
        "401 code=invalid_grant for connection 7",
        "version v1.2.3 of v1.example.com",
        "password changed",
        "the access token was renewed",
        "GET https://sellingpartnerapi-eu.amazon.com/orders/2026-01-01/orders?marketplaceIds=A1PA6795UKMFR9",
        "access_token_expires_at=2026-01-01T00:00:00Z",
        "user me@example.com",
    ],
)
def test_what_is_no_secret_stays(text):
    assert redact(text) == text


def test_secrets_are_blotted_out_wherever_they_come_in(lines, stream, log):
    secret = {"deep": [{"refresh_token": "canary-1"}, ("x", TOKEN)], "Atzr|canary": b"password=canary-2"}

    try:
        raise RuntimeError(f"LWA refused {TOKEN}") from ValueError("client_secret=canary-3")
    except RuntimeError:
        log.exception(
            "asked with %s and %r",
            TOKEN,
            {"password": "canary-4"},
            stack_info=True,
            extra={"request": secret},
        )
    log.info(
        "plain %s",
        TOKEN,
        extra={"client_secret": "canary-5", "url": "/?code=canary-6", "error": ValueError(TOKEN)},
    )

    assert "canary" not in stream.getvalue()
    assert lines()[0]["request"]["deep"][0] == {"refresh_token": "[redacted]"}
    assert lines()[1]["client_secret"] == "[redacted]"


def test_a_line_whose_arguments_do_not_fit_is_told_without_them(lines, log, capsys):
    log.info("two %s %s", TOKEN)  # noqa: PLE1206 - the slip is what is tested

    (line,) = lines()

    assert line["message"].startswith("two %s %s (the arguments of this line do not fit it, ")
    assert capsys.readouterr().err == ""


def test_a_traceback_cached_by_another_handler_is_blotted_out_too(root, lines, stream, log):
    root.handlers.insert(0, logging.StreamHandler(io.StringIO()))

    try:
        raise RuntimeError(TOKEN)
    except RuntimeError:
        log.exception("failed")

    assert "canary" not in stream.getvalue()
    assert "[redacted]" in lines()[0]["exception"]


def test_redacting_a_long_line_takes_no_time():
    import time

    started = time.perf_counter()
    redact("a" * 50_000 + " password " * 5_000 + '"' + "\\" * 20_000)

    assert time.perf_counter() - started < 2


def test_an_unprintable_extra_does_not_stop_the_line(lines, log):
    log.info("hello", extra={"thing": object(), "module_": sys})

    assert lines()[0]["message"] == "hello"
