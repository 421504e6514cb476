"""One call of the Ads API, as those who make calls say it to the one who carries them out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from domain.connections.model import Connection
from domain.gateway.model import Patience
from domain.marketplaces import Region

T = TypeVar("T")

JSON_TYPE = "application/json"


@dataclass(frozen=True)
class AdsCall:
    """``operation`` is Amazon's name for it, by which it is counted, logged and held back.

    ``query`` is decoded; ``body`` becomes JSON. ``profile_id`` goes into the Scope header, ``account_id`` into
    ``Amazon-Ads-AccountId``. What is not ``repeatable`` may be done twice when it is sent twice.
    """

    operation: str
    method: str
    region: Region
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = field(default=None, repr=False)
    content_type: str = JSON_TYPE
    accept: str = JSON_TYPE
    profile_id: str | None = None
    account_id: str | None = None
    repeatable: bool = True


class AdsCalls(Protocol):
    """The way to the Ads API: tokens, limits, retries and errors are its business."""

    def call(
        self, connection: Connection, call: AdsCall, read: Callable[[object], T], patience: Patience
    ) -> T:
        """What ``read`` makes of the answer's JSON (numbers as ``int`` and ``Decimal``).

        Raises:
            WrongAnswer: the answer is no JSON, or ``read`` says that it is not as promised.
            AccessDenied: the user behind the grant may not do this, or not with this profile.
            NotFound: Amazon does not know it.
            ChannelError: any other of the gateway's; UsagePlanEmpty says when to come again.
        """
