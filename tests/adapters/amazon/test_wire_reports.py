"""What is made of a report's bytes: the same lines however they are cut, packed and written, and no buyers in them."""

import gzip
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.amazon.wire.reports_table import (
    LARGEST_PART,
    PLAIN,
    TABLE,
    media_of,
    tells_of_buyers,
    text_parts,
)
from adapters.amazon.wire.reports_text import characters
from adapters.packing import unpacked
from domain.errors import UpstreamFailed, WrongAnswer
from entrypoints.simulator.report_columns import LISTINGS_COLUMNS, ORDERS_COLUMNS, STOCK_COLUMNS
from tests.fakes.things import JP, US

DE = "A1PA6795UKMFR9"
#: Without a pair in which one character's end reads as UTF-8, as texts of true length do not have them everywhere.
ALPHABETS = {
    "utf-8": "aZ09 é€ß椅子ﾃｽﾄ😀\x85\u2028\x0b\x1c'\"",
    "cp1252": "aZ09 äöüß€…“'\"\x0b\x1c",
    "cp932": "aZ09 椅子ﾃｽﾄ①～表ソ\x0b",
    "latin-1": "aZ09 äöüß£½'\"\x85",
}
ABOUT_THE_SALE = """
    settlement-id settlement-start-date deposit-date total-amount currency transaction-type order-id shipment-id
    marketplace-name amount-type amount-description fulfillment-id posted-date-time order-item-code sku
    quantity-purchased promotion-id ship-date ship-method ship-service-level ship-promotion-discount
    shipping-price shipping-tax order-status order-channel order-date carrier tracking-number state country
"""
ABOUT_BUYERS = """
    buyer-name buyer-email buyer-phone-number BUYER-CPF recipient-name ship-address-1 ship-address-2
    ship-phone-number bill-address-1 bill-country bill-postal-code gift-message-text ship-county
    Ship_City ship_postal_code shipping-address-line1 delivery-instructions customer-comments cpf
    ship-to-name order-city contact-email phone e-mail-address customer_name
"""


def cells(encoding: str) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from(ALPHABETS[encoding]), max_size=12)


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[list[str]]]:
    """An encoding, and a table's rows, none of them blank."""
    encoding = draw(st.sampled_from(sorted(ALPHABETS)))
    width = draw(st.integers(2, 4))
    rows = draw(st.lists(st.lists(cells(encoding), min_size=width, max_size=width), max_size=12))
    return encoding, [[f"column {number}" for number in range(width)], *rows]


def cut(data: bytes, sizes: Sequence[int]) -> Iterator[bytes]:
    at = 0
    for size in sizes:
        yield data[at : at + size]
        at += size
    yield data[at:]


def parts(text: str, *, at_once: int = 1000) -> list[bytes]:
    return list(text_parts(TABLE, (text[at : at + at_once] for at in range(0, len(text), at_once))))


@settings(max_examples=150, deadline=None)
@given(
    tables(),
    st.sampled_from(["\r\n", "\n", "\r"]),
    st.lists(st.integers(0, 9), max_size=40),
    st.sampled_from(["plain", "packed", "twice", "in members"]),
    st.booleans(),
)
def test_a_table_is_the_same_however_it_comes(
    table: tuple[str, list[list[str]]], end: str, sizes: list[int], packing: str, ended: bool
) -> None:
    encoding, rows = table
    lines = ["\t".join(row) for row in rows]
    data = (end.join(lines) + (end if ended else "")).encode(encoding)
    half = len(data) // 2
    packed = {
        "plain": data,
        "packed": gzip.compress(data),
        "twice": gzip.compress(gzip.compress(data)),
        "in members": gzip.compress(data[:half]) + gzip.compress(data[half:]),
    }[packing]

    text = characters(unpacked(cut(packed, sizes)), f"text/plain;charset={encoding}", (US,))
    content = b"".join(text_parts(TABLE, text)).decode()

    assert content.split("\n") == [*(line for line in lines if line), ""]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 70_000), st.lists(st.integers(0, 40_000), max_size=5), st.sampled_from(["utf-8", "cp1252"])
)
def test_where_nothing_is_said_the_guess_does_not_depend_on_how_it_is_cut(
    plain: int, sizes: list[int], encoding: str
) -> None:
    text = "x" * plain + "Küche, schön" * 6000

    found = "".join(characters(cut(text.encode(encoding), sizes), "", (DE,)))

    assert found == text


def test_a_text_in_utf8_with_one_damaged_byte_far_behind_stays_utf8() -> None:
    text = ("Küche " * 20_000).encode() + b"\xff" + "é".encode()

    found = "".join(characters([text], "", (DE,)))

    assert found == "Küche " * 20_000 + "\ufffdé"


def test_half_width_katakana_that_begins_like_utf8_is_still_of_japan() -> None:
    text = "ﾃｨｰ ｶｯﾌﾟ 椅子"

    assert "ﾃｨ".encode("cp932").decode() == "è"
    assert "".join(characters([text.encode("cp932")], "text/plain", (JP,))) == text


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_character_that_breaks_off_at_the_end_is_marked(size: int) -> None:
    data = "Stuhl 椅子".encode()[:-1]

    assert "".join(characters(cut(data, [size] * 20), "", (US,))) == "Stuhl 椅\ufffd"


# Parts


def test_parts_are_a_mebibyte_at_most_and_end_where_lines_end() -> None:
    text = "a\tb\n" + "".join(f"{number}\t{'é' * (number % 90)}\n" for number in range(40_000))

    found = parts(text, at_once=300_000)

    assert b"".join(found).decode() == text
    assert len(found) > 1
    assert all(LARGEST_PART * 0.9 < len(part) <= LARGEST_PART for part in found[:-1])
    assert all(part.endswith(b"\n") for part in found)


def test_a_line_may_have_a_mebibyte_but_no_more() -> None:
    longest = "a\tb\n1\t" + "x" * (LARGEST_PART - 3) + "\n"

    assert [len(part) for part in parts(longest)] == [4, LARGEST_PART]
    with pytest.raises(UpstreamFailed, match="line"):
        parts(longest.replace("1\t", "12\t"))


def test_a_line_without_end_is_given_up_before_it_fills_the_memory() -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        yield "a\tb\n"
        while True:
            taken += 1
            yield "x" * 65_536

    with pytest.raises(UpstreamFailed, match="line"):
        list(text_parts(TABLE, endless()))

    assert taken < 20


def test_parts_of_other_texts_end_where_a_character_ends() -> None:
    text = "é" * LARGEST_PART

    found = list(text_parts(PLAIN, [text, "x"]))

    assert "".join(part.decode() for part in found) == text + "x"
    assert max(map(len, found)) <= LARGEST_PART


# Buyers


def test_of_the_orders_report_everything_is_kept_but_where_the_buyer_lives() -> None:
    dropped = [column for column in ORDERS_COLUMNS if tells_of_buyers(column)]

    assert dropped == ["ship-city", "ship-state", "ship-postal-code", "ship-country"]


@pytest.mark.parametrize("columns", [LISTINGS_COLUMNS, STOCK_COLUMNS])
def test_reports_about_goods_keep_every_column(columns: list[str]) -> None:
    assert not [column for column in columns if tells_of_buyers(column)]


@pytest.mark.parametrize("column", ABOUT_THE_SALE.split())
def test_columns_about_the_sale_are_kept(column: str) -> None:
    assert not tells_of_buyers(column)


@pytest.mark.parametrize(
    "column",
    [
        *ABOUT_BUYERS.split(),
        "Ship City",
        "Buyer  Name",
        " ship-state ",
        "\ufeffbuyer-email",
        '"buyer-name"',
        "Name des Käufers",
        "Adresse 1",
        "Nom du destinataire",
        "購入者名",
        "お届け先住所",
    ],
)
def test_columns_about_a_buyer_are_dropped_however_they_are_spelt(column: str) -> None:
    assert tells_of_buyers(column)


def test_a_buyer_is_dropped_from_every_line_and_short_lines_are_filled_up() -> None:
    text = "Order-Id\tBUYER-NAME\tsku\tShip City\r\n1\tAda\tA\tParis\r\n2\tBob\r\n\r\n3\t\tC\t\t\t\r\n"

    assert b"".join(parts(text)) == b"Order-Id\tsku\n1\tA\n2\t\n3\tC\n"


def test_a_line_with_more_cells_than_columns_is_refused_since_a_buyer_could_be_in_any() -> None:
    with pytest.raises(UpstreamFailed, match="more cells"):
        parts("order-id\tbuyer-name\tsku\n1\ta title\tAda\tA\n")


def test_a_table_of_buyers_only_is_refused() -> None:
    with pytest.raises(UpstreamFailed, match="no columns"):
        parts("buyer-name\tbuyer-email\nAda\tada@example.com\n")


def test_a_table_may_be_left_with_one_column() -> None:
    assert parts("sku\tbuyer-name\nA\tAda\n") == [b"sku\nA\n"]


@pytest.mark.parametrize(
    "text",
    [
        "Order Id,Quantity,Buyer Name\r\n1,1,Ada\r\n",
        '"Order Id";"Quantity";"Ship To City"\n1;1;Turin\n',
        "recipient-name\nAda\n",
    ],
)
def test_a_table_without_tabs_is_refused_if_it_names_a_buyer(text: str) -> None:
    with pytest.raises(WrongAnswer, match="buyers"):
        media_of(text)


def test_a_table_without_tabs_is_kept_as_it_is_if_it_names_nobody() -> None:
    assert media_of("sku,quantity\nA,1\n") == PLAIN


def test_a_table_is_known_by_the_tab_in_its_first_line() -> None:
    assert media_of("\r\na\tb\r\n1\t2") == TABLE
    assert media_of("Sorry.\r\na\tb") == PLAIN
