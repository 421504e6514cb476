"""The thief finds what there is to be found: only then does it mean anything that nothing was found."""

import base64
import gzip
import random
import re
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from tests.e2e.searching import FRAGMENT, Found, Searcher

SECRET = "Atzr|IwEBIKz+9/canary==7Gq_x-T0.wZ2rVb5nYc8uXe1Lm4Pj6"
CHANCE = random.Random(11)
NOISE = CHANCE.randbytes(5000)
TEXT = b'{"time": "2026-03-04T12:00:00Z", "message": "amazon answered", "seconds": 0.25}\n' * 40


def deflated(content: bytes, level: int = 6) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


def encoded(offset: int, encode: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda secret: encode(b"abc"[:offset] + secret + b"xyz")


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda secret: secret,
    "reversed": lambda secret: secret[::-1],
    "hex": lambda secret: secret.hex().encode(),
    "upper hex": lambda secret: secret.hex().upper().encode(),
    "percent": lambda secret: quote(secret, safe="").encode(),
    "lower percent": lambda secret: re.sub(
        "%..", lambda code: code[0].lower(), quote(secret, safe="")
    ).encode(),
    "form": lambda secret: quote_plus(secret.decode()).encode(),
    "utf-16": lambda secret: secret.decode().encode("utf-16"),
    "utf-16 big": lambda secret: secret.decode().encode("utf-16-be"),
    **{f"base64+{offset}": encoded(offset, base64.b64encode) for offset in range(3)},
    **{f"base64url+{offset}": encoded(offset, base64.urlsafe_b64encode) for offset in range(3)},
    "zlib": zlib.compress,
    "zlib fast": lambda secret: zlib.compress(secret, 1),
    "zlib stored": lambda secret: zlib.compress(secret, 0),
    "gzip": gzip.compress,
    "deflate": deflated,
    "deflate fast": lambda secret: deflated(secret, 1),
    "zlib of text around": lambda secret: zlib.compress(TEXT[:500] + secret + TEXT[:500], 9),
    "deflate of text around": lambda secret: deflated(TEXT[:500] + secret + TEXT[:500], 9),
    "zlib in base64": lambda secret: base64.urlsafe_b64encode(zlib.compress(secret)).rstrip(b"="),
    "deflate in base64": lambda secret: base64.b64encode(deflated(secret)),
    "gzip in hex": lambda secret: gzip.compress(secret).hex().encode(),
    "base64 in zlib": lambda secret: zlib.compress(base64.b64encode(secret)),
    "base64 in base64": lambda secret: base64.b64encode(base64.b64encode(secret)),
    "zlib in gzip": lambda secret: gzip.compress(zlib.compress(secret)),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("around", ["noise", "text", "zeros"])
def test_a_secret_is_found_in_every_form_wherever_it_lies(form: str, around: str) -> None:
    heap = {"noise": NOISE, "text": TEXT, "zeros": bytes(3000)}[around]
    searcher = Searcher([SECRET])

    for shift in range(9):
        planted = (
            heap[: 1000 + shift] + b"\x07" + FORMS[form](SECRET.encode()) + b"\x07" + heap[1000 + shift :]
        )
        assert searcher.search("heap", planted), shift


@pytest.mark.parametrize(
    "form", ["plain", "reversed", "hex", "upper hex", "percent", "utf-16", "zlib", "deflate"]
)
def test_a_fragment_is_found_in_every_form(form: str) -> None:
    bare = SECRET.removeprefix("Atzr|")
    searcher = Searcher([SECRET])

    for start in range(len(bare) - FRAGMENT + 1):
        planted = TEXT + FORMS[form](bare[start : start + FRAGMENT].encode()) + TEXT
        assert searcher.search("heap", planted), (start, bare[start : start + FRAGMENT])


@pytest.mark.parametrize("offset", range(3))
def test_a_fragment_is_found_in_base64_at_every_alignment(offset: int) -> None:
    bare = SECRET.removeprefix("Atzr|")
    searcher = Searcher([SECRET])

    for start in range(len(bare) - FRAGMENT + 1):
        fragment = bare[start : start + FRAGMENT].encode()
        planted = TEXT + base64.b64encode(b"abc"[:offset] + fragment + b"xyz") + TEXT
        assert searcher.search("heap", planted), (start, fragment)


def test_a_key_that_is_no_text_is_found_as_well() -> None:
    key = CHANCE.randbytes(32)
    searcher = Searcher([key])

    for heap in (key, key[::-1], base64.b64encode(key), key.hex().encode(), zlib.compress(key)):
        assert searcher.search("heap", NOISE + heap + NOISE)


def test_a_short_secret_is_found_when_all_of_it_is_there() -> None:
    searcher = Searcher(["hunter2-x7"])

    assert searcher.search("heap", TEXT + b"hunter2-x7" + TEXT)
    assert searcher.search("heap", TEXT + base64.b64encode(b"is hunter2-x7 it") + TEXT)


def test_what_is_not_there_is_not_found() -> None:
    searcher = Searcher([SECRET, "another secret that is long", CHANCE.randbytes(32)])

    for heap in (
        NOISE,
        TEXT,
        bytes(4000),
        zlib.compress(TEXT),
        SECRET[:15].encode(),
        b"Atzr|Atza|Atzr|Atza|",
    ):
        assert searcher.search("heap", TEXT + heap + NOISE) == set()


def test_what_everybody_knows_of_a_secret_does_not_give_it_away() -> None:
    seller = b"A1B2C3D4E5F6G7"
    secret = base64.urlsafe_b64encode(b"0123456789abcdef" + b'{"seller":"' + seller + b'"}').decode()
    searcher = Searcher([secret], public=[seller.decode()])

    assert (
        searcher.search("a page's token", base64.urlsafe_b64encode(b'["' + seller + b'"]' + NOISE)) == set()
    )
    assert searcher.search("the secret", TEXT + secret.encode() + TEXT)
    assert searcher.search("a fragment", TEXT + secret[:FRAGMENT].encode() + TEXT)


def test_what_was_found_is_told_with_its_place_and_form() -> None:
    found = Searcher([SECRET]).search("the log", TEXT + SECRET.encode() + TEXT)

    assert Found(SECRET[:20], "the log", "plain") in found
