"""What Shopify has signed, and what it has not."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.shopify.signature import Signatures, signed
from domain.channels.model import Parameters

SECRET = "hush"
#: A query and its signature as Shopify's own library has them in its tests.
GIVEN = [
    ("shop", "some-shop.myshopify.com"),
    ("code", "a94a110d86d2452eb3e2af4cfb8a3828"),
    ("timestamp", "1337178173"),
]
KNOWN = "2cb1a277650a659f1b11e92a4a64275b128e037f2c3390e3c8fd2d8721dac9e2"

names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(
    lambda name: name not in ("hmac", "signature") and not name.endswith("[]")
)
values = st.text(st.characters(codec="utf-8"), max_size=12)
queries = st.dictionaries(names, values, min_size=1, max_size=6).map(lambda found: list(found.items()))


def with_signature(parameters: Parameters) -> list[tuple[str, str]]:
    return [*parameters, ("hmac", signed(parameters, SECRET))]


def test_the_signature_is_that_of_shopifys_own_library() -> None:
    assert Signatures(SECRET).of_query([*GIVEN, ("hmac", KNOWN)])


@given(queries, st.randoms(use_true_random=False))
def test_what_is_signed_is_taken_in_any_order(parameters: list[tuple[str, str]], dice: object) -> None:
    query = with_signature(parameters)
    dice.shuffle(query)  # type: ignore[attr-defined] # hypothesis gives a random.Random

    assert Signatures(SECRET).of_query(query)


@given(queries, st.data())
def test_a_change_of_any_parameter_is_refused(parameters: list[tuple[str, str]], data: st.DataObject) -> None:
    query = with_signature(parameters)
    place = data.draw(st.integers(0, len(parameters) - 1))
    name, value = query[place]
    changed = list(query)
    what = data.draw(st.sampled_from(["value", "name", "gone"]))
    if what == "value":
        changed[place] = (name, data.draw(values.filter(lambda other: other != value)))
    elif what == "name":
        changed[place] = (data.draw(names.filter(lambda other: other not in dict(query))), value)
    else:
        del changed[place]

    assert not Signatures(SECRET).of_query(changed)


@given(queries, names, values)
def test_a_parameter_that_was_added_is_refused(
    parameters: list[tuple[str, str]], name: str, value: str
) -> None:
    assert not Signatures(SECRET).of_query([*with_signature(parameters), (name, value)])


@given(queries, st.text(st.characters(codec="utf-8"), max_size=70))
def test_another_signature_is_refused(parameters: list[tuple[str, str]], forged: str) -> None:
    assert not Signatures(SECRET).of_query([*parameters, ("hmac", forged)])


def test_delimiters_within_values_can_not_move_what_was_signed() -> None:
    query = with_signature([("a", "1&b=2"), ("c", "%26")])

    moved = [("a", "1"), ("b", "2"), ("c", "%26"), query[-1]]
    unpacked = [("a", "1&b=2"), ("c", "&"), query[-1]]

    assert Signatures(SECRET).of_query(query)
    assert not Signatures(SECRET).of_query(moved)
    assert not Signatures(SECRET).of_query(unpacked)


def test_a_list_is_signed_as_a_whole() -> None:
    text = 'ids=["1", "2"]&shop=acme.myshopify.com'
    made = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    query = [("ids[]", "1"), ("ids[]", "2"), ("shop", "acme.myshopify.com"), ("hmac", made)]

    assert Signatures(SECRET).of_query(query)
    assert not Signatures(SECRET).of_query([query[0], *query[2:]])


@pytest.mark.parametrize("query", [GIVEN, [*GIVEN, ("hmac", KNOWN), ("hmac", KNOWN)]])
def test_none_or_two_signatures_are_refused(query: list[tuple[str, str]]) -> None:
    assert not Signatures(SECRET).of_query(query)


def test_without_a_secret_nothing_is_signed_well() -> None:
    nothing = hmac.new(b"", b"body", hashlib.sha256).digest()

    assert not Signatures(None).of_query([*GIVEN, ("hmac", signed(GIVEN, ""))])
    assert not Signatures(None).of_body(b"body", base64.b64encode(nothing).decode())


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_a_body_is_good_under_its_own_signature_only(body: bytes, other: bytes) -> None:
    made = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()

    assert Signatures(SECRET).of_body(body, made)
    assert Signatures(SECRET).of_body(other, made) == (other == body)
    assert not Signatures("other").of_body(body, made)


def test_the_secret_is_not_shown() -> None:
    assert SECRET not in repr(Signatures(SECRET))
