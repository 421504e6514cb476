"""What those who listen are told of a run: in the transaction of what is told."""

from collections.abc import Sequence
from datetime import datetime

from domain.events.model import Event
from domain.events.ports import Outbox
from domain.sync.model import Progress, Run


def told(run: Run, what: str, progress: Progress, at: datetime) -> Event:
    """An event of a run: ``what`` is ``progress``, ``completed`` or ``failed``; so far has it come."""
    data = {
        "run_id": str(run.id),
        "connection_id": str(run.connection_id),
        "resource": run.resource.value,
        "pages": progress.pages,
        "records": progress.records,
        "total_estimate": progress.total_estimate,
    }
    return Event(run.user_id, f"sync.{what}", at, data)


def tell_stopped(outbox: Outbox, runs: Sequence[Run], at: datetime) -> None:
    """These runs were ended along with their schedule: whoever waits for one of them waits no longer."""
    for run in runs:
        outbox.append(told(run, "failed", run.progress, at))
