"""The accounts that a grant can see, listed to the last page.

Source: Amazon Ads API, "Ads accounts", "Profiles", "DSP advertisers" and "Manager accounts".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.ads.call import AdsCall, AdsCalls
from adapters.ads.wire import accounts as wire
from domain.ads.accounts import FoundAccount, FoundPage
from domain.connections.model import Connection
from domain.errors import WrongAnswer
from domain.gateway.model import Patience
from domain.marketplaces import Region

_ACCOUNTS = "application/vnd.listaccountsresource.v1+json"
_MANAGERS = "application/vnd.getmanageraccountsresponse.v1+json"
_PAGE_SIZE = 100
#: More pages than any user has accounts for: whoever gets here goes in circles.
_PAGES = 1_000
#: Amazon takes no offset beyond this one.
_LAST_START = 29_900


@dataclass(frozen=True)
class AmazonAdsDirectory:
    """See ``domain.ads.ports.AdsDirectory``."""

    ads: AdsCalls

    def ads_accounts(
        self, connection: Connection, patience: Patience = Patience.BACKGROUND, place: str | None = None
    ) -> Iterator[FoundPage]:
        """Global accounts, asked for at the grant's home. An empty page may have a successor."""
        token = place
        seen: set[str] = set()
        for _ in range(_PAGES):
            body: dict[str, object] = {"maxResults": _PAGE_SIZE}
            if token is not None:
                body["nextToken"] = token
            call = AdsCall(
                "listAdsAccounts",
                "POST",
                connection.region,
                "/adsAccounts/list",
                body=body,
                content_type=_ACCOUNTS,
                accept=_ACCOUNTS,
            )
            found, token = self.ads.call(connection, call, wire.accounts_page, patience)
            if token in seen:
                break
            yield FoundPage(tuple(found), token)
            if token is None:
                return
            seen.add(token)
        raise _endless("ads accounts")

    def profiles(
        self, connection: Connection, region: Region, patience: Patience = Patience.BACKGROUND
    ) -> Sequence[FoundAccount]:
        """Those that the user may edit, which is what Amazon lists, and then those that may only be viewed."""
        editable = self._profiles(connection, region, {}, "edit", patience)
        query = {"apiProgram": "campaign", "accessLevel": "view"}
        visible = self._profiles(connection, region, query, "view", patience)
        return list({each.amazon_id: each for each in (*visible, *editable)}.values())

    def dsp_advertisers(
        self,
        connection: Connection,
        agency: FoundAccount,
        patience: Patience = Patience.BACKGROUND,
        place: str | None = None,
    ) -> Iterator[FoundPage]:
        """By offset, until as many were told as there are."""
        start = int(place or 0)
        while start <= _LAST_START:
            call = AdsCall(
                "listDspAdvertisers",
                "GET",
                agency.region,
                "/dsp/advertisers",
                query={"startIndex": str(start), "count": str(_PAGE_SIZE)},
                profile_id=agency.amazon_id,
            )
            found, total = self.ads.call(
                connection, call, lambda answer: wire.advertisers_page(answer, agency), patience
            )
            start += len(found)
            if not found and start < total:
                raise WrongAnswer(
                    f"Amazon's list of DSP advertisers ends after {start} of {total}.", channel="ads"
                )
            yield FoundPage(tuple(found), str(start) if start < total else None)
            if start >= total:
                return
        raise _endless("DSP advertisers")

    def managed_advertisers(
        self, connection: Connection, region: Region, patience: Patience = Patience.BACKGROUND
    ) -> Sequence[FoundAccount]:
        """One page is all there is."""
        call = AdsCall("listManagerAccounts", "GET", region, "/managerAccounts", accept=_MANAGERS)
        return self.ads.call(
            connection, call, lambda answer: wire.managed_advertisers(answer, region), patience
        )

    def _profiles(
        self, connection: Connection, region: Region, query: dict[str, str], access: str, patience: Patience
    ) -> list[FoundAccount]:
        call = AdsCall("listProfiles", "GET", region, "/v2/profiles", query=query)
        return self.ads.call(connection, call, lambda answer: wire.profiles(answer, region, access), patience)


def _endless(what: str) -> WrongAnswer:
    return WrongAnswer(f"Amazon's list of {what} has no end.", channel="ads")
