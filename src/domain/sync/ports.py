"""What the sync asks of the world."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.ads.ports import AccountBook, RegistrationBook
from domain.ads.report_ports import AdsDayBook, AdsReportBook, ScheduleBook
from domain.audit.ports import AuditLog
from domain.connections.model import ConnectionId, Failure
from domain.connections.ports import ConnectionBook
from domain.events.ports import Outbox
from domain.inventory.ports import StockBook
from domain.kpis.versions import FiguresVersions
from domain.ledger.ports import LedgerBook
from domain.orders.ports import OrderBook
from domain.reports.ports import ReportBook
from domain.sync.model import Cursor, Lease, Progress, Resource, ResourceState, Run, RunId, RunStatus, Task
from domain.users.model import UserId
from domain.work import Work


class SyncBook(Protocol):
    """What is due, who works on it, and how each attempt went. One row per connection and resource.

    Whatever takes a lease is refused with LeaseLost when the row has another owner or a newer epoch; nothing may be
    committed after that.
    """

    def ensure(
        self, connection_id: ConnectionId, user_id: UserId, resources: Sequence[Resource], due_at: datetime
    ) -> None:
        """Schedule these resources: new ones begin without a cursor, known ones keep theirs; due at ``due_at``.

        A row that is due earlier already, or is being worked on, keeps its time. Failures are forgotten, and so is
        that it was set aside, or quiet; that somebody has asked is not.
        """

    def due_now(self, connection_id: ConnectionId, resource: Resource, at: datetime) -> None:
        """There is something to do: the resource is due at ``at``, if not earlier, even if its run waits.

        While somebody works on it, it becomes due again at ``at`` when they give it back. What has stopped, was set
        aside, or is not there, stays so.
        """

    def restart(self, connection_id: ConnectionId, resource: Resource, due_at: datetime) -> None:
        """Forget how far the resource is: it begins anew at ``due_at``, and a lease on it is void (the epoch grows).

        An open run goes on as the new beginning. What was set aside is tried again. What has stopped, or is not
        there, stays so.
        """

    def stop(self, connection_id: ConnectionId, failure: Failure) -> list[Run]:
        """Nothing of this connection is due any more; leases are void (epochs grow), open runs fail with this.

        Returns:
            The runs that it ended, as they are now, by the name of their resource.
        """

    def request(self, connection_id: ConnectionId, resource: Resource, run: Run) -> Run:
        """Make the resource due at ``run.created_at`` and queue ``run``, unless a run is under way: then that one.

        A run that waits for a usage plan goes on waiting. That the resource was quiet is forgotten, and that somebody
        has asked is known until a run succeeds. What was set aside is tried again, as if it had never failed.

        Raises:
            NotFound: the connection has no such resource, or its schedule has stopped.
        """

    def claim(self, now: datetime, owner: str, until: datetime, limit: int) -> list[Task]:
        """Take up to ``limit`` due rows that nobody holds, round-robin by user, then by how long they are due.

        A user's first row has its turn after as many others as the user holds leases already, or had brought up to
        date within ``SERVED_LATELY``; among a user's rows, those whose run was begun already come first. Those of a
        resource that ``hurries`` come before everything else, as long as something of the connection was kept within
        ``HURRIED_FOR``. Each row gets a lease until ``until`` under the next
        epoch, and its attempts grow by one. Its open run goes on (``running``); without one, a new run begins. Rows of
        connections that are not usable are left alone. Safe in any number of processes.
        """

    def hold(self, lease: Lease) -> int:
        """Prove the lease, and keep everybody else from it until the transaction ends.

        Returns:
            How many good runs in a row brought nothing new; ``ASKED`` when somebody has asked since the last one.
        """

    def beat(self, leases: Sequence[Lease], until: datetime) -> None:
        """Prolong these leases; those that are lost already stay lost.

        Waits for nobody: a lease whose page is just being committed is prolonged by that page.
        """

    def advance(self, lease: Lease, cursor: Cursor, progress: Progress, until: datetime) -> None:
        """A page is done: keep cursor and progress, prolong the lease; attempts are forgotten."""

    def park(self, lease: Lease, waiting_until: datetime) -> None:
        """Give the lease back and come again at ``waiting_until``; the run is ``waiting``."""

    def finish(
        self,
        lease: Lease,
        cursor: Cursor,
        progress: Progress,
        now: datetime,
        next_run_at: datetime,
        complete_until: datetime | None,
        quiet: int = 0,
        complete_from: datetime | None = None,
    ) -> None:
        """The run has succeeded: failures are forgotten, the lease given back.

        ``None`` keeps ``complete_until`` and ``complete_from``, each for itself. ``quiet`` counts the good runs in a row that brought nothing new, this one included.
        """

    def fail(
        self, lease: Lease, cursor: Cursor, failure: Failure, next_run_at: datetime | None, own: bool = False
    ) -> None:
        """The run has failed at ``failure.at``: failures grow by one, the lease is given back.

        ``own``: for a reason of the work's own, so its faults grow too. Without ``next_run_at`` it is set aside: not
        tried again until somebody asks.
        """

    def release(self, lease: Lease, due_at: datetime) -> None:
        """The process is leaving: the lease is given back, the run is ``queued`` again for whoever comes."""

    def failing(self, connection_id: ConnectionId) -> bool:
        """Whether any resource of the connection ended its latest run in failure."""

    def run(self, user_id: UserId, run_id: RunId) -> Run:
        """Raises NotFound: none, or somebody else's."""

    def runs(
        self,
        user_id: UserId,
        *,
        connection_id: ConnectionId | None = None,
        resource: Resource | None = None,
        status: RunStatus | None = None,
        before: tuple[datetime, RunId] | None = None,
        limit: int = 50,
    ) -> list[Run]:
        """The user's runs, the newest first (by ``created_at``, then id), older than ``before`` when given."""

    def states(self, user_id: UserId) -> list[ResourceState]:
        """All resources of the user's connections, by connection (oldest first) and name."""


class SyncWork(Work, Protocol):
    """The transaction in which a page of data is kept."""

    @property
    def sync(self) -> SyncBook: ...

    @property
    def connections(self) -> ConnectionBook: ...

    @property
    def orders(self) -> OrderBook: ...

    @property
    def stock(self) -> StockBook: ...

    @property
    def reports(self) -> ReportBook: ...

    @property
    def ads_accounts(self) -> AccountBook: ...

    @property
    def ads_registrations(self) -> RegistrationBook: ...

    @property
    def ads_reports(self) -> AdsReportBook: ...

    @property
    def ads_schedules(self) -> ScheduleBook: ...

    @property
    def ads_days(self) -> AdsDayBook: ...

    @property
    def ledger(self) -> LedgerBook: ...

    @property
    def figures(self) -> FiguresVersions: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def audit(self) -> AuditLog: ...
