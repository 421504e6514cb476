"""The link that tells which roles are granted: each is asked for with one call, and a full bucket is not needed."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from domain.connections.diagnosis import Link, LinkState, holds
from domain.connections.model import Connection
from domain.errors import (
    AccessDenied,
    NotConfigured,
    NotFound,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UsagePlanEmpty,
)
from domain.gateway.model import Patience
from tests.fakes.things import NOW, US
from tests.fakes.world import World

TOKEN = "Atzr|" + "x" * 300
INSIGHTS, TRACKING, FULFILMENT = (
    "Selling Partner Insights",
    "Inventory and Order Tracking",
    "Amazon Fulfillment",
)
NO_ORDERS = AccessDenied("Amazon denies searchOrders.", role=TRACKING, request_id="r-orders")
NO_STOCK = AccessDenied("Amazon denies getInventorySummaries.", role=FULFILMENT, request_id="r-stock")
FULL = RateLimited("Amazon's usage plan for searchOrders is used up for now.", 60, channel="amazon")
PARKED = UsagePlanEmpty("Amazon's usage plan is used up for now.", NOW + timedelta(minutes=1))
DOWN = UpstreamFailed("Amazon answered 503 to it.", request_id="r-503")
LATE = UpstreamTimedOut("Amazon did not answer in time.")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def connection(world: World) -> Connection:
    return world.connect(world.user, US, refresh_token=TOKEN)


def roles(
    world: World, connection: Connection, orders: PortsideError | None, stock: PortsideError | None
) -> Link:
    """The link, when Amazon answers so; nothing: it lets us in."""
    world.amazon.orders.trouble.append(orders)
    world.amazon.stock.trouble.append(stock)
    chain = world.services.diagnosis.check(connection)
    return next(link for link in chain if link.name == "roles")


def test_all_are_granted_where_all_is_answered(world: World, connection: Connection) -> None:
    link = roles(world, connection, None, None)

    assert (link.state, link.cause, link.mend) == (LinkState.OK, "", "")
    assert link.details == {"granted": [INSIGHTS, TRACKING, FULFILMENT]}


def test_each_is_asked_for_once_as_a_person_who_waits(world: World, connection: Connection) -> None:
    roles(world, connection, None, None)

    ((window, token),) = world.amazon.orders.asked
    assert window.before - window.after == timedelta(hours=1)
    assert NOW - window.before > timedelta(minutes=2)
    assert (window.marketplace_ids, token) == ((US,), None)
    assert world.amazon.stock.asked == [(US, None, None)]
    assert world.amazon.orders.patience == world.amazon.stock.patience == [Patience.INTERACTIVE]
    assert (world.amazon.reports.created, world.amazon.reports.listed) == ([], [])
    assert (world.store.tables.orders, world.store.tables.stock) == ({}, {})


@pytest.mark.parametrize(
    ("orders", "stock", "operation", "role", "granted", "request_id"),
    [
        (NO_ORDERS, None, "searchOrders", TRACKING, [INSIGHTS, FULFILMENT], "r-orders"),
        (None, NO_STOCK, "getInventorySummaries", FULFILMENT, [INSIGHTS, TRACKING], "r-stock"),
    ],
)
def test_a_role_that_is_missing_is_named_with_its_operation_and_those_that_are_there(
    world: World,
    connection: Connection,
    orders: PortsideError | None,
    stock: PortsideError | None,
    operation: str,
    role: str,
    granted: Sequence[str],
    request_id: str,
) -> None:
    link = roles(world, connection, orders, stock)

    assert (link.state, link.request_id) == (LinkState.FAILED, request_id)
    assert link.details == {"granted": granted, "refused": [role]}
    assert f"Amazon denies {operation} (role “{role}”)." in link.cause
    assert f"Granted: {', '.join(granted)}." in link.cause
    assert "Not known" not in link.cause
    assert link.mend == (
        f"give the application the role “{role}” in the Solution Provider Portal, then let the seller connect again in "
        "the settings view"
    )


def test_all_that_are_missing_are_named_at_once(world: World, connection: Connection) -> None:
    link = roles(world, connection, NO_ORDERS, NO_STOCK)

    assert link.details == {"granted": [INSIGHTS], "refused": [TRACKING, FULFILMENT]}
    assert f"searchOrders (role “{TRACKING}”), getInventorySummaries (role “{FULFILMENT}”)" in link.cause
    assert f"give the application the roles “{TRACKING}”, “{FULFILMENT}” in" in link.mend


def test_a_seller_without_stock_at_amazon_has_the_role(world: World, connection: Connection) -> None:
    world.amazon.stock.strangers.add(US)

    link = roles(world, connection, None, None)

    assert (link.state, link.details) == (LinkState.OK, {"granted": [INSIGHTS, TRACKING, FULFILMENT]})


@pytest.mark.parametrize("full", [FULL, PARKED])
def test_a_usage_plan_that_is_used_up_breaks_nothing(
    world: World, connection: Connection, full: PortsideError
) -> None:
    link = roles(world, connection, full, None)

    assert (link.state, link.cause) == (LinkState.OK, "")
    assert link.details == {"granted": [INSIGHTS, FULFILMENT], "not_tried": [TRACKING]}


def test_where_nothing_could_be_tried_the_link_is_passed_over(world: World, connection: Connection) -> None:
    link = roles(world, connection, FULL, PARKED)

    assert (link.state, link.cause) == (LinkState.SKIPPED, str(FULL))
    assert link.details == {"granted": [INSIGHTS], "not_tried": [TRACKING, FULFILMENT]}
    assert holds([link])


@pytest.mark.parametrize(
    ("error", "verdict"), [(FULL, "not_tried"), (PARKED, "not_tried"), (DOWN, "unknown"), (LATE, "unknown")]
)
def test_a_missing_role_is_named_though_another_is_not_known(
    world: World, connection: Connection, error: PortsideError, verdict: str
) -> None:
    link = roles(world, connection, error, NO_STOCK)

    assert (link.state, link.request_id) == (LinkState.FAILED, "r-stock")
    assert link.details == {"granted": [INSIGHTS], "refused": [FULFILMENT], verdict: [TRACKING]}
    assert link.cause.endswith(f"Granted: {INSIGHTS}. Not known: {TRACKING}.")


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (DOWN, "support with the request id"),
        (LATE, "try again in a minute"),
        (UpstreamRefused("Amazon refused searchOrders."), "region na"),
        (NotFound("Amazon knows no such thing (searchOrders)."), "region na"),
    ],
)
def test_what_amazon_fails_to_answer_is_a_warning_where_another_is_answered(
    world: World, connection: Connection, error: PortsideError, mend: str
) -> None:
    link = roles(world, connection, error, None)

    assert (link.state, link.request_id) == (LinkState.WARNING, getattr(error, "request_id", None))
    assert link.details == {"granted": [INSIGHTS, FULFILMENT], "unknown": [TRACKING]}
    assert link.cause == f"Amazon does not show whether these roles are granted: {TRACKING}. {error}"
    assert mend in link.mend


@pytest.mark.parametrize("stock", [LATE, FULL])
def test_where_nothing_is_answered_the_link_is_broken(
    world: World, connection: Connection, stock: PortsideError
) -> None:
    link = roles(world, connection, DOWN, stock)

    assert (link.state, link.request_id) == (LinkState.FAILED, "r-503")
    assert str(DOWN) in link.cause
    assert "support with the request id" in link.mend


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (ReauthorizationRequired("Amazon refuses even a fresh access token."), "connect again"),
        (NotConfigured("the secret has expired", ("AMAZON_LWA_CLIENT_SECRET",)), "180 days"),
    ],
)
def test_what_concerns_the_whole_connection_is_no_question_of_roles(
    world: World, connection: Connection, error: PortsideError, mend: str
) -> None:
    link = roles(world, connection, None, error)

    assert (link.state, link.cause) == (LinkState.FAILED, str(error))
    assert mend in link.mend


def test_after_a_broken_call_nothing_more_is_asked_for(world: World, connection: Connection) -> None:
    world.amazon.accounts.trouble.append(LATE)

    link = roles(world, connection, None, None)

    assert (link.state, link.cause) == (LinkState.SKIPPED, "needs the one before")
    assert (world.amazon.orders.asked, world.amazon.stock.asked) == ([], [])
