"""Secrets at rest: what opens, and what must not."""

import traceback
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.crypto.envelope import Envelopes
from domain.errors import KeyUnavailable
from domain.tokens.keyring import KEY_BYTES, Key, KeyRing

PLACE = "tokens.refresh_token:7"
SECRET = "Atzr|IwEBIHardToGuess"
OLD, NEW = Key("old", b"o" * KEY_BYTES), Key("2026-03", b"n" * KEY_BYTES)
ENVELOPES = Envelopes(KeyRing((OLD,)))


def refusal(envelopes: Envelopes, sealed: str, place: str = PLACE) -> str:
    """All that a log would show of the refusal."""
    with pytest.raises(KeyUnavailable) as caught:
        envelopes.open(sealed, place)
    return "".join(traceback.format_exception(caught.value))


@given(plain=st.text() | st.text(min_size=1024, max_size=5000), place=st.text(max_size=60))
def test_whatever_is_sealed_opens_again_in_its_place(plain: str, place: str) -> None:
    assert ENVELOPES.open(ENVELOPES.seal(plain, place), place) == plain


def test_a_secret_far_longer_than_any_token_opens_again() -> None:
    plain = "ü" * 100_000

    assert ENVELOPES.open(ENVELOPES.seal(plain, PLACE), PLACE) == plain


def test_an_envelope_names_its_version_and_key_and_nothing_else() -> None:
    version, key_id, nonce, sealed = ENVELOPES.seal(SECRET, PLACE).split(".")

    assert (version, key_id) == ("v1", "old")
    assert len(nonce) == 16
    assert SECRET not in sealed


def test_no_single_bit_of_an_envelope_can_be_changed() -> None:
    sealed = ENVELOPES.seal(SECRET, PLACE)

    for position in range(len(sealed)):
        for bit in range(8):
            flipped = chr(ord(sealed[position]) ^ 1 << bit)
            with pytest.raises(KeyUnavailable):
                ENVELOPES.open(sealed[:position] + flipped + sealed[position + 1 :], PLACE)


@given(
    garbage=st.text(max_size=200) | st.from_regex(r"v1\.old\.[A-Za-z0-9_-]*\.[A-Za-z0-9_=-]*", fullmatch=True)
)
def test_what_is_no_envelope_is_refused(garbage: str) -> None:
    with pytest.raises(KeyUnavailable):
        ENVELOPES.open(garbage, PLACE)


@pytest.mark.parametrize(
    "change",
    [
        lambda sealed: sealed[:-1],
        lambda sealed: sealed + "A",
        lambda sealed: sealed + "=",
        lambda sealed: sealed + "\n",
        lambda sealed: sealed.replace("v1.", "v2.", 1),
        lambda sealed: sealed.rpartition(".")[0],
        lambda sealed: "",
    ],
    ids=[
        "shortened",
        "lengthened",
        "padded",
        "with a line end",
        "of another version",
        "without text",
        "empty",
    ],
)
def test_an_envelope_in_another_shape_is_refused(change: Callable[[str], str]) -> None:
    shown = refusal(ENVELOPES, change(ENVELOPES.seal(SECRET, PLACE)))

    assert SECRET not in shown


@pytest.mark.parametrize("place", ["tokens.refresh_token:8", "tokens.access_token:7", "", PLACE + " "])
def test_an_envelope_does_not_open_in_another_place(place: str) -> None:
    sealed = ENVELOPES.seal(SECRET, PLACE)

    shown = refusal(ENVELOPES, sealed, place)

    assert "the key old" in shown
    assert SECRET not in shown


def test_another_key_under_the_same_id_is_named_and_opens_nothing() -> None:
    sealed = ENVELOPES.seal(SECRET, PLACE)
    impostor = Envelopes(KeyRing((Key("old", b"x" * KEY_BYTES),)))

    shown = refusal(impostor, sealed)

    assert "the key old" in shown
    assert "xxxx" not in shown


def test_a_missing_key_is_named_together_with_the_setting_that_lacks_it() -> None:
    sealed = ENVELOPES.seal(SECRET, PLACE)

    shown = refusal(Envelopes(KeyRing((NEW,))), sealed)

    assert "TOKEN_ENCRYPTION_KEYS lacks the key old" in shown
    assert all(secret not in shown for secret in (SECRET, "nnnn", sealed.rpartition(".")[2]))


def test_an_envelope_under_another_keys_id_does_not_open() -> None:
    both = Envelopes(KeyRing((OLD, Key("twin", OLD.secret))))
    sealed = both.seal(SECRET, PLACE)

    assert "the key twin" in refusal(both, sealed.replace(".old.", ".twin.", 1))


def test_the_first_key_seals_and_every_key_opens() -> None:
    sealed_before = ENVELOPES.seal(SECRET, PLACE)
    rotated = Envelopes(KeyRing((NEW, OLD)))

    sealed_after = rotated.seal(SECRET, PLACE)

    assert sealed_after.startswith("v1.2026-03.")
    assert {rotated.open(sealed, PLACE) for sealed in (sealed_before, sealed_after)} == {SECRET}


def test_a_nonce_is_never_used_twice() -> None:
    nonces = {ENVELOPES.seal(SECRET, PLACE).split(".")[2] for _ in range(5000)}

    assert len(nonces) == 5000


def test_the_ring_does_not_show_its_keys() -> None:
    assert "oooo" not in repr(ENVELOPES)
