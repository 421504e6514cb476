"""Who hears what, from when on, and when it ends."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import RateLimited, Unavailable
from domain.events.listener import Limits, Listener
from domain.events.model import Dropped, Kept, Quiet, Reset
from domain.users.model import UserId
from tests.domain.events.bench import Desk, Reader, somebody, until


def test_a_listener_hears_what_is_written_from_now_on(desk: Desk) -> None:
    user = somebody()
    before = desk.write(user, 3)
    reader = Reader(desk.join(user))

    written = desk.write(user, 3)

    until(lambda: reader.ids == written)
    assert reader.heard[0] == Quiet(before[-1])


def test_a_listener_hears_nothing_of_anybody_else(desk: Desk) -> None:
    user, other = somebody(), somebody()
    reader, others = Reader(desk.join(user)), Reader(desk.join(other))

    theirs, mine = desk.write(other, 2), desk.write(user, 2)

    until(lambda: reader.ids == mine and others.ids == theirs)


def test_events_are_heard_although_nobody_rings(desk: Desk) -> None:
    user = somebody()
    reader = Reader(desk.join(user))
    until(lambda: len(reader.heard) == 1)

    (written,) = desk.write(user, ringing=False)

    until(lambda: reader.ids == [written])


def test_who_comes_back_is_told_what_was_missed_and_goes_on_from_there(desk: Desk) -> None:
    user = somebody()
    first, *missed = desk.write(user, 450)
    desk.write(somebody(), 3)
    reader = Reader(desk.join(user, since=first))

    written = desk.write(user, 2)

    until(lambda: reader.ids == [*missed, *written])
    assert reader.heard[0] == Quiet(first)


def test_who_has_missed_more_than_is_told_again_reads_anew() -> None:
    desk, user = Desk(Limits(replayed=10)), somebody()
    written = desk.write(user, 12)
    reader = Reader(desk.join(user, since=written[0]))

    more = desk.write(user)

    until(lambda: reader.ids == more)
    assert reader.heard[:2] == [Quiet(written[0]), Reset(written[-1])]


def test_who_comes_back_after_their_event_was_forgotten_reads_anew(desk: Desk) -> None:
    user = somebody()
    written = desk.write(user, 3)
    desk.forget_all()
    reader = Reader(desk.join(user, since=written[0]))

    more = desk.write(user)

    until(lambda: reader.ids == more)
    assert reader.heard[0] == Reset(written[-1])


def test_who_has_heard_everything_comes_back_to_a_log_that_was_tidied_without_reading_anew(
    desk: Desk,
) -> None:
    user = somebody()
    written = desk.write(user, 3)
    desk.forget_all()

    messages = desk.join(user, since=written[-1]).messages()

    assert next(messages) == Quiet(written[-1])


def test_an_id_of_another_log_is_heard_of_at_once(desk: Desk) -> None:
    user = somebody()
    written = desk.write(user)
    reader = Reader(desk.join(user, since=1000))

    more = desk.write(user)

    until(lambda: reader.ids == more)
    assert reader.heard[0] == Reset(written[-1])


def test_a_quiet_listener_is_told_how_far_it_is() -> None:
    desk, user = Desk(Limits(quiet=0.05)), somebody()
    reader = Reader(desk.join(user))

    elsewhere = desk.write(somebody(), 5)

    until(lambda: reader.heard[-1:] == [Quiet(elsewhere[-1])])


def test_a_slow_listener_is_dropped_with_an_id_to_come_back_with_and_others_are_not() -> None:
    desk, user = Desk(Limits(waiting=5)), somebody()
    slow, quick = desk.join(user), Reader(desk.join(user))
    messages = slow.messages()
    next(messages)
    written = desk.write(user)
    first = next(messages)  # from the log; it stands in line as well

    for number in range(1, 10):
        quick.wait_for(number)
        written += desk.write(user)
    until(lambda: quick.ids == written)
    heard = [first, *messages]

    assert [message.id for message in heard if isinstance(message, Kept)] == written[:5]
    assert heard[-1] == Dropped(written[4])
    again = Reader(desk.join(user, since=written[4]))
    until(lambda: again.ids == written[5:])


def test_nobody_is_let_in_beyond_the_limit_until_somebody_leaves() -> None:
    desk = Desk(Limits(total=2))
    first, _second = desk.join(somebody()), desk.join(somebody())

    with pytest.raises(Unavailable) as refused:
        desk.join(somebody())
    first.leave()
    first.leave()

    assert refused.value.retry_after
    assert desk.live.count() == 1
    desk.join(somebody())


def test_where_no_thread_can_be_had_nobody_is_let_in_for_nothing() -> None:
    desk, user = Desk(), somebody()
    usual = threading.stack_size(1 << 46)  # more than any machine has: no thread can be started
    try:
        with pytest.raises(RuntimeError):
            desk.join(user)
    finally:
        threading.stack_size(usual)

    assert desk.live.count() == 0
    reader = Reader(desk.join(user))
    until(lambda: len(reader.heard) == 1)
    written = desk.write(user)
    until(lambda: reader.ids == written)


def test_nobody_listens_more_often_than_anybody_may() -> None:
    desk, user = Desk(Limits(per_user=2)), somebody()
    first, _second = desk.join(user), desk.join(user)

    with pytest.raises(RateLimited):
        desk.join(user)
    desk.join(somebody())
    first.leave()

    desk.join(user)


def test_who_is_not_welcome_any_more_has_to_go() -> None:
    desk, user = Desk(Limits(quiet=0.02, look_again=0.05)), somebody()
    welcome = [True]
    reader = Reader(desk.join(user, welcome=lambda: welcome[0]))
    until(lambda: len(reader.heard) > 3)

    welcome[0] = False

    until(reader.gone)
    assert desk.live.count() == 0


def test_a_database_that_is_away_for_a_moment_sends_nobody_away() -> None:
    desk, user = Desk(Limits(quiet=0.02, look_again=0.02)), somebody()
    asked = []

    def away() -> bool:
        asked.append(1)
        raise Unavailable("The database is away.")

    reader = Reader(desk.join(user, welcome=away))

    until(lambda: len(asked) > 2)
    assert not reader.gone()


def test_a_stream_ends_by_itself_some_day() -> None:
    desk = Desk(Limits(longest=0.2))
    reader = Reader(desk.join(somebody()))

    until(reader.gone)

    assert desk.live.count() == 0


def test_everybody_goes_when_the_process_stops(desk: Desk) -> None:
    readers = [Reader(desk.join(somebody())) for _ in range(20)]
    until(lambda: all(reader.heard for reader in readers))
    began = time.monotonic()

    desk.live.close()

    until(lambda: all(reader.gone() for reader in readers))
    assert time.monotonic() - began < 1
    with pytest.raises(Unavailable):
        desk.join(somebody())


class Wire:
    """A line whose other end does what a test wants."""

    def __init__(self) -> None:
        self.hung_up = False
        self.is_cut = False

    def gone(self) -> bool:
        return self.hung_up

    def cut(self) -> None:
        self.is_cut = True


def test_who_has_hung_up_is_seen_off_without_anything_being_written() -> None:
    desk, wire = Desk(), Wire()
    reader = Reader(desk.join(somebody(), line=wire))

    wire.hung_up = True

    until(reader.gone)
    assert desk.live.count() == 0


def test_who_was_dropped_and_takes_nothing_is_cut_off() -> None:
    desk, user, wire = Desk(Limits(waiting=1, stuck=0)), somebody(), Wire()
    stuck = desk.join(user, line=wire)
    messages = stuck.messages()
    next(messages)

    desk.write(user, 3)

    until(lambda: wire.is_cut)
    assert desk.live.count() == 1


class Fragile(Desk):
    """A desk whose log can't be read while ``away``."""

    away = False

    def look(self):  # type: ignore[no-untyped-def]
        if self.away:
            raise Unavailable("The database is away.")
        return super().look()


def test_nothing_is_lost_while_the_log_can_not_be_read() -> None:
    desk, user = Fragile(), somebody()
    reader = Reader(desk.join(user))
    until(lambda: len(reader.heard) == 1)
    desk.away = True
    written = desk.write(user, 3)
    time.sleep(0.05)

    desk.away = False

    until(lambda: reader.ids == written)


def test_who_is_refused_by_a_log_that_can_not_be_read_takes_no_place() -> None:
    desk = Fragile()
    desk.away = True

    with pytest.raises(Unavailable):
        desk.join(somebody())

    assert desk.live.count() == 0


def test_every_listener_hears_every_event_once_while_all_come_and_go() -> None:
    desk, user = Desk(), somebody()
    other = somebody()
    rounds, writers, listeners = 60, 2, 6

    def write(_number: int) -> None:
        for _ in range(rounds):
            desk.write(user)
            desk.write(other)

    def listen(number: int) -> list[int]:
        """Leaves after a few events each time, and comes back with the last id; now and then nobody is there at all."""
        heard: list[int] = []
        last = 0
        while len(heard) < rounds * writers:
            messages = desk.join(user, since=last).messages()
            for message in islice(messages, 2 + number % 3 + len(heard) % 4):
                assert not isinstance(message, Reset | Dropped)
                last = message.id
                if isinstance(message, Kept):
                    heard.append(message.id)
                if len(heard) == rounds * writers:
                    break
            messages.close()
        return heard

    writing: list[Future[None]] = []
    with ThreadPoolExecutor(writers + listeners) as pool:
        writing.extend(pool.submit(write, number) for number in range(writers))
        lists = list(pool.map(listen, range(listeners), timeout=20))
    assert [each.result() for each in writing] == [None] * writers

    with desk.look() as work:
        told = [kept.id for kept in work.events.of_user(user, 0, 10_000)]
    assert len(told) == rounds * writers
    assert lists == [told] * listeners


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("write"), st.sampled_from([0, 1]), st.integers(1, 4)),
            st.tuples(st.just("hand out"), st.none(), st.none()),
            st.tuples(st.just("join"), st.sampled_from([0, 1]), st.integers(0, 30)),
            st.tuples(st.just("leave"), st.none(), st.integers(0, 5)),
        ),
        max_size=25,
    )
)
def test_wherever_the_replay_meets_what_comes_in_nothing_is_missing_or_told_twice(steps) -> None:
    # No thread: each step happens at a moment that the test chooses.
    desk = Desk(Limits(longest=0))
    desk.live._state.started = True
    users: tuple[UserId, UserId] = (somebody(), somebody())
    listening: list[tuple[UserId, int, Listener]] = []
    for what, who, number in steps:
        if what == "write":
            desk.write(users[who], number, ringing=False)
        elif what == "hand out":
            desk.live.hand_out()
        elif what == "join":
            if len(listening) < 8:
                newest = desk.store.tables.last_event_id
                since = min(number, newest)
                listening.append((users[who], since, desk.join(users[who], since=since)))
        elif listening:
            listening.pop(number % len(listening))[2].leave()

    # What stands in line is heard after the replay, as in a stream that goes on.
    desk.live.hand_out()
    for user, since, listener in listening:
        with desk.look() as work:
            expected = [kept.id for kept in work.events.of_user(user, since, 1000)]
        listener.dismiss()
        listener.ends_at = float("inf")
        heard = [message.id for message in listener.messages() if isinstance(message, Kept)]
        assert heard == expected
