"""What the gateway asks of the world."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.connections.model import Connection
from domain.gateway.model import Answer, AwsCredentials, BucketKey, BucketOwner, Call, Level, Patience
from domain.gateway.usage_plans import UsagePlan
from domain.tokens.model import AccessToken


class Wire(Protocol):
    """One request to SP-API."""

    def send(self, connection: Connection, call: Call, token: AccessToken) -> Answer:
        """Send the call once, whatever its status; never retried, never redirected.

        Where a role of AWS's is set for the connection, the request is signed with it.

        Raises:
            AccessDenied, NotConfigured, UpstreamRefused: that role can't be assumed; says what to do.
            UpstreamTimedOut: no answer in time.
            RateLimited: AWS asks us to slow down.
            UpstreamUnreachable: no connection came about, or no credentials of the role: nothing was sent.
            UpstreamFailed: the connection broke off.
        """


class Passage(Protocol):
    """The way to SP-API for calls in somebody else's words; ``domain.gateway.call.Gateway`` is one."""

    def pass_on(self, connection: Connection, call: Call, patience: Patience) -> Answer:
        """Amazon's own answer, authenticated, planned and retried."""


class Buckets(Protocol):
    """Token buckets, shared by everybody who uses the same store."""

    def take(self, key: BucketKey, plan: UsagePlan, now: datetime, reserve: float) -> float:
        """Take one token in one atomic step, or learn how many seconds to wait before asking again (then > 0).

        A rate learned for the key replaces the plan's. An unknown key is a full bucket.
        """

    def learn(self, key: BucketKey, rate: float) -> None:
        """Keep the rate (calls a second) that the channel named; the level stays."""

    def empty(self, key: BucketKey, plan: UsagePlan, now: datetime, retry_after: float | None) -> float:
        """The channel said "too many": empty the bucket; returns the seconds until the next token."""

    def levels(self, sellers: Collection[BucketOwner]) -> list[Level]:
        """The buckets of these sellers that anybody has asked, as they were left, in one statement."""


class AccessTokenSource(Protocol):
    """Where the gateway gets its tokens; ``domain.tokens.access.AccessTokens`` is one."""

    def for_connection(self, connection_id: UUID) -> AccessToken:
        """A token that lives long enough for a call."""

    def refused(self, connection_id: UUID, token: AccessToken) -> None:
        """The channel says that this token is dead."""


class CallLog(Protocol):
    """Where every upstream call leaves its trace: never a header, never a body."""

    def answered(
        self,
        call: Call,
        connection_id: UUID,
        status: int,
        seconds: float,
        attempt: int,
        request_id: str | None,
        waited: float,
    ) -> None:
        """The channel answered, whatever it said. ``waited``: seconds that the call had to wait for usage plans so far."""

    def failed(
        self, call: Call, connection_id: UUID, cause: str, seconds: float, attempt: int, waited: float
    ) -> None:
        """No answer came; ``cause`` is the error's name."""

    def waited(self, call: Call, seconds: float) -> None:
        """The call has waited for a usage plan, for so long this time."""


class UsageMeter(Protocol):
    """Counts what every seller asks of Amazon."""

    def count(self, connection: Connection, operation: str, method: str, status: int | None) -> None:
        """A request was sent; ``None``: no whole answer came. Never raises."""


class RoleSessions(Protocol):
    """IAM roles that we may take on, at AWS's Security Token Service."""

    def credentials(self, role_arn: str, external_id: str, *, anew: bool = False) -> AwsCredentials:
        """Credentials of the role that live five minutes or longer; ``anew``: asked for just now, as a proof.

        Raises:
            NotConfigured: no AWS credentials, wrong ones, or botocore is missing: the operator's to mend.
            AccessDenied: the role's trust policy does not let us in.
            RateLimited, UpstreamRefused, UpstreamFailed, UpstreamTimedOut: no credentials were to be had.

        Source: AWS STS documentation, "AssumeRole".
        """


class Stopwatch(Protocol):
    """Measures how long something took."""

    def seconds(self) -> float:
        """A reading that only ever grows; differences are seconds."""


class Chance(Protocol):
    """Randomness for jitter."""

    def between(self, low: float, high: float) -> float:
        """Any number from ``low`` to ``high``."""


Json = Mapping[str, object]
