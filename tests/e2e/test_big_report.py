"""A large report is taken over piece by piece: however long it is, the memory that it takes stays the same.

``make bench`` does the same with a million lines.
"""

import pytest

from tests.big_report import BigReport, backfilled

LINES = 100_000
#: What serving and syncing take beside the report, pages of a thousand orders included.
GROWTH_MB = 60
LIMIT_MB = 200


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> BigReport:
    return backfilled(tmp_path_factory.mktemp("big"), LINES, seconds=90)


def test_every_line_is_there_once_and_counted_once(big: BigReport) -> None:
    assert big.lines >= LINES
    assert (big.orders, big.items) == (big.taken_over, big.lines)
    assert big.counted == big.orders - big.uncounted


def test_the_memory_does_not_grow_with_the_report(big: BigReport) -> None:
    assert big.peak_mb - big.idle_mb < GROWTH_MB
    assert big.peak_mb < LIMIT_MB
