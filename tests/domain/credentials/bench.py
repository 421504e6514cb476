"""The installation's client on fakes: one or more processes of it, one database, one LWA."""

import json
from datetime import datetime, timedelta
from typing import Any

from adapters.memory.buckets import MemoryBuckets
from domain.credentials.application import ApplicationClient
from domain.credentials.model import ClientSecret, fingerprint
from domain.credentials.notices import ClientNotices
from domain.credentials.notifications import NEW_SECRET, SECRET_EXPIRY
from domain.credentials.pace import Pace
from domain.credentials.probe import ClientSecretProbe
from domain.credentials.shelf import SecretShelf
from domain.tokens.model import RefreshToken
from tests.fakes.chance import EvenChance
from tests.fakes.clock import HeldClock
from tests.fakes.lwa_endpoint import KnowingLwa
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.notifications import MemoryQueue
from tests.fakes.things import NOW

CLIENT_ID = "amzn1.application-oa2-client.ours"
OLD, NEW, NEWEST = (f"amzn1.oa2-cs.v1.{name}" for name in ("old-one", "new-one", "newest-one"))
TOKEN = RefreshToken("Atzr|seller")
DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)


class Installation:
    """What all processes share: clock, database, buckets, LWA and the queue."""

    def __init__(self, *good: str) -> None:
        self.clock = HeldClock(NOW)
        self.store = MemoryStore()
        self.buckets = MemoryBuckets()
        self.lwa = KnowingLwa(self.clock, *good)
        self.queue = MemoryQueue()

    def work(self) -> MemoryWork:
        return MemoryWork(self.store)

    def look(self) -> MemoryWork:
        return MemoryWork(self.store, reading=True)

    def process(self, *configured: str) -> "Process":
        """A process that was started with these secrets in its settings."""
        return Process(self, configured)

    def known(self, secret: str) -> ClientSecret | None:
        """What the database says of a secret."""
        return self.store.tables.client_secrets.get((CLIENT_ID, fingerprint(secret)))


class Process:
    """One process: its own memory, and what it does."""

    def __init__(self, shared: Installation, configured: tuple[str, ...]) -> None:
        clock = shared.clock
        shelf = SecretShelf(shared.work, shared.look, clock, CLIENT_ID, configured)
        pace = Pace(shared.buckets, clock, EvenChance())
        self.client = ApplicationClient(shared.lwa, shelf, pace, clock)
        self.notices = ClientNotices(shared.queue, shared.work, shelf, clock)
        self.probe = ClientSecretProbe(shelf, clock)

    def refresh(self) -> None:
        """One exchange in the name of the installation."""
        self.client.refresh(TOKEN, None)


def new_secret(
    secret: str = NEW, issued_at: datetime = NOW, client_id: str = CLIENT_ID, **changes: Any
) -> str:
    """Amazon's notification that the client has a new secret."""
    told = {
        "clientId": client_id,
        "newClientSecret": secret,
        "newClientSecretExpiryTime": _iso(issued_at + 180 * DAY),
        "oldClientSecretExpiryTime": _iso(issued_at + 7 * DAY),
        **changes,
    }
    return json.dumps(envelope(NEW_SECRET, {"applicationOAuthClientNewSecret": told}))


def coming_expiry(expires_at: datetime, client_id: str = CLIENT_ID) -> str:
    """Amazon's notification that the present secret ends."""
    told = {
        "clientId": client_id,
        "clientSecretExpiryTime": _iso(expires_at),
        "clientSecretExpiryReason": "PERIODIC_ROTATION",
    }
    return json.dumps(envelope(SECRET_EXPIRY, {"applicationOAuthClientSecretExpiry": told}))


def envelope(kind: str, payload: object) -> dict[str, object]:
    """What Amazon wraps its payloads in."""
    return {
        "notificationVersion": "1.0",
        "notificationType": kind,
        "payloadVersion": "2023-11-30",
        "eventTime": _iso(NOW),
        "payload": payload,
        "notificationMetadata": {
            "applicationId": "amzn1.sp.solution.ours",
            "subscriptionId": "s-1",
            "publishTime": _iso(NOW),
            "notificationId": "n-1",
        },
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
