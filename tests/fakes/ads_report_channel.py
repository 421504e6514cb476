"""Reporting v3, playing a script: reports are made at once, unless a test says how they get on or what goes wrong."""

import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.ads.accounts import Account
from domain.ads.coverage import days_of
from domain.ads.reports import AdsLook, AdsReportRequest
from domain.clock import Clock
from domain.connections.model import Connection
from domain.errors import NotFound

Row = dict[str, object]


def no_rows(_account: Account, _request: AdsReportRequest) -> list[Row]:
    """Nobody advertises."""
    return []


@dataclass
class ScriptedAdsReports:
    """Reports ``A-1``, ``A-2``, … whose rows are those that ``rows`` tells when they are finished.

    The same is not made twice while it is being made: whoever asks again is given the first one's id. ``statuses`` are
    told one a look before a report is over, ``ends`` in place of its end. ``trouble`` is raised, one for each call of
    that name (``create``, ``look``, ``document``); ``None`` lets a call through. After one in ``lost_answers`` the report
    was made all the same. ``broken_at`` breaks documents off before that part, as often as it says.
    """

    clock: Clock
    rows: Callable[[Account, AdsReportRequest], list[Row]] = no_rows
    statuses: deque[str] = field(default_factory=deque)
    ends: deque[str] = field(default_factory=deque)
    trouble: dict[str, deque[Exception | None]] = field(default_factory=dict)
    lost_answers: deque[Exception] = field(default_factory=deque)
    broken_at: deque[tuple[int, Exception]] = field(default_factory=deque)
    rows_in_a_part: int = 1000
    made: dict[str, AdsLook] = field(default_factory=dict)
    whose: dict[str, Account] = field(default_factory=dict)
    created: list[tuple[str, AdsReportRequest]] = field(default_factory=list)  # by profile
    asked: int = 0
    looked: list[tuple[str, datetime]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    def create(self, connection: Connection, account: Account, request: AdsReportRequest) -> str:
        self.asked += 1
        self._suffer("create")
        for look in self.made.values():
            mine = self.whose[look.amazon_id].id == account.id and look.request is not None
            if mine and look.status == "PENDING" and look.request and look.request.asks_the_same(request):
                return look.amazon_id
        amazon_id = f"A-{len(self.made) + 1}"
        self.created.append((account.found.amazon_id, request))
        self.made[amazon_id] = AdsLook(amazon_id, "PENDING", request)
        self.whose[amazon_id] = account
        if self.lost_answers:
            raise self.lost_answers.popleft()
        return amazon_id

    def look(self, connection: Connection, account: Account, amazon_id: str) -> AdsLook:
        self.looked.append((amazon_id, self.clock.now()))
        self._suffer("look")
        look = self.made.get(amazon_id)
        if look is None:
            raise NotFound("Amazon does not know this report.")
        if look.status != "PENDING":
            return look
        if self.statuses:
            return replace(look, status=self.statuses.popleft())
        end = self.ends.popleft() if self.ends else "COMPLETED"
        reason = None if end == "COMPLETED" else "Internal Server Error"
        rows = self.rows(account, look.request) if look.request else []
        url = f"https://reports/{amazon_id}" if rows and end == "COMPLETED" else None
        over = replace(look, status=end, url=url, failure_reason=reason)
        self.made[amazon_id] = over
        return over

    @contextmanager
    def document(self, account: Account, look: AdsLook) -> Iterator[Iterator[bytes]]:
        self.opened.append(look.amazon_id)
        self._suffer("document")
        yield self._parts(account, look)

    def _parts(self, account: Account, look: AdsLook) -> Iterator[bytes]:
        broken_at, error = self.broken_at.popleft() if self.broken_at else (-1, None)
        rows = self.rows(account, look.request) if look.request else []
        for number, start in enumerate(range(0, len(rows), self.rows_in_a_part)):
            if number == broken_at and error is not None:
                raise error
            part = rows[start : start + self.rows_in_a_part]
            yield b"".join(json.dumps(row).encode() + b"\n" for row in part)

    def _suffer(self, name: str) -> None:
        waiting = self.trouble.get(name)
        error = waiting.popleft() if waiting else None
        if error is not None:
            raise error


def campaign_rows(clicks: Callable[[int, str], int], campaigns: int = 2) -> Callable[..., list[Row]]:
    """Rows of any report by day: each of so many campaigns has so many clicks on a day, at half a dollar each."""

    def rows(account: Account, request: AdsReportRequest) -> list[Row]:
        found: list[Row] = []
        for day in days_of((request.start, request.end)):
            for number in range(1, campaigns + 1):
                count = clicks(number, day.isoformat())
                if count:
                    found += _ads_of(number, day.isoformat(), count, request)
        return found

    return rows


def _ads_of(number: int, day: str, clicks: int, request: AdsReportRequest) -> list[Row]:
    """One row; of a report by product three, two of which are for the same one."""
    every: Row = {
        "date": day,
        "startDate": request.start.isoformat(),
        "endDate": request.end.isoformat(),
        "campaignId": f"{number}",
        "campaignName": f"Campaign {number}",
        "campaignStatus": "ENABLED",
        "campaignBudgetCurrencyCode": "USD",
        "orderId": f"{number}",
        "orderName": f"Order {number}",
        "orderCurrency": "USD",
        "impressions": clicks * 100,
        "clicks": clicks,
        "cost": clicks / 2,
        "totalCost": clicks / 2,
        **{f"purchases{window}": clicks for window in ("", "7d", "14d")},
        **{f"sales{window}": clicks * 10 for window in ("", "7d", "14d")},
        **{f"unitsSold{window}": clicks for window in ("", "Clicks7d", "Clicks14d")},
        "advertisedSku": "SKU-1",
    }
    ads = [{"advertisedAsin": asin} for asin in ("B01", "B01", "B02")]
    wanted = ads if "advertisedAsin" in request.columns else [{}]
    return [{name: row[name] for name in request.columns} for ad in wanted for row in [{**every, **ad}]]
