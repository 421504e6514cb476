"""The book of schedules, in SQL."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, tuple_, update

from adapters.sql.ads_report_rows import schedule_of, schedule_values
from adapters.sql.erasing import visible
from adapters.sql.tables import ads_schedules
from domain.ads.reports import AdsReportId, Schedule, ScheduleId
from domain.connections.model import ConnectionId
from domain.errors import NotFound
from domain.users.model import UserId

_ROW = ads_schedules.c
#: What its user does not say.
_OURS = ("id", "connection_id", "user_id", "account_id", "created_at", "last_report_id")


class SqlScheduleBook:
    """Reports that users want time and again."""

    def __init__(self, database: Connection) -> None:
        self._database = database

    def add(self, schedule: Schedule) -> None:
        """Keep a new one."""
        self._database.execute(insert(ads_schedules), [schedule_values(schedule)])

    def save(self, schedule: Schedule) -> None:
        """Replace what its user says of it.

        Raises:
            NotFound: it is gone.
        """
        values = {name: value for name, value in schedule_values(schedule).items() if name not in _OURS}
        changed = update(ads_schedules).where(_ROW.id == schedule.id).values(values)
        if self._database.execute(changed).rowcount != 1:
            raise NotFound("There is no such schedule.")

    def move_on(self, schedule: Schedule, next_at: datetime) -> bool:
        """Due then, where it is as it was."""
        kept = schedule_values(schedule)
        as_it_was = [_ROW[name] == kept[name] for name in ("name", "days", "every_days", "next_at")]
        changed = update(ads_schedules).where(_ROW.id == schedule.id, *as_it_was).values(next_at=next_at)
        return self._database.execute(changed).rowcount == 1

    def told(self, schedule_id: ScheduleId, report_id: AdsReportId) -> None:
        """This is its last report."""
        changed = update(ads_schedules).where(_ROW.id == schedule_id).values(last_report_id=report_id)
        self._database.execute(changed)

    def get(self, user_id: UserId, schedule_id: ScheduleId) -> Schedule:
        """Raises NotFound: none, or somebody else's."""
        found = select(ads_schedules).where(_ROW.id == schedule_id, _mine(user_id))
        row = self._database.execute(found).mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such schedule.")
        return schedule_of(row)

    def of_user(
        self, user_id: UserId, *, before: tuple[datetime, ScheduleId] | None = None, limit: int = 50
    ) -> list[Schedule]:
        """The user's, the newest first, older than ``before`` when given."""
        found = select(ads_schedules).where(_mine(user_id))
        if before is not None:
            key = (_ROW.created_at, _ROW.id)
            found = found.where(tuple_(*key) < tuple_(*before, types=[column.type for column in key]))
        newest = found.order_by(_ROW.created_at.desc(), _ROW.id.desc()).limit(limit)
        return [schedule_of(row) for row in self._database.execute(newest).mappings()]

    def due_of(self, connection_id: ConnectionId, now: datetime) -> list[Schedule]:
        """Those whose time has come, the longest due first."""
        found = (
            select(ads_schedules)
            .where(_ROW.connection_id == connection_id, _ROW.next_at <= now)
            .order_by(_ROW.next_at, _ROW.id)
        )
        return [schedule_of(row) for row in self._database.execute(found).mappings()]

    def next_due(self, connection_id: ConnectionId) -> datetime | None:
        """When the time of the next one comes."""
        due = select(func.min(_ROW.next_at)).where(_ROW.connection_id == connection_id)
        found: datetime | None = self._database.scalar(due)
        return found

    def remove(self, user_id: UserId, schedule_id: ScheduleId) -> None:
        """Raises NotFound: none, or somebody else's."""
        gone = delete(ads_schedules).where(_ROW.id == schedule_id, _mine(user_id))
        if self._database.execute(gone).rowcount != 1:
            raise NotFound("There is no such schedule.")


def _mine(user_id: UserId) -> ColumnElement[bool]:
    return (_ROW.user_id == user_id) & visible(_ROW.connection_id, user_id)
