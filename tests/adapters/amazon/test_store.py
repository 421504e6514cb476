"""SP-API in the vendor's vocabulary: what is asked, and what refusals mean."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest

from adapters.amazon.store import AmazonOrders, AmazonSellers, AmazonStock
from domain.errors import (
    AccessDenied,
    NoFulfilmentByAmazon,
    RateLimited,
    StalePage,
    UpstreamFailed,
    UpstreamRefused,
    UsagePlanEmpty,
)
from domain.gateway.model import Answer, Patience
from domain.orders.model import OrderWindow
from tests.adapters.amazon.samples import sample_bytes
from tests.domain.gateway.bench import CONNECTION, Bench
from tests.fakes.amazon import answer, refusal
from tests.fakes.things import CA, US

WINDOW = OrderWindow(
    datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 4, 11, 58, 0, 123_999, tzinfo=UTC), (US, CA)
)
BAD_TOKEN = refusal(400, "InvalidInput", "The token is invalid or expired.")


def sampled(operation: str, case: str) -> Answer:
    return Answer(200, {"content-type": "application/json"}, sample_bytes(operation, case))


def query(bench: Bench) -> Mapping[str, str]:
    """What the only call asked."""
    ((_region, call, _token),) = bench.wire.sent
    return call.query


def operations(bench: Bench) -> list[str]:
    return [call.operation.name for _region, call, _token in bench.wire.sent]


def test_a_page_of_orders_is_asked_for_by_change_and_without_the_buyer() -> None:
    bench = Bench(sampled("search_orders", "nothing"))

    AmazonOrders(bench.gateway).page(CONNECTION, WINDOW, None)

    assert operations(bench) == ["searchOrders"]
    assert query(bench) == {
        "lastUpdatedAfter": "2026-03-01T00:00:00.000Z",
        "lastUpdatedBefore": "2026-03-04T11:58:00.123Z",
        "marketplaceIds": f"{US},{CA}",
        "maxResultsPerPage": "100",
        "includedData": "PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT",
    }


@pytest.mark.parametrize("token", [None, "page-2"])
def test_nothing_about_a_person_is_ever_asked_for(token: str | None) -> None:
    bench = Bench(sampled("search_orders", "nothing"))

    AmazonOrders(bench.gateway).page(CONNECTION, WINDOW, token)

    included = set(query(bench)["includedData"].split(","))
    assert included.isdisjoint({"BUYER", "RECIPIENT", "TAX", "PAYMENT", "PACKAGES"})


def test_a_further_page_of_orders_asks_the_same_with_the_token() -> None:
    first, second = Bench(sampled("search_orders", "nothing")), Bench(sampled("search_orders", "nothing"))

    AmazonOrders(first.gateway).page(CONNECTION, WINDOW, None)
    AmazonOrders(second.gateway).page(CONNECTION, WINDOW, "page-2")

    assert query(second) == {**query(first), "paginationToken": "page-2"}


def test_a_window_of_another_zone_is_asked_for_in_utc() -> None:
    bench = Bench(sampled("search_orders", "nothing"))
    tokyo = datetime(2026, 3, 2, 8, 30, tzinfo=timezone(timedelta(hours=9)))

    AmazonOrders(bench.gateway).page(CONNECTION, OrderWindow(tokyo, WINDOW.before, (US,)), None)

    assert query(bench)["lastUpdatedAfter"] == "2026-03-01T23:30:00.000Z"


def test_a_page_of_orders_is_what_amazon_sent() -> None:
    bench = Bench(sampled("search_orders", "shipped_and_pending"))

    page = AmazonOrders(bench.gateway).page(CONNECTION, WINDOW, None)

    assert [order.order_id for order in page.orders] == ["114-1111111-2222222", "114-3333333-4444444"]
    assert page.next_token == "2YgYW55IGNhcm5hbCBwbGVhc3VyZS4"


def test_orders_are_estimated_marketplace_by_marketplace() -> None:
    bench = Bench(sampled("get_order_metrics", "total"))

    estimate = AmazonOrders(bench.gateway).estimate(CONNECTION, WINDOW)

    assert estimate == 2 * 3
    assert operations(bench) == ["getOrderMetrics"] * 2
    assert [call.query for _region, call, _token in bench.wire.sent] == [
        {
            "marketplaceIds": marketplace_id,
            "interval": "2026-03-01T00:00:00.000Z--2026-03-04T11:58:00.123Z",
            "granularity": "Total",
        }
        for marketplace_id in (US, CA)
    ]


def test_all_stock_is_asked_for_with_its_details() -> None:
    bench = Bench(sampled("get_inventory_summaries", "last_page"))

    AmazonStock(bench.gateway).page(CONNECTION, US, None, None)

    assert operations(bench) == ["getInventorySummaries"]
    assert query(bench) == {
        "granularityType": "Marketplace",
        "granularityId": US,
        "marketplaceIds": US,
        "details": "true",
    }


def test_changed_stock_is_asked_for_with_the_moment_on_every_page() -> None:
    bench = Bench(sampled("get_inventory_summaries", "last_page"))

    AmazonStock(bench.gateway).page(CONNECTION, US, WINDOW.after, "page-2")

    assert query(bench)["startDateTime"] == "2026-03-01T00:00:00.000Z"
    assert query(bench)["nextToken"] == "page-2"


def test_a_page_of_stock_is_what_amazon_sent() -> None:
    bench = Bench(sampled("get_inventory_summaries", "moved_and_untouched"))

    page = AmazonStock(bench.gateway).page(CONNECTION, US, None, None)

    assert [level.sku for level in page.levels] == ["MUG/BLUE 2+1", "TRAY-OAK", "ONLY-A-SKU"]
    assert page.next_token == "seed2"


def test_participations_are_asked_for_without_parameters() -> None:
    bench = Bench(sampled("get_marketplace_participations", "three_and_a_stranger"))

    rows = AmazonSellers(bench.gateway).participations(CONNECTION, Patience.INTERACTIVE)

    assert operations(bench) == ["getMarketplaceParticipations"]
    assert query(bench) == {}
    assert len(rows) == 4


def test_a_page_token_of_orders_that_has_run_out_is_stale() -> None:
    bench = Bench(BAD_TOKEN)

    with pytest.raises(StalePage, match="InvalidInput"):
        AmazonOrders(bench.gateway).page(CONNECTION, WINDOW, "page-2")

    assert len(bench.wire.sent) == 1


@pytest.mark.parametrize("changed_since", [None, WINDOW.after])
def test_a_page_token_of_stock_that_has_run_out_is_stale(changed_since: datetime | None) -> None:
    bench = Bench(refusal(400, "InvalidInput", "The nextToken is invalid or expired."))

    with pytest.raises(StalePage):
        AmazonStock(bench.gateway).page(CONNECTION, US, changed_since, "page-2")


def test_a_stale_page_keeps_amazons_request_id() -> None:
    body = {"errors": [{"code": "InvalidInput", "message": "expired"}]}
    bench = Bench(answer(400, body, x_amzn_requestid="r-1"))

    with pytest.raises(StalePage) as caught:
        AmazonOrders(bench.gateway).page(CONNECTION, WINDOW, "page-2")

    assert caught.value.request_id == "r-1"


def test_a_first_page_of_orders_that_is_refused_is_our_mistake() -> None:
    bench = Bench(BAD_TOKEN)

    with pytest.raises(UpstreamRefused):
        AmazonOrders(bench.gateway).page(CONNECTION, WINDOW, None)


@pytest.mark.parametrize("code", ["InvalidInput", "Invalid Input"])
def test_a_seller_whose_first_page_of_all_stock_is_refused_keeps_none_with_amazon(code: str) -> None:
    bench = Bench(refusal(400, code, "Seller has no fulfilment by Amazon."))

    with pytest.raises(NoFulfilmentByAmazon):
        AmazonStock(bench.gateway).page(CONNECTION, US, None, None)


def test_a_refused_moment_does_not_mean_that_there_is_no_stock() -> None:
    bench = Bench(refusal(400, "InvalidInput", "startDateTime is too old."))

    with pytest.raises(UpstreamRefused):
        AmazonStock(bench.gateway).page(CONNECTION, US, WINDOW.after, None)


def test_a_wrong_region_does_not_mean_that_there_is_no_stock() -> None:
    bench = Bench(refusal(403, "Unauthorized", details="Marketplace is not valid for region na"))

    with pytest.raises(UpstreamRefused):
        AmazonStock(bench.gateway).page(CONNECTION, US, None, None)


def test_a_denied_role_stays_a_denial_on_every_page() -> None:
    bench = Bench(refusal(403, "Unauthorized"))

    with pytest.raises(AccessDenied):
        AmazonOrders(bench.gateway).page(CONNECTION, WINDOW, "page-2")


def test_a_malformed_page_is_asked_for_again() -> None:
    bench = Bench(answer(200, {"orders": "none"}), sampled("search_orders", "shipped_and_pending"))

    page = AmazonOrders(bench.gateway).page(CONNECTION, WINDOW, None)

    assert len(page.orders) == 2
    assert len(bench.wire.sent) == 2


def test_a_page_that_stays_malformed_is_a_failure() -> None:
    bench = Bench(answer(200, {"payload": {}}))

    with pytest.raises(UpstreamFailed, match="inventorySummaries"):
        AmazonStock(bench.gateway).page(CONNECTION, US, None, None)


def test_background_work_parks_when_the_plan_is_used_up() -> None:
    bench = Bench(answer(429))

    with pytest.raises(UsagePlanEmpty):
        AmazonOrders(bench.gateway).page(CONNECTION, WINDOW, None)

    assert bench.pause.waits == []


def test_a_person_who_looks_at_orders_is_told_when_to_come_back() -> None:
    bench = Bench(answer(429))
    orders = AmazonOrders(bench.gateway)

    with pytest.raises(RateLimited):
        orders.page(CONNECTION, WINDOW, None, Patience.INTERACTIVE)
    with pytest.raises(RateLimited):
        orders.estimate(CONNECTION, WINDOW, Patience.INTERACTIVE)


def test_a_person_who_looks_at_stock_is_told_when_to_come_back() -> None:
    bench = Bench(answer(429))

    with pytest.raises(RateLimited):
        AmazonStock(bench.gateway).page(CONNECTION, US, None, None, Patience.INTERACTIVE)
