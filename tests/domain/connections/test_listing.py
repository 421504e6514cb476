"""What is left of a list of connections behind the place where somebody stopped reading."""

from dataclasses import replace
from datetime import timedelta

from domain.connections.listing import Place, behind
from domain.connections.model import Connection
from tests.fakes.things import NOW, a_connection, a_user

USER = a_user()


def connected(hours: int) -> Connection:
    connection = a_connection(USER, seller_id=f"S{hours}", is_default=False)
    return replace(connection, connected_at=NOW + timedelta(hours=hours))


OLD, MIDDLE, NEW = (connected(hours) for hours in range(3))


def after(leader: Connection, last: Connection) -> Place:
    return Place(leader.id, last.connected_at, last.id)


def test_behind_the_leader_are_all_others_the_oldest_first() -> None:
    assert behind(after(NEW, NEW), [NEW, MIDDLE, OLD]) == [OLD, MIDDLE]


def test_behind_another_one_are_those_that_were_connected_later() -> None:
    assert behind(after(NEW, OLD), [NEW, OLD, MIDDLE]) == [MIDDLE]


def test_whoever_leads_by_now_stays_where_their_age_puts_them() -> None:
    heir = replace(NEW, is_default=True)

    assert behind(after(OLD, OLD), [heir, OLD, MIDDLE]) == [MIDDLE, heir]


def test_the_last_one_read_and_the_leader_may_be_gone() -> None:
    assert behind(after(OLD, MIDDLE), [NEW]) == [NEW]


def test_of_the_same_moment_the_id_decides() -> None:
    low, high = sorted((OLD, replace(MIDDLE, connected_at=OLD.connected_at)), key=lambda one: one.id)

    assert behind(after(NEW, low), [high, low]) == [high]
    assert behind(after(NEW, high), [high, low]) == []
