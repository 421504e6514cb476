"""What left the warehouses: the lines of orders of which all units have been sent, when the last one was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from entrypoints.simulator.orders import OrderPlan, PlannedLine, Status
from entrypoints.simulator.store import UNEDITED, Edits, Store

_SENDING = (Status.SHIPPED, Status.PARTIALLY_SHIPPED)


class Sent(NamedTuple):
    """A line of an order that was sent whole."""

    at_ms: int
    order: OrderPlan
    line: PlannedLine


def sent_between(
    store: Store, seller_id: str, start_ms: int, end_ms: int, at_ms: int, edits: Edits = UNEDITED
) -> Iterator[Sent]:
    """What was sent from start to end, both included, as known at a moment; orders of Amazon's own channel only."""
    for change in store.changes_between(seller_id, start_ms, end_ms, at_ms, edits):
        plan, step = change.plan, change.plan.steps[change.step]
        if step.status not in _SENDING or plan.channel != "AMAZON":
            continue
        before = plan.steps[change.step - 1].fulfilled if change.step else (0,) * len(plan.lines)
        for line, sent, sent_before in zip(plan.lines, step.fulfilled, before, strict=True):
            if sent == line.quantity != sent_before:
                yield Sent(change.at_ms, plan, line)
