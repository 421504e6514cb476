"""Calls to SP-API, and what comes back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

from domain.errors import InvalidInput
from domain.gateway.usage_plans import Bucket, Growth, UsagePlan

#: As a whole segment of a path these lead elsewhere, encoded or not.
_NO_SEGMENTS = ("", ".", "..")
#: Where the id of a request stands: SP-API has the first, the Ads API any of them.
_REQUEST_ID = ("x-amzn-requestid", "x-amz-rid", "x-amz-request-id", "amazon-advertising-api-requestid")


class Patience(StrEnum):
    """Who waits for the answer."""

    INTERACTIVE = (
        "interactive"  # a person: waits two seconds for the usage plan, then is told when to come back
    )
    BACKGROUND = "background"  # a run: parks at once, and leaves a reserve in the bucket


@dataclass(frozen=True)
class Operation:
    """One operation of SP-API. ``role`` is what Amazon calls the permission it needs, for explaining a 403.

    ``path`` is as Amazon's models have it, its parameters in braces. ``application_plan`` counts the calls of all
    sellers together. What is not ``repeatable`` may be done twice when it is sent twice. ``bare_list``: the answer is a
    JSON list instead of an object.
    """

    name: str
    path: str
    plan: UsagePlan
    role: str
    method: str = "GET"
    repeatable: bool = True
    bare_list: bool = False
    application_plan: UsagePlan | None = None
    growth: Growth | None = None  # of the waits, where the plan is ours and Amazon tells nothing of its own


@dataclass(frozen=True)
class Call:
    """One call of an operation. ``query`` and ``values`` (the path's parameters) are decoded; lists are joined by
    commas, as Amazon wants them. ``body`` is JSON.

    ``raw_path`` and ``raw_query`` are somebody else's words, encoded already: where they are there they are sent as
    they stand, in the place of ``values`` and ``query``.
    """

    operation: Operation
    query: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    raw_path: str | None = None
    raw_query: str | None = None

    def __post_init__(self) -> None:
        """Refuse what would become another path.

        Raises:
            InvalidInput: a parameter of the path can't be one.
        """
        bad = [name for name, value in self.values.items() if value in _NO_SEGMENTS]
        if bad and self.raw_path is None:
            raise InvalidInput(dict.fromkeys(bad, "Amazon can't be asked for this"))

    @property
    def path(self) -> str:
        """The path with its parameters in it: each one whole, whatever characters a SKU has."""
        if self.raw_path is not None:
            return self.raw_path
        return re.sub(r"\{(\w+)\}", lambda name: quote(self.values[name[1]], safe=""), self.operation.path)


@dataclass(frozen=True)
class Answer:
    """What came back over the wire, untouched. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def request_id(self) -> str | None:
        """Amazon's own id of the request, which their support asks for."""
        return next((self.headers[name] for name in _REQUEST_ID if self.headers.get(name)), None)


@dataclass(frozen=True)
class BucketKey:
    """Whose bucket: plans count per application, selling partner and operation, in one region.

    Where the calls of all sellers count together, ``seller_id`` is empty.
    """

    application: str
    region: str
    seller_id: str
    operation: str

    @property
    def owner(self) -> "BucketOwner":
        """Whose it is, whatever the operation."""
        return BucketOwner(self.application, self.region, self.seller_id)


@dataclass(frozen=True)
class BucketOwner:
    """A seller in a region, as an application sees it."""

    application: str
    region: str
    seller_id: str


@dataclass(frozen=True)
class Level:
    """What is left in a bucket that was ``bucket`` when it was last asked. ``rate`` is the learned one, if one was."""

    key: BucketKey
    bucket: Bucket | None  # None: nobody has called, a rate is known only
    rate: float | None


@dataclass(frozen=True)
class AwsCredentials:
    """What a role lends us: good for signing until ``expires_at`` (aware, UTC)."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires_at: datetime
