"""Shopify's token endpoint: what we send, what its answers mean, and what is kept of a grant."""

import json
import traceback
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
import requests
import responses

from adapters.http import Outbound
from adapters.shopify.addresses import ShopifyAddresses
from adapters.shopify.tokens import ShopifyTokens
from domain.errors import (
    ChannelError,
    ClientRefused,
    NotConfigured,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    WrongAnswer,
)
from domain.tokens.model import LwaClient, RefreshToken
from tests.fakes.clock import HeldClock
from tests.fakes.stores import SHOP
from tests.fakes.things import NOW

URL = f"https://{SHOP}/admin/oauth/access_token"
OURS = LwaClient("our-client", "our+secret/&=")
OWN = LwaClient("own-client", "own-secret")
REFRESH = RefreshToken("refresh:shprt_old+/&=")
LENT: dict[str, object] = {"access_token": "shpat_lent", "scope": "read_orders", "expires_in": 3600}
GRANTED: dict[str, object] = {**LENT, "refresh_token": "shprt_new", "refresh_token_expires_in": 7776000}


@pytest.fixture
def upstream() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def tokens() -> ShopifyTokens:
    return endpoint()


def endpoint(client: LwaClient | None = OURS, base: str | None = None) -> ShopifyTokens:
    return ShopifyTokens(ShopifyAddresses(base), Outbound.with_pool(5, 2), HeldClock(NOW), client)


def sent(upstream: responses.RequestsMock) -> dict[str, str]:
    """The one form that was sent, each field once."""
    (call,) = upstream.calls
    body = call.request.body
    assert isinstance(body, bytes)
    pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def shown(error: BaseException) -> str:
    """All that a log would show, the causes with it."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


def test_a_code_is_traded_for_a_token_that_runs_out_and_one_that_renews_it(
    tokens: ShopifyTokens, upstream: responses.RequestsMock
) -> None:
    upstream.post(URL, json=GRANTED)

    grant = tokens.exchange(SHOP, "code+/&=")

    assert grant.refresh_token == RefreshToken("refresh:shprt_new")
    assert (grant.access_token.text, grant.access_token.expires_at) == (
        "shpat_lent",
        NOW + timedelta(hours=1),
    )
    assert sent(upstream) == {
        "client_id": OURS.id,
        "client_secret": OURS.secret,
        "code": "code+/&=",
        "expiring": "1",
    }
    headers = upstream.calls[0].request.headers
    assert headers["Accept"] == "application/json"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_a_code_may_give_a_token_without_an_end(
    tokens: ShopifyTokens, upstream: responses.RequestsMock
) -> None:
    upstream.post(URL, json={"access_token": "shpat_ever", "scope": "read_orders"})

    grant = tokens.exchange(SHOP, "code")

    assert grant.refresh_token == RefreshToken("permanent:shpat_ever")
    assert grant.access_token.usable_at(NOW + timedelta(days=3000))


def test_a_token_that_runs_out_with_nothing_to_renew_it_is_no_grant(
    tokens: ShopifyTokens, upstream: responses.RequestsMock
) -> None:
    upstream.post(URL, json=LENT)

    with pytest.raises(WrongAnswer):
        tokens.exchange(SHOP, "code")


def test_a_refresh_token_is_replaced_with_every_use(
    tokens: ShopifyTokens, upstream: responses.RequestsMock
) -> None:
    upstream.post(URL, json=GRANTED)

    renewal = tokens.refresh(REFRESH, None, SHOP)

    assert renewal.refresh_token == RefreshToken("refresh:shprt_new")
    assert renewal.access_token.text == "shpat_lent"
    assert sent(upstream) == {
        "client_id": OURS.id,
        "client_secret": OURS.secret,
        "refresh_token": "shprt_old+/&=",
        "grant_type": "refresh_token",
    }


def test_a_renewal_without_a_new_refresh_token_keeps_the_old_one(
    tokens: ShopifyTokens, upstream: responses.RequestsMock
) -> None:
    upstream.post(URL, json=LENT)

    assert tokens.refresh(REFRESH, None, SHOP).refresh_token is None


@pytest.mark.parametrize("life", [None, "3600", True, 3600.5])
def test_a_renewal_that_does_not_say_how_long_is_good_for_an_hour(
    tokens: ShopifyTokens, upstream: responses.RequestsMock, life: object
) -> None:
    upstream.post(URL, json={**GRANTED, "expires_in": life})

    assert tokens.refresh(REFRESH, None, SHOP).access_token.expires_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("client", [None, OWN])
def test_client_credentials_are_asked_for_again_and_again(
    tokens: ShopifyTokens, upstream: responses.RequestsMock, client: LwaClient | None
) -> None:
    upstream.post(URL, json={**LENT, "expires_in": 86399})

    grant = tokens.by_client(SHOP, client)

    asker = client or OURS
    assert grant.refresh_token == RefreshToken("client_credentials:")
    assert grant.access_token.expires_at == NOW + timedelta(seconds=86399)
    assert sent(upstream) == {
        "client_id": asker.id,
        "client_secret": asker.secret,
        "grant_type": "client_credentials",
    }
    upstream.calls.reset()
    renewal = tokens.refresh(grant.refresh_token, client, SHOP)
    assert (renewal.access_token.text, renewal.refresh_token) == ("shpat_lent", None)
    assert sent(upstream)["client_id"] == asker.id


def test_a_permanent_token_costs_no_request(tokens: ShopifyTokens, upstream: responses.RequestsMock) -> None:
    grant = tokens.permanent("shpat_ever")

    renewal = tokens.refresh(grant.refresh_token, None, SHOP)

    assert renewal.access_token.text == "shpat_ever"
    assert renewal.refresh_token is None
    assert len(upstream.calls) == 0


def test_no_token_is_renewed_unasked(tokens: ShopifyTokens, upstream: responses.RequestsMock) -> None:
    upstream.post(URL, json=GRANTED)

    lent = [
        tokens.exchange(SHOP, "code").access_token,
        tokens.refresh(REFRESH, None, SHOP).access_token,
        tokens.by_client(SHOP, None).access_token,
        tokens.permanent("shpat_ever").access_token,
    ]

    assert [token.renew_unasked for token in lent] == [False] * 4


@pytest.mark.parametrize("code", ["invalid_grant", "invalid_request", "invalid_token", None])
@pytest.mark.parametrize("status", [400, 401])
def test_a_refused_refresh_is_the_owners_to_mend(
    tokens: ShopifyTokens, upstream: responses.RequestsMock, status: int, code: str | None
) -> None:
    upstream.post(URL, status=status, json={"error": code} if code else {}, headers={"X-Request-Id": "r-1"})

    with pytest.raises(ReauthorizationRequired) as caught:
        tokens.refresh(REFRESH, None, SHOP)

    assert (caught.value.channel, caught.value.request_id) == ("shopify", "r-1")


def test_a_used_code_is_no_revoked_grant(tokens: ShopifyTokens, upstream: responses.RequestsMock) -> None:
    page = (
        "<html>Oauth error invalid_request: The authorization code was not found or was already used</html>"
    )
    upstream.post(URL, status=400, body=page, content_type="text/html")

    with pytest.raises(UpstreamRefused, match="invalid_request"):
        tokens.exchange(SHOP, "code")


@pytest.mark.parametrize("code", ["invalid_client", "unauthorized_client", "application_cannot_be_found"])
@pytest.mark.parametrize("ask", ["code", "refresh", "client"])
def test_a_wrong_client_is_the_operators_to_mend_and_no_store_is_revoked(
    tokens: ShopifyTokens, upstream: responses.RequestsMock, ask: str, code: str
) -> None:
    upstream.post(URL, status=401, json={"error": code})

    with pytest.raises(ClientRefused) as caught:
        _asked(tokens, ask)

    assert (caught.value.code, caught.value.own) == (code, False)
    assert caught.value.missing == ("SHOPIFY_CLIENT_ID", "SHOPIFY_CLIENT_SECRET")


def test_a_wrong_client_of_ones_own_is_ones_own_to_mend(
    tokens: ShopifyTokens, upstream: responses.RequestsMock
) -> None:
    upstream.post(URL, status=401, json={"error": "invalid_client"})

    with pytest.raises(ClientRefused) as caught:
        tokens.by_client(SHOP, OWN)

    assert (caught.value.own, caught.value.missing) == (True, ("client_id", "client_secret"))


@pytest.mark.parametrize(
    "body", ['{"error": "shop_not_permitted"}', "<h1>Oauth error shop_not_permitted: no</h1>"]
)
def test_a_store_of_another_organization_says_what_to_do_instead(
    tokens: ShopifyTokens, upstream: responses.RequestsMock, body: str
) -> None:
    upstream.post(URL, status=400, body=body)

    with pytest.raises(ClientRefused, match="consent page") as caught:
        tokens.by_client(SHOP, None)

    assert caught.value.code == "shop_not_permitted"


def test_an_application_that_is_not_installed_says_so(
    tokens: ShopifyTokens, upstream: responses.RequestsMock
) -> None:
    upstream.post(URL, status=400, json={"error": "app_not_installed"})

    with pytest.raises(ReauthorizationRequired, match="install it") as caught:
        tokens.by_client(SHOP, None)

    assert caught.value.channel == "shopify"


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (402, UpstreamRefused, "frozen"),
        (403, UpstreamRefused, "forbids"),
        (404, UpstreamRefused, "no such store"),
        (423, UpstreamRefused, "locked"),
        (302, UpstreamFailed, "refused"),
        (500, UpstreamFailed, "500"),
        (503, UpstreamFailed, "503"),
    ],
)
@pytest.mark.parametrize("ask", ["code", "refresh", "client"])
def test_other_statuses_revoke_nothing(
    tokens: ShopifyTokens,
    upstream: responses.RequestsMock,
    ask: str,
    status: int,
    kind: type[ChannelError],
    words: str,
) -> None:
    upstream.post(
        URL, status=status, body="<html>invalid_client</html>" if status >= 500 else "<html></html>"
    )

    with pytest.raises(ChannelError, match=words) as caught:
        _asked(tokens, ask)

    assert (type(caught.value), caught.value.channel) == (kind, "shopify")


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("2.5", 2.5), (None, 60.0), ("tomorrow", 60.0)])
@pytest.mark.parametrize("status", [429, 430])
def test_when_throttled_we_know_when_to_come_back(
    tokens: ShopifyTokens,
    upstream: responses.RequestsMock,
    status: int,
    header: str | None,
    seconds: float,
) -> None:
    upstream.post(URL, status=status, headers={"Retry-After": header} if header else {})

    with pytest.raises(RateLimited) as caught:
        tokens.refresh(REFRESH, None, SHOP)

    assert (caught.value.retry_after, caught.value.channel) == (seconds, "shopify")


@pytest.mark.parametrize(
    "body", ["", "<html></html>", "[]", "null", '"token"', "{", '{"access_token": 5}', '{"access_token": "a b"}',
             '{"access_token": ""}', "[" * 100_000]
)  # fmt: skip
def test_an_answer_without_a_token_is_wrong(
    tokens: ShopifyTokens, upstream: responses.RequestsMock, body: str
) -> None:
    upstream.post(URL, body=body)

    with pytest.raises(WrongAnswer) as caught:
        tokens.refresh(REFRESH, None, SHOP)

    assert caught.value.channel == "shopify"


def test_no_answer_in_time_is_said_so(tokens: ShopifyTokens, upstream: responses.RequestsMock) -> None:
    upstream.post(URL, body=requests.ReadTimeout())

    with pytest.raises(UpstreamTimedOut) as caught:
        tokens.refresh(REFRESH, None, SHOP)

    assert caught.value.channel == "shopify"


@pytest.mark.parametrize("ask", ["code", "refresh", "client"])
def test_without_an_application_nothing_is_sent(upstream: responses.RequestsMock, ask: str) -> None:
    with pytest.raises(NotConfigured) as caught:
        _asked(endpoint(client=None), ask)

    assert caught.value.missing == ("SHOPIFY_CLIENT_ID", "SHOPIFY_CLIENT_SECRET")
    assert len(upstream.calls) == 0


@pytest.mark.parametrize("shop", ["", "evil.example.com", "acme.myshopify.com.evil.com", "a/b.myshopify.com"])
def test_no_secret_goes_to_a_strangers_host(
    tokens: ShopifyTokens, upstream: responses.RequestsMock, shop: str
) -> None:
    with pytest.raises(UpstreamRefused):
        tokens.refresh(REFRESH, None, shop)

    assert len(upstream.calls) == 0


def test_no_redirect_is_followed_with_a_secret(
    tokens: ShopifyTokens, upstream: responses.RequestsMock
) -> None:
    upstream.post(URL, status=307, headers={"Location": "https://evil.example.com/"})

    with pytest.raises(UpstreamFailed):
        tokens.refresh(REFRESH, None, SHOP)

    assert len(upstream.calls) == 1


def test_the_settings_may_name_another_base_for_all_stores(upstream: responses.RequestsMock) -> None:
    upstream.post(f"http://127.0.0.1:9/{SHOP}/admin/oauth/access_token", json=GRANTED)

    assert endpoint(base="http://127.0.0.1:9").exchange(SHOP, "code").access_token.text == "shpat_lent"


@pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 500])
def test_nothing_secret_is_in_an_error(
    tokens: ShopifyTokens, upstream: responses.RequestsMock, status: int
) -> None:
    echo = {"error": f"our+secret/&= {REFRESH.text}", "error_description": "shprt_old+/&="}
    upstream.post(URL, status=status, body=json.dumps(echo))

    with pytest.raises(PortsideError) as caught:
        tokens.refresh(REFRESH, None, SHOP)

    assert "our+secret" not in shown(caught.value)
    assert "shprt_old" not in shown(caught.value)
    assert "our+secret" not in repr(tokens)


def _asked(tokens: ShopifyTokens, ask: str) -> object:
    if ask == "code":
        return tokens.exchange(SHOP, "code")
    return tokens.refresh(REFRESH, None, SHOP) if ask == "refresh" else tokens.by_client(SHOP, None)
