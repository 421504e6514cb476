"""The simulated Ads API driven by hand."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from entrypoints.simulator.ads.config import AdsConfig
from entrypoints.simulator.ads.people import Profile
from tests.entrypoints.simulator.driven import Amazon

LISTED = "application/vnd.listaccountsresource.v1+json"
REPORT = "application/vnd.createasyncreportrequest.v3+json"
COLUMNS = ["date", "campaignId", "campaignName", "impressions", "clicks", "cost", "sales7d", "sales14d"]


@dataclass
class AdsSide:
    """An Amazon, seen by an advertiser's program."""

    amazon: Amazon

    @classmethod
    def with_config(cls, amazon: dict[str, Any] | None = None, **ads: Any) -> AdsSide:
        return cls(Amazon.with_config(ads=AdsConfig(**ads), **(amazon or {})))

    @property
    def config(self) -> AdsConfig:
        return self.amazon.config.ads

    @cached_property
    def token(self) -> str:
        return self.access_token()

    def access_token(self, person: int = 0) -> str:
        """Of the agency's person, who sees everything; of a seller's with another number."""
        ads = self.amazon.simulator.ads
        refresh_token = ads.refresh_token(ads.directory.everybody.persons[person].id)
        answer = self.tokens(grant_type="refresh_token", refresh_token=refresh_token)
        assert answer.status_code == 200, answer.text
        return str(answer.json["access_token"])

    def tokens(self, **fields: str) -> TestResponse:
        client = {"client_id": self.config.client_id, "client_secret": self.config.client_secret}
        return self.amazon.token_request(**client | fields)

    def profile(self, country: str = "US", kind: str = "seller") -> Profile:
        everyone = self.amazon.simulator.ads.directory.everybody.profiles
        return next(each for each in everyone if (each.country_code, each.type) == (country, kind))

    def headers(
        self, profile: Profile | None = None, token: str | None = None, /, **more: str
    ) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {token or self.token}",
            "Amazon-Advertising-API-ClientId": self.config.client_id,
        }
        if profile is not None:
            headers["Amazon-Advertising-API-Scope"] = str(profile.id)
        return headers | {name.replace("_", "-"): value for name, value in more.items()}

    def get(
        self, path: str, profile: Profile | None = None, region: str = "na", **query: Any
    ) -> TestResponse:
        return self.amazon.http.get(f"/ads/{region}{path}", headers=self.headers(profile), query_string=query)

    def listed(self, body: dict[str, Any] | None = None, region: str = "na", **headers: str) -> TestResponse:
        types = {"Content_Type": LISTED, "Accept": LISTED} | headers
        return self.amazon.http.post(
            f"/ads/{region}/adsAccounts/list",
            data=json.dumps(body or {}),
            headers=self.headers(None, None, **types),
        )

    def control(self, path: str, **body: Any) -> TestResponse:
        answer = self.amazon.http.post(f"/simulator/ads/{path}", json=body)
        assert answer.status_code in (200, 204), answer.text
        return answer

    def ask(self, profile: Profile | None = None, /, **changes: Any) -> TestResponse:
        """Ask for a report: sponsored products by campaign and day, unless something else is said."""
        profile = profile or self.profile()
        body = wish(**changes)
        return self.amazon.http.post(
            f"/ads/{profile.region}/reporting/reports",
            data=json.dumps(body),
            headers=self.headers(profile, Content_Type=REPORT),
        )

    def look(self, report_id: str, profile: Profile | None = None) -> dict[str, Any]:
        profile = profile or self.profile()
        answer = self.get(f"/reporting/reports/{report_id}", profile, profile.region)
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def fetch(self, url: str, **headers: str) -> TestResponse:
        """What is at an address, fetched without a token."""
        parts = urlsplit(url)
        return self.amazon.http.get(f"{parts.path}?{parts.query}", headers=headers)

    def rows(self, profile: Profile | None = None, /, **changes: Any) -> list[dict[str, Any]]:
        """Ask, wait and read."""
        answer = self.ask(profile, **changes)
        assert answer.status_code == 200, answer.text
        self.amazon.clock.advance(seconds=self.amazon.config.report_seconds)
        url = self.look(answer.json["reportId"], profile)["url"]
        return [] if url is None else json.loads(gzip.decompress(self.fetch(url).data))

    def truth(self, **query: Any) -> list[dict[str, Any]]:
        answer = self.amazon.http.get("/simulator/ads/truth", query_string=query)
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines()]


def wish(**changes: Any) -> dict[str, Any]:
    """The body of a request for a report; changes to the configuration, the dates and the name."""
    outer: dict[str, Any] = {
        name: changes.pop(name) for name in ("startDate", "endDate", "name") if name in changes
    }
    configuration: dict[str, Any] = {
        "adProduct": "SPONSORED_PRODUCTS",
        "reportTypeId": "spCampaigns",
        "groupBy": ["campaign"],
        "columns": COLUMNS,
        "timeUnit": "DAILY",
        "format": "GZIP_JSON",
    }
    return {
        "startDate": "2026-10-01",
        "endDate": "2026-10-14",
        **outer,
        "configuration": configuration | changes,
    }
