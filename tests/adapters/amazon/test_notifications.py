"""The notifications queue, at a moto server over a real socket; and what goes wrong between us and a queue."""

import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.session import Session
from moto.server import ThreadedMotoServer

from adapters.amazon.notifications import SqsNotifications
from domain.credentials.notices import ClientNotices
from domain.errors import NotConfigured, PortsideError, UpstreamFailed, UpstreamTimedOut
from tests.adapters.loopback import http, listening, saying, silent
from tests.domain.credentials.bench import NEW, NEWEST, OLD, Installation, Process, new_secret

REGION = "eu-west-1"
QUIET = http(b'{"Messages": []}', "Content-Type: application/x-amz-json-1.0")


class Killed(BaseException):
    """The process ends here."""


class Mortal(SqsNotifications):
    """The queue of a process that ends before it can delete a message."""

    def done(self, receipt: str) -> None:
        raise Killed


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAINVENTED")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "invented")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def sqs(moto: str) -> Any:
    """Amazon's side of the queue."""
    return Session().create_client("sqs", region_name=REGION, endpoint_url=moto)


@pytest.fixture
def url(sqs: Any, request: pytest.FixtureRequest) -> str:
    """A queue of the test's own."""
    name = str(abs(hash(request.node.nodeid)))
    return str(sqs.create_queue(QueueName=name)["QueueUrl"])


@pytest.fixture
def shared() -> Installation:
    return Installation(OLD, NEW)


def queue(url: str, timeout_seconds: float = 20.0) -> SqsNotifications:
    return SqsNotifications(url, REGION, timeout_seconds)


def notices(process: Process, shared: Installation, waiting: SqsNotifications) -> ClientNotices:
    return ClientNotices(waiting, shared.work, process.client.shelf, shared.clock)


def left_over(sqs: Any, url: str) -> int:
    """How many messages the queue still has, given out or not."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def shown_again(sqs: Any, url: str, receipts: list[str]) -> None:
    """The time for which nobody else is given these messages is over."""
    for receipt in receipts:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)


def test_a_new_secret_takes_effect_and_its_message_is_deleted(sqs: Any, url: str, shared: Installation):
    process = shared.process(OLD)
    sqs.send_message(QueueUrl=url, MessageBody=new_secret())

    assert notices(process, shared, queue(url)).take() == 1

    process.refresh()
    assert shared.lwa.asked == [NEW]
    assert left_over(sqs, url) == 0


def test_killed_between_the_commit_and_the_deletion_nothing_is_lost_or_doubled(
    sqs: Any, url: str, shared: Installation
):
    seen: list[str] = []

    class Remembering(Mortal):
        def done(self, receipt: str) -> None:
            seen.append(receipt)
            super().done(receipt)

    sqs.send_message(QueueUrl=url, MessageBody=new_secret())
    with pytest.raises(Killed):
        notices(shared.process(OLD), shared, Remembering(url, REGION, 20.0)).take()
    before = dict(shared.store.tables.client_secrets)
    assert left_over(sqs, url) == 1
    shown_again(sqs, url, seen)

    assert notices(shared.process(OLD), shared, queue(url)).take() == 1

    assert shared.store.tables.client_secrets == before
    assert len(shared.store.tables.audit) == 1
    assert left_over(sqs, url) == 0


def test_what_did_not_take_effect_is_not_deleted(sqs: Any, url: str, shared: Installation):
    sqs.send_message(QueueUrl=url, MessageBody="no JSON")
    sqs.send_message(QueueUrl=url, MessageBody=new_secret(client_id="somebody-elses"))

    assert notices(shared.process(OLD), shared, queue(url)).take() == 0

    assert left_over(sqs, url) == 2


def test_more_messages_than_one_answer_holds_are_all_taken(sqs: Any, url: str, shared: Installation):
    for _ in range(25):
        sqs.send_message(QueueUrl=url, MessageBody='{"NotificationType": "ORDER_CHANGE", "Payload": {}}')
    sqs.send_message(QueueUrl=url, MessageBody=new_secret(NEWEST))

    assert notices(shared.process(OLD), shared, queue(url)).take() == 26

    assert left_over(sqs, url) == 0
    assert shared.known(NEWEST) is not None


def test_a_message_is_handed_to_one_process_only(sqs: Any, url: str):
    sqs.send_message(QueueUrl=url, MessageBody="{}")

    first, second = queue(url).receive(), queue(url).receive()

    assert (len(first), len(second)) == (1, 0)
    assert "{}" not in repr(first[0])


def test_a_queue_that_is_not_there_is_said_so(moto: str):
    with pytest.raises(NotConfigured, match="does not exist") as caught:
        queue(f"{moto}/123456789012/nobody-made-this").receive()

    assert caught.value.missing == ("AMAZON_NOTIFICATIONS_QUEUE_URL",)


def test_without_aws_credentials_the_variables_are_named(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    with pytest.raises(NotConfigured) as caught:
        queue(url).receive()

    assert caught.value.missing == ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@pytest.mark.parametrize(
    ("code", "status", "error", "named"),
    [
        ("AccessDeniedException", "403 Forbidden", NotConfigured, "AMAZON_NOTIFICATIONS_QUEUE_URL"),
        ("InvalidClientTokenId", "403 Forbidden", NotConfigured, "AWS_ACCESS_KEY_ID"),
        ("SignatureDoesNotMatch", "403 Forbidden", NotConfigured, "AWS_ACCESS_KEY_ID"),
        ("SomethingElse", "400 Bad Request", UpstreamFailed, None),
    ],
)
def test_a_refusal_of_awss_is_one_of_our_errors(
    code: str, status: str, error: type[PortsideError], named: str | None
):
    body = f'{{"__type": "com.amazonaws.sqs#{code}", "message": "the words of AWS"}}'.encode()

    refusing = saying(http(body, "Content-Type: application/x-amz-json-1.0", status=status))

    with listening(refusing) as server, pytest.raises(error) as caught:
        queue(f"{server.url}/1/q").receive()

    assert named is None or named in getattr(caught.value, "missing", ())
    assert "the words of AWS" not in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b"[]", b'{"Messages": [{"Body": "{}"}]}', b'{"Messages": 7}']
)
def test_an_answer_that_cannot_be_read_is_a_failure_or_empty(body: bytes):
    with listening(saying(http(body, "Content-Type: application/x-amz-json-1.0"))) as server:
        try:
            found = queue(f"{server.url}/1/q").receive()
        except UpstreamFailed:
            found = []

    assert found == []


def test_a_queue_that_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch):
    with listening(silent) as server, pytest.raises(UpstreamTimedOut):
        queue(f"{server.url}/1/q", timeout_seconds=0.2).receive()


def test_a_queue_that_cannot_be_reached_is_a_failure():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(UpstreamFailed):
            queue(f"http://127.0.0.1:{held.getsockname()[1]}/1/q", timeout_seconds=1.0).receive()


@pytest.mark.parametrize(
    ("url", "region", "host"),
    [
        ("https://sqs.us-west-2.amazonaws.com/1/q", "us-west-2", "sqs.us-west-2.amazonaws.com"),
        ("https://us-west-2.queue.amazonaws.com/1/q", "us-west-2", "sqs.us-west-2.amazonaws.com"),
        ("https://sqs.cn-north-1.amazonaws.com.cn/1/q", "cn-north-1", "sqs.cn-north-1.amazonaws.com.cn"),
        ("https://queue.amazonaws.com/1/q", REGION, f"sqs.{REGION}.amazonaws.com"),
        ("http://localhost:4566/1/q", REGION, "localhost:4566"),
        ("https://amazonaws.com.evil.example/1/q", REGION, "amazonaws.com.evil.example"),
    ],
)
def test_region_and_host_follow_from_the_address(url: str, region: str, host: str):
    meta = queue(url)._queue.meta

    assert (meta.region_name, meta.endpoint_url.split("://")[1]) == (region, host)


def test_without_botocore_the_operator_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "botocore.session", None)

    with pytest.raises(NotConfigured, match=r"pip install portside\[aws\]"):
        queue("https://sqs.us-west-2.amazonaws.com/1/q").receive()
