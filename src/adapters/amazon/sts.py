"""AWS's Security Token Service: roles that we may take on. botocore is imported when the first one is asked for.

Source: AWS STS documentation, "AssumeRole" and "How to use an external ID".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from domain.clock import Clock
from domain.errors import (
    AccessDenied,
    NotConfigured,
    PortsideError,
    RateLimited,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
)
from domain.gateway.model import AwsCredentials

#: A signature must outlive the slowest call, and a role that is renewed early is never waited for.
_RENEWED_BEFORE = timedelta(minutes=5)
#: More roles than threads that could ask for them at once.
_QUEUES = 64
_LONGEST_NAME = 64
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
#: What AWS says of keys that are wrong, deleted or out of date, and of requests that were signed with them.
_BAD_KEYS = (
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "ExpiredToken",
    "ExpiredTokenException",
    "AuthFailure",
)
_THROTTLED = ("Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded")
#: AWS publishes no wait; its own clients begin with about this one.
_THROTTLED_SECONDS = 5.0
#: The AWS regions that SP-API's own regions live in. Source: SP-API documentation, "SP-API Endpoints".
_SELLING_REGIONS = {"us-east-1": "na", "eu-west-1": "eu", "us-west-2": "fe"}


@dataclass(frozen=True)
class _Botocore:
    """The parts of botocore that are used here."""

    config: Any
    exceptions: Any
    parsers: Any
    session: Any


@dataclass(frozen=True)
class StsRoles:
    """Assumes roles, and keeps their credentials until five minutes before they end; see ``RoleSessions``.

    One request a call, nothing is repeated. ``url`` is where STS is, ``None`` for AWS's own of that region. Whose AWS
    credentials we act with is found the way all AWS clients find them.
    """

    region: str
    url: str | None
    timeout_seconds: float
    clock: Clock
    _lent: dict[tuple[str, str], AwsCredentials] = field(default_factory=dict, init=False, repr=False)
    _clients: list[Any] = field(default_factory=list, init=False, repr=False)  # one, once it is made
    _making: Lock = field(default_factory=Lock, init=False, repr=False)
    _queues: tuple[Lock, ...] = field(
        default_factory=lambda: tuple(Lock() for _ in range(_QUEUES)), init=False, repr=False
    )

    def credentials(self, role_arn: str, external_id: str, *, anew: bool = False) -> AwsCredentials:
        """Credentials of the role; see ``domain.gateway.ports.RoleSessions``."""
        key = (role_arn, external_id)
        # Threads queue here, so that the second finds the first one's credentials instead of asking STS again.
        with self._queues[hash(key) % _QUEUES]:
            lent = self._lent.get(key)
            if lent is None or anew or self._running_out(lent):
                lent = self._assumed(role_arn, external_id)
                self._forget_old()
                self._lent[key] = lent
            return lent

    def _running_out(self, credentials: AwsCredentials) -> bool:
        return self.clock.now() + _RENEWED_BEFORE >= credentials.expires_at

    def _forget_old(self) -> None:
        """What nobody asks for any more is not kept for ever."""
        for key, credentials in tuple(self._lent.items()):
            if self._running_out(credentials):
                self._lent.pop(key, None)

    def _assumed(self, role_arn: str, external_id: str) -> AwsCredentials:
        botocore = _botocore()
        name = "portside-" + re.sub(r"[^\w+=,.@-]", "-", external_id, flags=re.ASCII)
        try:
            answer = self._client(botocore).assume_role(
                RoleArn=role_arn, RoleSessionName=name[:_LONGEST_NAME], ExternalId=external_id
            )
        except botocore.exceptions.ClientError as error:
            raise _refusal(error.response, role_arn, external_id) from error
        except botocore.exceptions.BotoCoreError as error:
            raise _failure(botocore, error) from error
        # botocore's parser stumbles over XML of another shape, and over dates that are none.
        except (botocore.parsers.ResponseParserError, LookupError, ValueError) as error:
            raise UpstreamFailed("AWS STS's answer can't be read.") from error
        return _read(answer)

    def _client(self, botocore: _Botocore) -> Any:
        """The client for all roles and threads: making one takes as long as several calls."""
        with self._making:
            if not self._clients:
                self._clients.append(self._made(botocore))
            return self._clients[0]

    def _made(self, botocore: _Botocore) -> Any:
        session = botocore.session.Session()
        if session.get_credentials() is None:
            raise NotConfigured(
                "A role is set, but Portside has no AWS credentials to assume it with.", _KEYS
            )
        options = botocore.config.Config(
            connect_timeout=self.timeout_seconds,
            read_timeout=self.timeout_seconds,
            retries={"total_max_attempts": 1},
            parameter_validation=False,  # what is wrong with an ARN, STS says itself
        )
        url = self.url and self.url.replace("{region}", _SELLING_REGIONS.get(self.region, "na"))
        return session.create_client("sts", region_name=self.region, endpoint_url=url, config=options)


def _botocore() -> _Botocore:
    """Imported by whoever needs it: it takes most of a second and thirty megabytes, and few installations have a role."""
    try:
        from botocore import config, exceptions, parsers, session  # noqa: PLC0415 - see above
    except ImportError as error:
        raise NotConfigured(
            "A role is set, but the package that speaks to AWS is missing: pip install portside[aws]",
            ("AMAZON_SP_ROLE_ARN",),
        ) from error
    return _Botocore(config, exceptions, parsers, session)


def _read(answer: Mapping[str, Any]) -> AwsCredentials:
    found = answer.get("Credentials") or {}
    texts = [found.get(name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
    expires_at = found.get("Expiration")
    if not all(isinstance(text, str) and text for text in texts) or not isinstance(expires_at, datetime):
        raise UpstreamFailed("AWS STS answered without credentials.")
    key_id, secret, token = (str(text) for text in texts)
    return AwsCredentials(key_id, secret, token, expires_at.astimezone(UTC))


def _refusal(response: Mapping[str, Any], role_arn: str, external_id: str) -> PortsideError:
    """What STS's own error stands for."""
    said, meta = response.get("Error") or {}, response.get("ResponseMetadata") or {}
    code, status = str(said.get("Code", "")), int(meta.get("HTTPStatusCode", 0))
    request_id = meta.get("RequestId")
    if code in ("AccessDenied", "AccessDeniedException"):
        return AccessDenied(
            f"AWS does not let us assume {role_arn}: its trust policy has to allow the AWS account or user that "
            f"Portside's credentials belong to, with the external id {external_id}.",
            request_id=request_id,
        )
    if code in _BAD_KEYS:
        return NotConfigured(
            f"AWS does not accept Portside's AWS credentials ({code}): they are wrong, deleted or out of date.",
            _KEYS,
        )
    if code in _THROTTLED:
        return RateLimited("AWS STS asks us to slow down.", _THROTTLED_SECONDS, channel="amazon")
    if status >= 500 or not code.isalpha():
        return UpstreamFailed(f"AWS STS failed ({status}).", request_id=request_id)
    return UpstreamRefused(f"AWS STS refused to assume {role_arn} ({code[:40]}).", request_id=request_id)


def _failure(botocore: _Botocore, error: Exception) -> PortsideError:
    """What an error of botocore's own stands for: no answer, or no credentials to ask with."""
    kinds = botocore.exceptions
    if isinstance(error, kinds.ConnectTimeoutError | kinds.ReadTimeoutError):
        return UpstreamTimedOut("AWS STS did not answer in time.")
    if isinstance(error, kinds.ConnectionError | kinds.HTTPClientError):
        return UpstreamFailed("AWS STS could not be reached, or broke the connection off.")
    # Half of a key pair, a profile that is not there, a metadata service that does not answer.
    return NotConfigured(f"Portside's AWS credentials can't be used ({type(error).__name__}).", _KEYS)
