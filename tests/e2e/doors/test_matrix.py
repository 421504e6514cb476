"""Every door × everything that can become of a visit: the answer, what is left, what is written down, what was asked."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product

import pytest

from domain.tokens.model import LwaClient, StoredTokens
from tests.e2e.doors.house import DATA, SELLER, STRANGER, Deed, Furnished, House, Rows
from tests.e2e.doors.outcomes import OUTCOMES
from tests.e2e.doors.table import DOORS, Cell, Never, flat
from tests.e2e.doors.visits import Door, FromTheEnvironment

CELLS = flat()
#: Who did it, and from where.
SELLER_HERE, STRANGER_HERE = (SELLER, "127.0.0.1"), (STRANGER, "127.0.0.1")
CONSOLE = ("console", "console")


def test_the_table_knows_every_door_and_outcome_and_no_other() -> None:
    assert set(CELLS) == set(product(DOORS, OUTCOMES))


@pytest.mark.parametrize(("name", "happens"), list(product(DOORS, OUTCOMES)))
def test_what_becomes_of_a_visit(
    name: str, happens: str, enter: Callable[[str], House], furnished: Furnished
) -> None:
    door, outcome, cell = DOORS[name], OUTCOMES[happens], CELLS[name, happens]
    can_happen = outcome.needs is None or outcome.needs in door.traits
    assert can_happen == isinstance(cell, Cell), f"{outcome.needs}: {cell}"
    if isinstance(cell, Never):
        return
    house = enter(door.finds)
    house.variables |= dict(outcome.settings)
    found = furnished.contents[door.finds]

    answer = outcome.happens(door.visit(house))

    asked = house.amazon.asked()
    house.amazon.forgive()
    assert answer == cell.answer
    assert asked == cell.asked
    after = house.rows()
    if cell.leaves == "untouched":
        assert after == found.rows
        assert house.grant() == found.grant
        assert door.finds != "connected" or house.amazon.honours(found.grant)
    else:
        _check_that_it_is_kept(house, door, cell, found.rows, after)
        _check_that_the_new_grant_is_in_use(house, door, found.grant)
    _check_what_is_written(door, cell, after, house.deeds()[len(found.deeds) :])


def _check_that_it_is_kept(
    house: House, door: Door, cell: Cell, before: dict[str, Rows], after: dict[str, Rows]
) -> None:
    (connection,) = after["connections"]
    assert (connection["status"], connection["error_code"] is None) == (
        cell.leaves,
        cell.leaves == "connected",
    )
    assert (connection["seller_id"], connection["region"]) == (house.amazon.seller.id, "na")
    assert connection["is_default"]
    assert connection["lwa_client_id"] == (door.client[0] if door.client else None)
    assert [row["resource"] for row in after["sync_resources"]] == ["inventory", "orders", "reports"]
    assert all(row["next_run_at"] <= datetime.now(UTC) for row in after["sync_resources"])
    if not door.renews:
        return
    (known,) = before["connections"]
    assert (connection["id"], connection["connected_at"]) == (known["id"], known["connected_at"])
    assert connection["authorized_at"] > known["authorized_at"]
    assert {table.name: after[table.name] for table in DATA} == {
        table.name: before[table.name] for table in DATA
    }
    cursors = [[row["cursor"] for row in each["sync_resources"]] for each in (before, after)]
    assert cursors[0] == cursors[1]


def _check_that_the_new_grant_is_in_use(house: House, door: Door, old: StoredTokens | None) -> None:
    new = house.grant()
    assert new.client == (LwaClient(*door.client) if door.client else None)
    assert old is None or new.refresh_token != old.refresh_token
    assert house.amazon.honours(new)


def _check_what_is_written(door: Door, cell: Cell, after: dict[str, Rows], deeds: list[Deed]) -> None:
    assert [deed.action for deed in deeds] == [written.action for written in cell.written]
    at_this_door = CONSOLE if door.visit is FromTheEnvironment else SELLER_HERE
    for deed, written in zip(deeds, cell.written, strict=True):
        assert (deed.actor, deed.address) == (STRANGER_HERE if written.stranger else at_this_door)
        assert deed.details["door"] == (written.door or door.written)
        assert deed.details.get("code") == written.code
        assert written.more <= set(deed.details)
        # A refusal is about the connection that was to be renewed, where it is known by which door one came.
        told = written.code is None or (door.renews and written.door is None)
        assert [deed.connection_id] == ([row["id"] for row in after["connections"]] if told else [None])
        assert not any("Atz" in value for value in deed.details.values())
