"""The key ring is read from one line of text."""

import base64

import pytest

from domain.tokens.keyring import KeyRing

SECRET = base64.b64encode(bytes(range(32))).decode()
OTHER = base64.b64encode(bytes(32)).decode()


def test_the_first_key_encrypts_and_all_are_found() -> None:
    ring = KeyRing.parse(f" new:{SECRET}, old:{OTHER} ")

    old = ring.find("old")
    assert (ring.primary.id, ring.primary.secret) == ("new", bytes(range(32)))
    assert old is not None
    assert old.secret == bytes(32)


def test_a_key_that_is_not_on_the_ring_is_none() -> None:
    assert KeyRing.parse(f"k1:{SECRET}").find("k2") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "entry 1 is not kid:base64"),
        (SECRET, "entry 1 is not kid:base64"),
        (f"k1:{SECRET},", "entry 2 is not kid:base64"),
        (f"k 1:{SECRET}", "entry 1 is not kid:base64"),
        (f"{'k' * 33}:{SECRET}", "entry 1 is not kid:base64"),
        (f"schlüssel:{SECRET}", "entry 1 is not kid:base64"),
        ("k1:not-base64!", "the key k1 is not base64"),
        ("k1:größe", "the key k1 is not base64"),
        ("k1:" + base64.b64encode(bytes(16)).decode(), "16 bytes instead of 32"),
        (f"k1:{SECRET},k1:{OTHER}", "same id"),
    ],
)
def test_a_wrong_ring_says_which_key_and_why(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        KeyRing.parse(text)

    assert SECRET not in str(caught.value)
    assert "not-base64!" not in str(caught.value)


def test_a_ring_does_not_show_its_secrets() -> None:
    ring = KeyRing.parse(f"k1:{SECRET}")

    assert SECRET not in repr(ring)
    assert repr(bytes(range(32))) not in repr(ring)
