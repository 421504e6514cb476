"""Users who came by an identity provider, when the schema goes back to before there was one."""

from dataclasses import replace

from sqlalchemy import Engine, text

from adapters.sql import migrate
from adapters.sql.engine import reading
from domain.users.model import Session
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import MINUTE, NOW, a_connection, a_user

BEFORE = "0010"


def test_nobody_is_lost_on_the_way_back_and_nobody_gets_an_email_that_could_be_registered(
    engine: Engine,
) -> None:
    known, nameless = a_user("ann@example.com", email_verified=True), replace(a_user(), email=None)
    connection = a_connection(nameless)
    with SqlBackend(engine).work() as work:
        for user in (known, nameless):
            work.users.add(user, None)
            work.identities.add(user.id, "https://issuer.example", str(user.id), NOW)
            work.sessions.open(Session(str(user.id), user.id, NOW, NOW + MINUTE))
        work.connections.add(connection)
        work.commit()

    migrate.downgrade(engine, BEFORE)
    with reading(engine, owning=True) as database:
        emails = database.scalars(text("SELECT email FROM users ORDER BY email")).all()
    migrate.upgrade(engine)

    assert emails[0] == "ann@example.com"
    assert emails[1].startswith("no e-mail: ")
    with SqlBackend(engine).look() as work:
        assert work.users.get(known.id) == replace(known, email_verified=False)
        assert work.users.get(nameless.id).email == emails[1]
        assert work.sessions.user_of(str(nameless.id), NOW) is not None
        assert work.connections.by_id(connection.id) == connection
        assert work.identities.of_user(known.id) == []
