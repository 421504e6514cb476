"""Where users have an ads account registered, and the chore that follows registrations to their end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from domain.ads.desk import ads_connection
from domain.ads.registering import Registering
from domain.ads.registration import Registration, RegistrationId, RegistrationStatus, RegistrationWish
from domain.ads.work import AccountWork
from domain.audit.model import Action, AuditEntry
from domain.clock import Clock
from domain.connections.model import Connection
from domain.errors import Conflict
from domain.gateway.model import Patience
from domain.sync.model import Resource
from domain.sync.ports import SyncWork
from domain.sync.steps import Step
from domain.users.model import User, UserId, Visitor

#: More that are under way help nobody.
MOST_OPEN = 20
#: While a request goes on with a registration, the chore leaves it alone; after a crash it takes over.
_OURS = timedelta(minutes=1)


@dataclass(frozen=True)
class RegistrationDesk:
    """Takes wishes, and says how they get on."""

    work: Callable[[], AccountWork]
    look: Callable[[], AccountWork]  # the same, for reading only
    registering: Registering
    clock: Clock

    def ask(
        self, user: User, visitor: Visitor, wish: RegistrationWish, terms_accepted: bool = False
    ) -> Registration:
        """The registration, as far as it came at once; one that is under way and wants the same goes on instead.

        Without a terms token, Amazon's terms have to be accepted first, unless the user says that they were.

        Raises:
            NotConnected, ReauthorizationRequired: there is no grant that could be used.
            Conflict: too many are under way.
        """
        connection, registration = self._begun(user, visitor, wish, terms_accepted)
        if registration.asked_at is not None or not registration.status.is_open:
            return registration
        for stage in self.registering.stages(connection, registration, self.clock.now, Patience.INTERACTIVE):
            with self.work() as work:
                # Followed by the chore from here on, whatever becomes of this process.
                work.sync.ensure(connection.id, user.id, (Resource.ADS,), stage.at)
                if stage.registration.next_look_at is not None:
                    work.sync.due_now(connection.id, Resource.ADS, stage.registration.next_look_at)
                stage.save(work)
                work.commit()
            if stage.is_lost:
                return self.registration(user.id, registration.id)
            registration = stage.registration
        return registration

    def registration(self, user_id: UserId, registration_id: RegistrationId) -> Registration:
        """Raises NotFound: none, or somebody else's."""
        with self.look() as work:
            return work.ads_registrations.get(user_id, registration_id)

    def _begun(
        self, user: User, visitor: Visitor, wish: RegistrationWish, terms_accepted: bool
    ) -> tuple[Connection, Registration]:
        now = self.clock.now()
        with self.work() as work:
            # Held, so that of two equal wishes at once the second one finds the first one's registration.
            connection = work.connections.hold(ads_connection(work, user.id).id)
            rivals = work.ads_registrations.open_of(connection.id)
            same = next((each for each in rivals if _is_same(each, wish)), None)
            if same is not None and same.asked_at is None:
                same = self._taken_on(work, same, now)
            if same is not None:
                work.commit()
                return connection, same
            if len(rivals) >= MOST_OPEN:
                raise Conflict(f"{len(rivals)} registrations are under way: wait until some are finished.")
            registration = Registration(
                id=RegistrationId(uuid4()),
                connection_id=connection.id,
                user_id=user.id,
                wish=replace(wish, terms_token=None),
                status=RegistrationStatus.PENDING if terms_accepted else RegistrationStatus.TERMS_REQUIRED,
                created_at=now,
                next_look_at=now + _OURS,
                terms_token=wish.terms_token,
            )
            work.sync.ensure(connection.id, user.id, (Resource.ADS,), now)
            work.sync.due_now(connection.id, Resource.ADS, now + _OURS)
            work.ads_registrations.add(registration)
            details = {"registration_id": str(registration.id), "account_name": wish.account_name}
            work.audit.append(
                AuditEntry(
                    uuid4(),
                    now,
                    user.id,
                    Action.ACCOUNT_REGISTRATION_ASKED,
                    visitor.acting_for(user),
                    visitor.address,
                    connection.id,
                    details,
                )
            )
            work.commit()
        return connection, registration

    def _taken_on(self, work: AccountWork, registration: Registration, now: datetime) -> Registration:
        """The registration, which nobody else goes on with for a while."""
        ours = replace(registration, next_look_at=now + _OURS)
        work.ads_registrations.save(ours, registration)
        return ours


def _is_same(registration: Registration, wish: RegistrationWish) -> bool:
    """Whether it wants the same, under the same terms where these are named."""
    same_terms = wish.terms_token in (None, registration.terms_token)
    return same_terms and registration.wish == replace(wish, terms_token=None)


@dataclass(frozen=True)
class RegistrationsChore:
    """A chore (``domain.sync.chores.Chore``): each registration by itself."""

    registering: Registering
    look: Callable[[], SyncWork]

    def steps(self, connection: Connection, now: Callable[[], datetime]) -> Iterator[Step]:
        """Every registration that is due, as far as it goes at present."""
        for registration in self._open(connection):
            if registration.next_look_at is not None and registration.next_look_at <= now():
                for stage in self.registering.stages(connection, registration, now):
                    yield Step({}, 0, stage.save)

    def due_at(self, connection: Connection, now: datetime) -> datetime | None:  # noqa: ARG002 - the port's signature
        """When the next one is due."""
        dues = [each.next_look_at for each in self._open(connection) if each.next_look_at is not None]
        return min(dues, default=None)

    def is_busy(self, connection: Connection) -> bool:
        """Whether Amazon is making one; users may take days to accept terms."""
        return any(each.status is RegistrationStatus.PENDING for each in self._open(connection))

    def _open(self, connection: Connection) -> list[Registration]:
        with self.look() as work:
            return work.ads_registrations.open_of(connection.id)
