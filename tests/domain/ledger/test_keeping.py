"""Asking, comparing and fetching again: what the ledger's chore does, and when."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import ChannelError, UpstreamFailed, UpstreamRefused, UsagePlanEmpty, WrongAnswer
from domain.ledger.model import Verdict
from domain.reports.model import ORDERS_BY_DATE, ReportStatus
from domain.sync.failures import is_own
from domain.sync.model import Resource
from tests.domain.ledger.bench import DAY, HOUR, NOW, TODAY, Bench, sold
from tests.fakes.things import JP, US


@pytest.fixture
def bench() -> Bench:
    return Bench()


def ago(days: int) -> object:
    return TODAY - days * DAY


def test_amazon_is_asked_once_for_all_days_since_shortly_before_the_connection(bench: Bench) -> None:
    bench.work()

    assert bench.sales.calls == [(US, ago(10), ago(1))]


def test_today_is_not_asked_for(bench: Bench) -> None:
    bench.work()

    assert TODAY not in bench.lines()


def test_nothing_is_asked_for_before_the_orders_were_read_once(bench: Bench) -> None:
    key = (bench.connection.id, Resource.ORDERS)
    bench.store.tables.resources[key] = replace(bench.store.tables.resources[key], complete_until=None)

    assert bench.work() == 0
    assert bench.sales.calls == []


def test_an_answer_waits_until_the_orders_are_read_up_to_it(bench: Bench) -> None:
    bench.sell(sold("A", 3))
    bench.clock.advance(HOUR)

    bench.work()
    bench.work()

    assert bench.verdicts() == {Verdict.OPEN}
    assert all(line.settled_at is None for line in bench.lines().values())


def test_days_that_count_the_same_agree(bench: Bench) -> None:
    bench.sell(sold("A", 3, quantity=2), sold("B", 3), sold("C", 1, status="CANCELLED"))

    bench.check()

    line = bench.lines()[TODAY - 3 * DAY]
    assert bench.verdicts() == {Verdict.AGREES}
    assert line.ours == line.amazon
    assert (line.amazon.orders, line.amazon.units, line.amazon.goods_minor) == (2, 3, 2000)


def test_orders_from_outside_amazon_count_on_neither_side(bench: Bench) -> None:
    bench.sell(sold("A", 3, marketplace_id=None))

    bench.check()

    assert bench.wrong() == {}


def test_a_lost_order_is_a_gap_and_its_day_is_fetched_again_as_the_marketplace_has_it(bench: Bench) -> None:
    bench.sell(sold("A", 3), sold("B", 3))
    bench.lost = {"B"}

    bench.check()

    (report,) = bench.repairs()
    begin = NOW.replace(hour=8) - 3 * DAY
    assert bench.wrong() == {ago(3): Verdict.GAP}
    assert (report.request.report_type, report.request.marketplace_ids) == (ORDERS_BY_DATE, (US,))
    assert (report.request.start, report.request.end) == (begin, begin + DAY)
    assert (report.status, report.next_look_at) == (ReportStatus.PENDING, bench.clock.now())


def test_a_gap_that_a_repair_has_closed_agrees_without_waiting_for_the_next_day(bench: Bench) -> None:
    bench.sell(sold("A", 3))
    bench.lost = {"A"}
    bench.check()
    bench.lost = set()
    bench.clock.advance(HOUR)
    bench.repair()

    bench.check()

    assert bench.sales.calls[1:] == [(US, ago(3), ago(3))]
    assert bench.wrong() == {}
    assert bench.lines()[TODAY - 3 * DAY].repairs == 0


def test_while_a_repair_is_under_way_its_day_is_not_asked_for_again(bench: Bench) -> None:
    bench.sell(sold("A", 3))
    bench.lost = {"A"}
    bench.check()

    bench.clock.advance(DAY)
    bench.read()
    bench.work()

    assert bench.lines()[TODAY - 3 * DAY].asked_at == NOW
    assert len(bench.repairs()) == 1


def test_days_close_to_each_other_are_fetched_by_one_report_and_distant_ones_by_another(bench: Bench) -> None:
    bench = Bench(connected_at=NOW - 30 * DAY)
    bench.sell(*(sold(f"O-{days}", days) for days in (3, 4, 7, 20)))
    bench.lost = set(bench.truth)

    bench.check()

    spans = sorted((report.request.start, report.request.end) for report in bench.repairs())
    begin = NOW.replace(hour=8)
    assert spans == [(begin - 20 * DAY, begin - 19 * DAY), (begin - 7 * DAY, begin - 2 * DAY)]


def test_a_gap_that_two_repairs_did_not_close_lasts_and_is_tried_every_week(bench: Bench) -> None:
    bench.sell(sold("A", 3))
    bench.lost = {"A"}
    bench.check()
    verdicts = []

    for _day in range(16):
        bench.clock.advance(timedelta(hours=22))
        bench.repair()
        bench.check()
        bench.check()
        verdicts.append(bench.lines()[TODAY - 3 * DAY].verdict)

    assert verdicts[0] is Verdict.GAP
    assert verdicts[-1] is Verdict.LASTING
    assert 3 <= len(bench.repairs()) <= 5


def test_a_lasting_gap_heals_when_the_order_is_told_at_last(bench: Bench) -> None:
    bench.sell(sold("A", 3))
    bench.lost = {"A"}
    for _day in range(4):
        bench.check()
        bench.repair()
        bench.clock.advance(DAY)
    assert bench.wrong() == {ago(3): Verdict.LASTING}

    bench.lost = set()
    bench.check()
    bench.clock.advance(DAY)
    bench.check()

    assert bench.wrong() == {}


def test_an_order_that_changed_about_when_amazon_counted_raises_no_alarm(bench: Bench) -> None:
    bench.sell(sold("A", 3), sold("B", 3))
    bench.read()
    bench.sales.meanwhile = lambda: bench.sell(sold("B", 3, status="CANCELLED", updated_at=bench.clock.now()))

    bench.check()

    assert bench.wrong() == {ago(3): Verdict.OPEN}
    assert bench.repairs() == []


def test_what_could_not_be_told_is_told_the_next_day(bench: Bench) -> None:
    bench.sell(sold("A", 3), sold("B", 3))
    bench.read()
    bench.sales.meanwhile = lambda: bench.sell(sold("B", 3, status="CANCELLED", updated_at=NOW))
    bench.check()
    bench.sales.meanwhile = None

    bench.clock.advance(DAY)
    bench.read()
    bench.check()

    assert bench.wrong() == {}


def test_more_than_all_that_moves_is_a_gap_although_something_moves(bench: Bench) -> None:
    moving = sold("A", 3, updated_at=NOW)
    bench.sell(moving, sold("B", 3))
    bench.lost = {"B"}

    bench.check()

    assert bench.wrong() == {ago(3): Verdict.GAP}


def test_a_price_that_never_came_is_noticed_when_no_order_is_pending_as_long_as_that() -> None:
    bench = Bench(connected_at=NOW - 30 * DAY)
    bench.sell(sold("young", 3, minor=None, status="PENDING"), sold("old", 20, minor=None, status="PENDING"))
    bench.read()
    bench.sell(sold("young", 3), sold("old", 20))
    bench.lost = {"young", "old"}

    bench.check()

    assert bench.wrong() == {ago(3): Verdict.OPEN, ago(20): Verdict.GAP}


def test_days_are_asked_for_when_their_history_has_been_taken_over(bench: Bench) -> None:
    begin = NOW.replace(hour=0) - 12 * DAY
    bench.history(begin - 30 * DAY, begin, ReportStatus.PROCESSING)
    bench.history(begin - 60 * DAY, begin - 30 * DAY, ReportStatus.COMPLETED)
    bench.history(begin - 90 * DAY, begin - 60 * DAY, ReportStatus.NO_DATA)

    bench.work()

    days = sorted(bench.lines())
    assert (days[0], days[58]) == (TODAY - 102 * DAY, TODAY - 44 * DAY)
    assert days[59:] == [TODAY - number * DAY for number in range(13, 0, -1)]


def test_every_day_the_latest_days_are_asked_for_and_every_week_all_others() -> None:
    bench = Bench(connected_at=NOW - 100 * DAY)
    for _day in range(8):
        bench.check()
        bench.clock.advance(23 * HOUR)
        bench.read()

    spans = [(last - first).days + 1 for _marketplace, first, last in bench.sales.calls]
    assert spans[0] == 100
    assert spans[1:7] == [35] * 6
    assert spans[7] > 99


def test_days_that_are_not_kept_any_more_are_forgotten() -> None:
    bench = Bench(connected_at=NOW - 498 * DAY)
    bench.check()
    assert len(bench.lines()) == 498

    bench.clock.advance(20 * DAY)
    bench.read()
    bench.check()

    assert min(bench.lines()) == (bench.clock.now() - 500 * DAY - HOUR).date() + DAY


def test_each_marketplace_is_asked_for_its_own_days() -> None:
    bench = Bench(US, JP)

    bench.work()

    assert bench.sales.calls == [(US, ago(10), ago(1)), (JP, ago(9), TODAY)]  # it is tomorrow in Tokyo


def test_a_marketplace_in_trouble_does_not_keep_the_others_from_being_asked() -> None:
    bench = Bench(US, JP)
    bench.sales.trouble.append(UpstreamFailed("503"))

    with pytest.raises(UpstreamFailed):
        bench.work()

    assert [marketplace for marketplace, _first, _last in bench.sales.calls] == [US, JP]
    assert {line.amazon.marketplace_id for line in bench.store.tables.ledger.values()} == {JP}


@pytest.mark.parametrize(
    "refusal", [UpstreamRefused("400: no such marketplace", request_id="r-1"), WrongAnswer("no totals")]
)
def test_a_count_that_amazon_never_gives_does_not_have_reports_and_history_set_aside(
    bench: Bench, refusal: ChannelError
) -> None:
    bench.sales.trouble.append(refusal)

    with pytest.raises(ChannelError, match=f"{US}: {refusal}") as raised:
        bench.work()

    assert not is_own(raised.value)
    assert raised.value.request_id == refusal.request_id


def test_an_empty_usage_plan_parks_the_run(bench: Bench) -> None:
    bench.sales.trouble.append(UsagePlanEmpty("empty", NOW + HOUR))

    with pytest.raises(UsagePlanEmpty):
        bench.work()

    assert bench.lines() == {}


def test_it_is_due_when_the_orders_will_have_been_read_up_to_the_answer(bench: Bench) -> None:
    bench.clock.advance(HOUR)
    bench.work()
    key = (bench.connection.id, Resource.ORDERS)
    row = bench.store.tables.resources[key]
    next_run_at = bench.clock.now() + timedelta(minutes=10)
    bench.store.tables.resources[key] = replace(row, next_run_at=next_run_at)

    due_at = bench.chore.due_at(bench.connection, bench.clock.now())

    assert due_at == next_run_at + timedelta(seconds=15)


def test_with_nothing_open_it_is_due_when_the_next_day_is_over(bench: Bench) -> None:
    bench.check()

    due_at = bench.chore.due_at(bench.connection, bench.clock.now())

    assert due_at is not None
    midnight = NOW.replace(hour=8) + DAY
    assert midnight + HOUR <= due_at <= midnight + 3 * HOUR
    bench.clock.set(due_at)
    bench.read()
    assert bench.work() == 1


def test_nothing_due_is_no_step(bench: Bench) -> None:
    bench.check()

    assert bench.work() == 0
    assert not bench.chore.is_busy(bench.connection)


def test_days_whose_orders_were_purged_are_not_compared_when_orders_are_kept_for_longer_again(
    bench: Bench,
) -> None:
    bench = Bench(connected_at=NOW - 30 * DAY)
    bench.sell(sold("A", 25), sold("B", 12))
    bench.read()
    bench.purge(keep=20 * DAY)

    bench.check()

    assert bench.wrong() == {}
    assert bench.sales.calls == [(US, ago(20), ago(1))]  # purged up to an afternoon in Los Angeles


def test_an_answer_that_was_not_compared_yet_is_not_asked_for_again_because_of_a_repair(bench: Bench) -> None:
    bench.sell(sold("A", 3))
    bench.lost = {"A"}
    bench.check()
    bench.clock.advance(2 * HOUR)
    bench.repair()  # by a process whose clock is an hour ahead
    bench.clock.advance(-HOUR)
    calls = len(bench.sales.calls)

    for _round in range(3):
        bench.work()

    assert len(bench.sales.calls) == calls + 1
