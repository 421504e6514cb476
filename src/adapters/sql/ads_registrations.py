"""The book of registrations, in SQL."""

from sqlalchemy import Connection as Database
from sqlalchemy import insert, select, update

from adapters.sql.ads_account_rows import registration_of, registration_values
from adapters.sql.erasing import visible
from adapters.sql.tables import ads_registrations
from domain.ads.registration import Registration, RegistrationId, RegistrationStatus
from domain.connections.model import ConnectionId
from domain.errors import NotFound
from domain.users.model import UserId

_OPEN = [status.value for status in RegistrationStatus if status.is_open]
_LASTING = ("id", "connection_id", "user_id")


class SqlRegistrationBook:
    """All registrations of ads accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, registration: Registration) -> None:
        """Keep a new one."""
        self._database.execute(insert(ads_registrations).values(registration_values(registration)))

    def save(self, registration: Registration, was: Registration) -> bool:
        """Replace it, unless somebody else has: every stage has another time for its next look."""
        values, row = registration_values(registration), ads_registrations.c
        changed = (
            update(ads_registrations)
            .where(
                row.id == registration.id,
                row.status == was.status.value,
                row.next_look_at.is_not_distinct_from(was.next_look_at),
            )
            .values({name: value for name, value in values.items() if name not in _LASTING})
        )
        return self._database.execute(changed).rowcount == 1

    def get(self, user_id: UserId, registration_id: RegistrationId) -> Registration:
        """Raises NotFound: none, or somebody else's."""
        row = ads_registrations.c
        found = select(ads_registrations).where(
            row.id == registration_id, row.user_id == user_id, visible(row.connection_id, user_id)
        )
        kept = self._database.execute(found).mappings().one_or_none()
        if kept is None:
            raise NotFound("There is no such registration.")
        return registration_of(kept)

    def open_of(self, connection_id: ConnectionId) -> list[Registration]:
        """Those of which something is still to come, the oldest first."""
        row = ads_registrations.c
        found = (
            select(ads_registrations)
            .where(row.connection_id == connection_id, row.status.in_(_OPEN), row.finished_at.is_(None))
            .order_by(row.created_at, row.id)
        )
        return [registration_of(each) for each in self._database.execute(found).mappings()]
