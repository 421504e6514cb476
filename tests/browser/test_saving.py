"""Lists that are saved for a spreadsheet."""

import re
from collections.abc import Callable

import pytest

from tests.browser.visitor import Visitor
from tests.e2e.people import Person

DAYS = r"\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/orders", rf"amazon-orders-{DAYS}-USD\.csv"),
        ("/advertising", rf"ads-performance-{DAYS}-USD\.csv"),
        ("/stock", r"amazon-inventory-items\.csv"),
    ],
)
def test_a_list_is_saved_under_the_name_of_its_days_and_currency(
    visitors: Callable[..., Visitor], furnished: Person, path: str, name: str
) -> None:
    visitor = visitors(person=furnished)
    visitor.open(path)

    with visitor.page.expect_download() as saved:
        visitor.press("Save as CSV")

    assert re.fullmatch(name, saved.value.suggested_filename)
