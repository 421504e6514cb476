"""The stock is found by its words, however their letters are written."""

import pytest

from domain.inventory.words import folded, words

#: The same letters: as one character each, and as a letter with its mark behind it.
COMPOSED, DECOMPOSED = "Cr\u00e8me br\u00fbl\u00e9e", "Cre\u0300me bru\u0302le\u0301e"


@pytest.mark.parametrize("kept", [COMPOSED, DECOMPOSED])
@pytest.mark.parametrize("sought", [COMPOSED, DECOMPOSED, COMPOSED.upper(), DECOMPOSED.upper()])
def test_a_letter_is_found_whichever_way_its_accent_is_written(kept: str, sought: str) -> None:
    assert folded(sought) in words(kept, "SKU-1", None)


@pytest.mark.parametrize("title", [COMPOSED, "\u01f0ul", "\u0130stanbul", "Stra\u00dfe", "\ufb01ne"])
def test_words_that_were_kept_before_letters_were_composed_are_still_found(title: str) -> None:
    assert folded(title) == title.casefold()


def test_nothing_is_found_across_title_sku_and_asin() -> None:
    assert folded("teaA1") not in words("Tea", "A1", "B000000001")
