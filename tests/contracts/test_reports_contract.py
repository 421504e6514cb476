"""What every book of reports does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.connections.model import Connection
from domain.errors import NotFound
from domain.reports.model import Place, Purpose, Report, ReportId, ReportRequest, ReportStatus
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.furnished import leaving
from tests.contracts.samples import FAILURE, MINUTE, NOW, connected, registered
from tests.fakes.things import a_report

DAY = timedelta(days=1)


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    return connected(backend, user)


def kept(backend: Backend, *reports: Report) -> None:
    with backend.work() as work:
        work.reports.add(reports)
        work.commit()


def slice_of(connection: Connection, days_ago: int, **changes: Any) -> Report:
    request = ReportRequest(
        "ORDERS", connection.marketplace_ids, NOW - (days_ago + 30) * DAY, NOW - days_ago * DAY
    )
    return a_report(connection, request=request, created_at=NOW, **changes)


def test_a_report_is_kept_as_it_is(backend: Backend, connection: Connection) -> None:
    request = ReportRequest("ANY", ("M1", "M2"), NOW - DAY, NOW, {"dateGranularity": "DAY"})
    fresh = a_report(connection, request=request, created_at=NOW)
    fetched = replace(
        fresh,
        purpose=Purpose.ASKED,
        status=ReportStatus.FAILED,
        next_look_at=None,
        asked_at=NOW + MINUTE,
        amazon_id="R-1",
        document_id="D-1",
        looks=3,
        failures=2,
        attempts=1,
        media="text/plain",
        parts=4,
        size=5_000_000_000,
        lines=6,
        place=Place(2, 77),
        records=8,
        finished_at=NOW + 2 * MINUTE,
        error=FAILURE,
    )
    bare = a_report(connection, request=ReportRequest("ANY", ("M1",)), created_at=NOW)
    kept(backend, fresh, bare)

    with backend.work() as work:
        work.reports.save(fetched)
        work.commit()

    with backend.look() as work:
        assert work.reports.get(connection.user_id, fresh.id) == fetched
        assert work.reports.get(connection.user_id, bare.id) == bare


def test_a_report_that_is_gone_is_not_saved(backend: Backend, connection: Connection) -> None:
    with backend.work() as work, pytest.raises(NotFound):
        work.reports.save(a_report(connection))


def test_adding_none_does_nothing(backend: Backend, connection: Connection) -> None:
    kept(backend)

    with backend.look() as work:
        assert work.reports.open_of(connection.id) == []


def test_somebody_elses_report_is_not_found(backend: Backend, connection: Connection) -> None:
    report = a_report(connection)
    kept(backend, report)
    stranger = registered(backend)

    with backend.look() as work:
        for user_id, report_id in ((stranger.id, report.id), (connection.user_id, ReportId(uuid4()))):
            with pytest.raises(NotFound):
                work.reports.get(user_id, report_id)


def test_an_open_report_that_asks_the_same_is_found(backend: Backend, connection: Connection) -> None:
    report = a_report(connection, Purpose.ASKED, created_at=NOW)
    done = replace(slice_of(connection, 60, status=ReportStatus.COMPLETED), purpose=Purpose.ASKED)
    kept(backend, report, done)
    again = replace(report, id=ReportId(uuid4()))
    others = [
        replace(again, purpose=Purpose.HISTORY),
        replace(again, request=replace(report.request, options={"custom": "true"})),
        replace(again, request=replace(report.request, end=NOW - MINUTE)),
        replace(again, request=done.request),
        replace(again, connection_id=connected(backend, registered(backend)).id),
    ]

    with backend.look() as work:
        assert work.reports.same(again) == report
        assert [work.reports.same(other) for other in others] == [None] * len(others)


def test_open_reports_come_in_the_order_of_their_turn(backend: Backend, connection: Connection) -> None:
    old, new = slice_of(connection, 60), slice_of(connection, 0)
    repair, daily = (
        slice_of(connection, 90, purpose=Purpose.REPAIR),
        slice_of(connection, 200, purpose=Purpose.DAILY),
    )
    asked = slice_of(connection, 300, purpose=Purpose.ASKED, status=ReportStatus.PROCESSING)
    over = [slice_of(connection, 0, status=status) for status in ReportStatus if not status.is_open]
    kept(backend, old, new, repair, daily, asked, *over)
    kept(backend, slice_of(connected(backend, registered(backend)), 0))

    with backend.look() as work:
        assert work.reports.open_of(connection.id) == [asked, repair, new, old, daily]


def test_reports_of_a_purpose_come_with_the_newest_data_first(
    backend: Backend, connection: Connection
) -> None:
    old = slice_of(connection, 60, status=ReportStatus.FAILED, next_look_at=None)
    new = slice_of(connection, 0)
    repair = slice_of(connection, 30, purpose=Purpose.REPAIR)
    kept(
        backend,
        old,
        replace(repair, created_at=NOW + DAY),
        new,
        slice_of(connection, 0, purpose=Purpose.ASKED),
    )

    with backend.look() as work:
        both = work.reports.of_purpose(connection.id, Purpose.HISTORY, Purpose.REPAIR)
        late = work.reports.of_purpose(connection.id, Purpose.HISTORY, Purpose.REPAIR, since=NOW + MINUTE)
    assert [report.id for report in both] == [new.id, repair.id, old.id]
    assert [report.id for report in late] == [repair.id]


def test_the_users_reports_are_listed_by_what_is_asked_for(backend: Backend, user: User) -> None:
    one, two = connected(backend, user, "A1"), connected(backend, user, "A2")
    first = a_report(one, created_at=NOW)
    second = a_report(two, Purpose.ASKED, ReportRequest("ANY", ("M1",)), created_at=NOW + MINUTE)
    third = a_report(one, created_at=NOW + 2 * MINUTE, status=ReportStatus.FAILED)
    kept(backend, first, second, third)
    kept(backend, a_report(connected(backend, registered(backend))))

    with backend.look() as work:
        of = work.reports.of_user
        assert of(user.id) == [third, second, first]
        assert of(user.id, limit=1) == [third]
        assert of(user.id, before=(second.created_at, second.id)) == [first]
        assert of(user.id, connection_id=two.id) == [second]
        assert of(user.id, report_type="ANY") == [second]
        assert of(user.id, status=ReportStatus.FAILED) == [third]
        assert of(user.id, purpose=Purpose.HISTORY) == [third, first]


def test_reports_of_a_connection_that_is_being_erased_are_out_of_sight(
    backend: Backend, user: User, connection: Connection
) -> None:
    report = a_report(connection)
    kept(backend, report)

    leaving(backend, connection)

    with backend.look() as work:
        assert work.reports.of_user(user.id) == []
        with pytest.raises(NotFound):
            work.reports.get(user.id, report.id)


def test_amazons_ids_are_told_by_type(backend: Backend, connection: Connection) -> None:
    other = a_report(connection, request=ReportRequest("ANY", ("M1",)), amazon_id="R-3")
    kept(
        backend,
        slice_of(connection, 0, amazon_id="R-1"),
        slice_of(connection, 30, amazon_id="R-2", status=ReportStatus.COMPLETED),
        slice_of(connection, 60),
        other,
    )

    with backend.look() as work:
        assert set(work.reports.amazon_ids(connection.id, "ORDERS")) == {"R-1", "R-2"}
        assert set(work.reports.amazon_ids(connection.id, "ANY")) == {"R-3"}


def test_parts_are_given_back_as_they_came(backend: Backend, connection: Connection) -> None:
    report, other = a_report(connection), a_report(connection)
    kept(backend, report, other)
    whole = bytes(range(256)) * 4096

    with backend.work() as work:
        work.reports.put_part(report, 0, b"interrupted")
        work.reports.put_part(report, 0, whole)
        work.reports.put_part(report, 1, b"")
        work.reports.put_part(other, 0, b"other")
        work.commit()

    with backend.look() as work:
        assert work.reports.part(report.id, 0) == whole
        assert work.reports.part(report.id, 1) == b""
        assert work.reports.part(report.id, 2) is None
        assert work.reports.part(other.id, 0) == b"other"


def test_dropping_a_document_leaves_the_others(backend: Backend, connection: Connection) -> None:
    report, other = a_report(connection), a_report(connection)
    kept(backend, report, other)
    with backend.work() as work:
        for number in range(3):
            work.reports.put_part(report, number, b"part")
        work.reports.put_part(other, 0, b"other")
        work.commit()

    with backend.work() as work:
        dropped = work.reports.drop_parts(report.id), work.reports.drop_parts(report.id)
        work.commit()

    assert dropped == (3, 0)
    with backend.look() as work:
        assert work.reports.part(report.id, 0) is None
        assert work.reports.part(other.id, 0) == b"other"


def test_what_was_finished_long_ago_is_forgotten_in_portions(
    backend: Backend, connection: Connection
) -> None:
    def finished(minutes: int, purpose: Purpose = Purpose.DAILY) -> Report:
        at = NOW + minutes * MINUTE
        return a_report(connection, purpose, status=ReportStatus.COMPLETED, next_look_at=None, finished_at=at)

    first, second, third, young = (finished(minutes) for minutes in (0, 1, 2, 60))
    history, still_open = finished(0, Purpose.HISTORY), a_report(connection)
    kept(backend, third, young, first, history, still_open, second)
    with backend.work() as work:
        work.reports.put_part(first, 0, b"old")
        work.reports.put_part(young, 0, b"young")
        work.commit()

    portions = []
    for _ in range(3):
        with backend.work() as work:
            portions.append(work.reports.forget_before(NOW + 30 * MINUTE, limit=2))
            left = {report.id for report in work.reports.of_user(connection.user_id)}
            work.commit()
        assert (third.id in left) is (len(portions) == 1)

    assert portions == [2, 1, 0]
    assert left == {young.id, history.id, still_open.id}
    with backend.look() as work:
        assert (work.reports.part(first.id, 0), work.reports.part(young.id, 0)) == (None, b"young")
