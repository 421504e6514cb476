"""Whatever orders happen and whichever of them get lost: their days are found and mended, and no other one is named."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.ledger.bench import DAY, NOW, Bench, sold

STATUSES = ("SHIPPED", "UNSHIPPED", "CANCELLED", "PENDING")


@st.composite
def histories(draw: st.DrawFn) -> tuple[Bench, set[str]]:
    """A seller with orders of two weeks, of which some never arrive; those that are cancelled don't matter."""
    bench = Bench(connected_at=NOW - 14 * DAY)
    lost = set()
    for number in range(draw(st.integers(0, 25))):
        status = draw(st.sampled_from(STATUSES))
        order = sold(
            f"O-{number}",
            draw(st.integers(1, 12)),
            quantity=draw(st.integers(1, 3)),
            minor=None if status == "PENDING" else draw(st.integers(0, 5000)),
            status=status,
        )
        bench.sell(order)
        if draw(st.booleans()) and status != "CANCELLED":
            lost.add(order.order_id)
    bench.lost = set(lost)
    return bench, lost


@settings(max_examples=60, deadline=None)
@given(histories(), st.lists(st.tuples(st.integers(1, 12), st.integers(0, 60)), max_size=8))
def test_every_lost_order_is_found_and_no_clean_day_is_named(
    found: tuple[Bench, set[str]], shipped_meanwhile: list[tuple[int, int]]
) -> None:
    bench, lost = found
    days = {NOW.date() - (NOW - bench.truth[one].created_at) for one in lost}

    bench.work()
    for number, (days_ago, minutes) in enumerate(shipped_meanwhile):
        # New days go on as ever: orders of today come in, which nobody compares yet.
        bench.clock.advance(timedelta(minutes=minutes))
        bench.sell(sold(f"N-{number}", 0, quantity=days_ago, updated_at=bench.clock.now()))
        bench.read()
    bench.clock.advance(timedelta(hours=1))
    bench.read()
    bench.work()

    assert set(bench.wrong()) == days

    bench.lost = set()
    bench.clock.advance(timedelta(hours=1))
    bench.repair()
    bench.check()

    assert bench.wrong() == {}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 24), st.integers(1, 90), st.sampled_from(STATUSES[:3])), max_size=30)
)
def test_a_store_in_which_orders_change_all_the_time_raises_no_alarm(
    changes: list[tuple[int, int, str]],
) -> None:
    bench = Bench(connected_at=NOW - 14 * DAY)
    bench.sell(*(sold(f"O-{number}", number % 12 + 1) for number in range(25)))
    bench.read()

    for number, minutes, status in changes:
        bench.clock.advance(timedelta(minutes=minutes))
        order = sold(f"O-{number}", number % 12 + 1, status=status, updated_at=bench.clock.now())
        if bench.truth[order.order_id].status != "CANCELLED":
            bench.sell(order)
        bench.work()
        if minutes % 2:
            bench.read()
            bench.work()

    assert bench.repairs() == []
    assert not any(line.verdict.is_incomplete for line in bench.lines().values())
