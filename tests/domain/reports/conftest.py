"""Amazon with twenty orders to tell, and a report of any kind."""

import pytest

from tests.domain.reports.reports_bench import ReportsBench, orders_of


@pytest.fixture
def bench() -> ReportsBench:
    bench = ReportsBench()
    bench.channel.orders = orders_of(20)
    bench.channel.texts["GET_ANY"] = ("text/tab-separated-values", "sku\tname\n1\tOne\n2\tTwo\n")
    return bench
