"""Secrets at rest: what opens, and what must not."""

import base64
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters.crypto.envelope import Envelopes
from domain.errors import KeyUnavailable
from domain.tokens.keyring import KEY_BYTES, FixedRing, Key, KeyRing

PLACE = "tokens.refresh_token:7"
SECRET = "Atzr|IwEBIHardToGuess"
SECRETS = st.text(max_size=60) | st.text(min_size=500, max_size=2000)
KEY_IDS = st.from_regex(r"[A-Za-z0-9_-]{1,32}", fullmatch=True)
PLACES = st.tuples(
    st.sampled_from(["tokens", "client_secrets"]),
    st.sampled_from(["refresh_token", "access_token", "secret"]),
    st.uuids().map(str) | st.text("abc/7", max_size=3),
)
OLD, NEW = Key("old", b"o" * KEY_BYTES), Key("2026-03", b"n" * KEY_BYTES)


def ringed(*keys: Key) -> Envelopes:
    """Envelopes under these keys, the first of which seals."""
    return Envelopes(FixedRing(KeyRing(keys)))


ENVELOPES = ringed(OLD)


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
            with pytest.raises(KeyUnavailable):
                ENVELOPES.open(flipped_text(sealed, position, bit), PLACE)


@given(plain=SECRETS, place=st.text(max_size=60), data=st.data())
def test_any_bit_of_any_envelopes_text_that_is_flipped_is_noticed(
    plain: str, place: str, data: st.DataObject
) -> None:
    sealed = ENVELOPES.seal(plain, place)
    position = data.draw(st.integers(0, len(sealed) - 1))

    changed = flipped_text(sealed, position, data.draw(st.integers(0, 7)))

    with pytest.raises(KeyUnavailable):
        ENVELOPES.open(changed, place)


@given(plain=SECRETS, data=st.data())
def test_any_bit_of_nonce_ciphertext_or_tag_that_is_flipped_is_noticed(
    plain: str, data: st.DataObject
) -> None:
    parts = ENVELOPES.seal(plain, PLACE).split(".")
    which = data.draw(st.sampled_from([2, 3]))
    content = bytearray(decoded(parts[which]))
    bit = data.draw(st.integers(0, 8 * len(content) - 1))

    content[bit // 8] ^= 1 << bit % 8
    parts[which] = encoded(bytes(content))

    with pytest.raises(KeyUnavailable):
        ENVELOPES.open(".".join(parts), PLACE)


@given(plain=SECRETS, data=st.data())
def test_an_envelope_cut_anywhere_is_refused(plain: str, data: st.DataObject) -> None:
    sealed = ENVELOPES.seal(plain, PLACE)

    cut = sealed[: data.draw(st.integers(0, len(sealed) - 1))]

    with pytest.raises(KeyUnavailable):
        ENVELOPES.open(cut, PLACE)


@given(plain=SECRETS, one=PLACES, other=PLACES)
def test_an_envelope_moved_to_another_row_column_or_table_is_refused(
    plain: str, one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assume(one != other)
    sealed = ENVELOPES.seal(plain, "|".join(one))

    with pytest.raises(KeyUnavailable):
        ENVELOPES.open(sealed, "|".join(other))


@given(
    plain=SECRETS,
    ids=st.lists(KEY_IDS, min_size=2, max_size=2, unique=True),
    secret=st.binary(min_size=32, max_size=32),
)
def test_an_envelope_is_bound_to_its_key_id_though_the_key_is_the_same(
    plain: str, ids: list[str], secret: bytes
) -> None:
    one, other = (Key(key_id, secret) for key_id in ids)
    envelopes = ringed(one, other)
    version, _key_id, *rest = envelopes.seal(plain, PLACE).split(".")

    renamed = ".".join([version, other.id, *rest])

    with pytest.raises(KeyUnavailable):
        envelopes.open(renamed, PLACE)


@given(plain=SECRETS)
def test_the_same_secret_never_looks_the_same_twice(plain: str) -> None:
    one, other = (ENVELOPES.seal(plain, PLACE).split(".") for _ in range(2))

    assert one[2] != other[2]
    assert one[3] != other[3]


@given(plain=st.text(min_size=1, max_size=40), times=st.integers(100, 600))
def test_tokens_of_four_kilobytes_and_more_survive(plain: str, times: int) -> None:
    long = plain * (times * 4096 // 100 // len(plain) + 1)

    assert len(long.encode()) >= 4096
    assert ENVELOPES.open(ENVELOPES.seal(long, PLACE), PLACE) == long


def flipped_text(sealed: str, position: int, bit: int) -> str:
    return sealed[:position] + chr(ord(sealed[position]) ^ 1 << bit) + sealed[position + 1 :]


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


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
    impostor = ringed(Key("old", b"x" * KEY_BYTES))

    shown = refusal(impostor, sealed)

    assert "the key old" in shown
    assert "xxxx" not in shown


def test_a_missing_key_is_named_together_with_where_it_belongs() -> None:
    sealed = ENVELOPES.seal(SECRET, PLACE)

    shown = refusal(ringed(NEW), sealed)

    assert "The key ring lacks the key old" in shown
    assert "TOKEN_ENCRYPTION_KEYS" in shown
    assert all(secret not in shown for secret in (SECRET, "nnnn", sealed.rpartition(".")[2]))


def test_an_envelope_under_another_keys_id_does_not_open() -> None:
    both = ringed(OLD, Key("twin", OLD.secret))
    sealed = both.seal(SECRET, PLACE)

    assert "the key twin" in refusal(both, sealed.replace(".old.", ".twin.", 1))


def test_the_first_key_seals_and_every_key_opens() -> None:
    sealed_before = ENVELOPES.seal(SECRET, PLACE)
    rotated = ringed(NEW, OLD)

    sealed_after = rotated.seal(SECRET, PLACE)

    assert sealed_after.startswith("v1.2026-03.")
    assert {rotated.open(sealed, PLACE) for sealed in (sealed_before, sealed_after)} == {SECRET}


def test_a_nonce_is_never_used_twice_by_any_thread() -> None:
    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(lambda number: ENVELOPES.seal(str(number), PLACE), range(20_000)))

    assert len({envelope.split(".")[2] for envelope in sealed}) == 20_000


def test_a_ring_that_changes_meanwhile_seals_with_its_new_first_key_and_opens_with_every_key() -> None:
    ring = [KeyRing((OLD,))]
    envelopes = Envelopes(lambda: ring[0])
    before = envelopes.seal(SECRET, PLACE)

    ring[0] = KeyRing((NEW, OLD))

    after = envelopes.seal(SECRET, PLACE)
    assert after.startswith("v1.2026-03.")
    assert {envelopes.open(sealed, PLACE) for sealed in (before, after)} == {SECRET}


def test_a_ring_that_can_not_be_read_seals_and_opens_nothing() -> None:
    def gone() -> KeyRing:
        raise KeyUnavailable("The key ring is gone.")

    with pytest.raises(KeyUnavailable, match="is gone"):
        Envelopes(gone).seal(SECRET, PLACE)
    assert "is gone" in refusal(Envelopes(gone), ENVELOPES.seal(SECRET, PLACE))


def test_the_ring_does_not_show_its_keys() -> None:
    assert "oooo" not in repr(ENVELOPES)
