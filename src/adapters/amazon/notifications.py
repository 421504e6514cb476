"""Amazon's notifications, from a queue of Amazon SQS.

botocore is brought in when the queue is read for the first time: whoever sets none need not install it.

Source: SP-API documentation, "Set Up Notifications (Amazon Simple Queue Service Workflow)".
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import urlsplit

from domain.credentials.ports import Notice
from domain.errors import NotConfigured, UpstreamFailed, UpstreamTimedOut

_FAR_SIDE = "The notifications queue"
#: SQS hands out ten messages at once, not more.
_AT_ONCE = 10
#: How long SQS waits for a message when there is none, in seconds: long enough for it to ask all of its servers.
_LONG_POLL = 1
#: For so many seconds nobody else is given what we have received: several times as long as taking it needs.
_HIDDEN = 120
_REGION = re.compile(
    r"(?:sqs(?:-fips)?\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.(?:queue\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)"
)
_AWS = re.compile(r"(?:.+\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)")
_QUEUE = ("AMAZON_NOTIFICATIONS_QUEUE_URL",)
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_GONE = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "InvalidAddress"}
_STRANGERS = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidAccessKeyId",
    "ExpiredToken",
    "ExpiredTokenException",
}
_FORBIDDEN = {"AccessDenied", "AccessDeniedException", "AWS.SimpleQueueService.AccessDenied"}

_ODD_SHAPES = (LookupError, ValueError, TypeError, AttributeError)

Result = TypeVar("Result")


@dataclass(frozen=True)
class SqsNotifications:
    """One queue. Where its address is not AWS's own, requests go to the host that the address names."""

    queue_url: str
    region: str  # where the address does not say it
    timeout_seconds: float
    _making: Lock = field(default_factory=Lock, init=False, repr=False)

    def receive(self) -> list[Notice]:
        """Up to ten messages, hidden from everybody else for two minutes; see ``NotificationQueue``."""

        def receive(queue: Any) -> list[Notice]:
            answer = queue.receive_message(
                QueueUrl=self.queue_url,
                MaxNumberOfMessages=_AT_ONCE,
                WaitTimeSeconds=_LONG_POLL,
                VisibilityTimeout=_HIDDEN,
            )
            return [Notice(one["ReceiptHandle"], one["Body"]) for one in answer.get("Messages", [])]

        return self._asked(receive)

    def done(self, receipt: str) -> None:
        """Delete a message."""
        self._asked(lambda queue: queue.delete_message(QueueUrl=self.queue_url, ReceiptHandle=receipt))

    def _asked(self, ask: Callable[[Any], Result]) -> Result:
        with self._making:
            queue = self._queue
        with _translated():
            return ask(queue)

    @cached_property
    def _queue(self) -> Any:
        try:
            from botocore.config import Config  # noqa: PLC0415 - only where there is a queue
            from botocore.session import Session  # noqa: PLC0415
        except ImportError as error:
            message = "Reading the notifications queue needs botocore: pip install portside[aws]"
            raise NotConfigured(message, _QUEUE) from error
        host = urlsplit(self.queue_url).hostname or ""
        named = _REGION.fullmatch(host)
        config = Config(
            connect_timeout=self.timeout_seconds,
            read_timeout=self.timeout_seconds + _LONG_POLL,
            retries={"mode": "standard", "total_max_attempts": 2},
        )
        with _translated():
            return Session().create_client(
                "sqs",
                region_name=named[1] if named else self.region,
                endpoint_url=None if _AWS.fullmatch(host) else _origin(self.queue_url),
                config=config,
            )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@contextmanager
def _translated() -> Iterator[None]:
    """Errors of botocore in our words. Their own texts may quote what was sent, and are not passed on."""
    from botocore import exceptions as aws  # noqa: PLC0415 - only where there is a queue
    from botocore import parsers  # noqa: PLC0415

    try:
        yield
    except (aws.NoCredentialsError, aws.PartialCredentialsError, aws.CredentialRetrievalError) as error:
        message = "There are no AWS credentials to read the notifications queue with."
        raise NotConfigured(message, _CREDENTIALS) from error
    except aws.ClientError as error:
        raise _refusal(error.response.get("Error", {}).get("Code", ""), error) from error
    except (aws.ConnectTimeoutError, aws.ReadTimeoutError) as error:
        raise UpstreamTimedOut(f"{_FAR_SIDE} did not answer in time.") from error
    # botocore's parser stumbles in its own ways over JSON of another shape.
    except (aws.BotoCoreError, parsers.ResponseParserError, *_ODD_SHAPES) as error:
        raise UpstreamFailed(f"{_FAR_SIDE} could not be reached, or its answer can't be read.") from error


def _refusal(code: str, error: Any) -> NotConfigured | UpstreamFailed:
    if code in _GONE:
        return NotConfigured(
            "The notifications queue does not exist (AMAZON_NOTIFICATIONS_QUEUE_URL): check its address and region.",
            _QUEUE,
        )
    if code in _STRANGERS:
        return NotConfigured(
            f"AWS does not accept the credentials for the notifications queue ({code}).", _CREDENTIALS
        )
    if code in _FORBIDDEN:
        message = "AWS does not let us read the notifications queue: allow sqs:ReceiveMessage and sqs:DeleteMessage."
        return NotConfigured(message, (*_QUEUE, *_CREDENTIALS))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "no status")
    return UpstreamFailed(f"{_FAR_SIDE} answered with an error ({status}).")
