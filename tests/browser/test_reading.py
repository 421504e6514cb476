"""How figures on the page are read: a wrong one must not pass."""

import pytest

from tests.browser.reading import shows


@pytest.mark.parametrize(
    ("text", "value"),
    [("$18,841", 18840.72), ("$71.37", 71.365), ("265", 265), ("0.92×", 0.917), ("–", None), ("$0.00", 0)],
)
def test_a_figure_is_known_however_it_is_rounded(text, value):
    assert shows(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("$18,840", 18840.72), ("265", 264), ("0", None), ("–", 0), ("", 0), ("loading", 0), ("1 of 2", 12.5)],
)
def test_another_figure_is_not(text, value):
    assert not shows(text, value)


def test_per_cent_are_hundredths():
    assert shows("108.9%", 1.0893, times=100)
