"""Paths and queries for SP-API: what goes on is what came, or nothing."""

import re
from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import InvalidInput, NotAllowed, NotFound
from domain.gateway.restricted import insist_free
from domain.gateway.roots import ROOTS
from domain.gateway.targets import path_as_sent, query_as_sent, without

SKUS = [
    "A/B",
    "A+B",
    "100%",
    "50%25",
    "ÄÖ Ü",
    "a&b=c?d#e",
    "a:b@c",
    "~tilde.",
    "..a",
    "a..b",
    "日本",
    'q"uote',
]


@pytest.mark.parametrize("sku", SKUS)
def test_a_sku_in_a_path_stays_as_it_was_encoded(sku: str) -> None:
    path = f"/listings/2021-08-01/items/A1SELLER/{quote(sku, safe='')}"

    assert path_as_sent(path) == path


def test_escapes_are_spelled_in_capitals() -> None:
    assert (
        path_as_sent("/listings/2021-08-01/items/A/b%2fc%c3%a4") == "/listings/2021-08-01/items/A/b%2Fc%C3%A4"
    )
    assert query_as_sent("skus=b%2fc") == "skus=b%2Fc"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "orders/v0",
        "/sales/../tokens",
        "/sales/v1/..",
        "/sales/./v1",
        "//sales/v1/orderMetrics",
        "/sales//v1",
        "/sales/v1/",
        "/sales/%2e%2e/tokens",
        "/sales/%2E./tokens",
        "/sales/.%2e/tokens",
        "/sales/%252e%252e/tokens",
        "/sales/%25252e%25252e/tokens",
        "/sales/%2525252525252541",
        "/sales/v1%2f..%2f..%2ftokens",
        "/sales/v1%2F%2Ftokens",
        "/sales/v1/%2Ftokens",
        "/sales/v1/x%2F",
        "/sales/v1%5c..%5ctokens",
        "/sales/v1\\..\\tokens",
        "/sales/v1%255c",
        "/sales/v1/..;x=1/tokens",
        "/sales/v1/%2e%2e%3bx/tokens",
        "/sales/v1/%20..%20/tokens",
        "/sales/v1/%00",
        "/sales/v1/%0d%0aHost:evil",
        "/sales/v1/\r\nHost: evil",
        "/sales/v1/%7f",
        "/sales/v1/%C2%85",
        "/sales/v1/%ff",
        "/sales/v1/%c0%ae%c0%ae",
        "/sales/v1/%zz",
        "/sales/v1/%",
        "/sales/v1/a b",
        "/sales/v1/ä",
        "/sales/v1#fragment",
        "/sales/v1?query",
        "http://evil.example/sales/v1",
        "/http://evil.example/sales",
        "@evil.example/sales/v1",
    ],
)
def test_a_path_that_may_lead_elsewhere_is_no_path(path: str) -> None:
    with pytest.raises(NotFound):
        path_as_sent(path)


@pytest.mark.parametrize(
    "query", ["a b", "a=ä", "a=1#b", "a=%", "a=%zz", "a=\r\nb", "a=[1]", 'a="b"', "a=\\"]
)
def test_a_query_has_to_be_encoded(query: str) -> None:
    with pytest.raises(InvalidInput):
        query_as_sent(query)


@pytest.mark.parametrize(
    "query", ["", "a", "a=", "a=1&a=2&b", "x=1,2&y=%2C&z=+&&w=a/b?c", "nextToken=a%2Bb%3D%3D"]
)
def test_an_encoded_query_goes_on_as_it_is(query: str) -> None:
    assert query_as_sent(query) == query


@pytest.mark.parametrize(
    ("query", "rest", "values"),
    [
        ("", "", []),
        ("connection_id=1", "", ["1"]),
        ("b=2&connection_id=1&a=1&b=%2C", "b=2&a=1&b=%2C", ["1"]),
        ("connection%5Fid=1&connection_id=2", "", ["1", "2"]),
        ("connection_ids=1&Connection_id=2", "connection_ids=1&Connection_id=2", []),
        ("a&&b=", "a&&b=", []),
    ],
)
def test_our_own_parameter_is_taken_out_and_the_others_stay_as_they_are(
    query: str, rest: str, values: list[str]
) -> None:
    assert without(query, "connection_id") == (rest, values)


PIECES = st.sampled_from(
    [
        *(root.path for root in ROOTS),
        *(
            "/",
            "//",
            "..",
            ".",
            "%2e",
            "%2E",
            "%252e",
            "%2f",
            "%2F",
            "%5c",
            "%25",
            "%",
            ";",
            "\\",
            "?",
            "#",
            "@",
        ),
        *(
            "http://evil.example",
            "a",
            "Ä",
            "%C3%84",
            " ",
            "%00",
            "tokens",
            "orders",
            "v0",
            "buyerInfo",
            "\r\n",
        ),
    ]
)
PATHS = st.lists(PIECES, max_size=8).map("".join)


@given(PATHS)
@example("/sales/v1/x%2Fy")
@example("/sales/v1/%2e%2e/tokens")
def test_an_odd_path_is_refused_or_goes_on_byte_for_byte_below_a_known_one(path: str) -> None:
    try:
        sent = path_as_sent(path)
        insist_free("GET", sent, "", None)
    except (NotFound, NotAllowed):
        return

    assert sent == re.sub("%..", lambda escape: escape[0].upper(), path)
    assert any(sent.startswith(f"{root.path}/") for root in ROOTS)
    decoded = unquote(unquote(sent))
    assert not {"", ".", ".."} & set(decoded.removeprefix("/").split("/"))
    assert "\\" not in decoded
    assert decoded.split("/")[1] not in {"tokens", "orders"} or "buyerinfo" not in decoded.lower()
