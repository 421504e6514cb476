"""What everything that is kept sealed does when the keys change."""

from uuid import UUID

from domain.connections.model import Connection
from domain.tokens.keyring import KeyCount, Resealed
from domain.tokens.model import AccessToken, Claim, RefreshToken, Renewal, StoredTokens
from tests.contracts.backends import Backend
from tests.contracts.samples import MINUTE, NOW, connected, registered

HOUR = 60 * MINUTE
ALL = ("k2", "k1")


def granted(backend: Backend, name: str = "one", client_secret: str | None = None) -> Connection:
    """A connection with tokens under the key k1."""
    own = {"lwa_client_id": "client-7"} if client_secret else {}
    connection = connected(backend, registered(backend), f"SELLER-{name}", **own)
    with backend.work() as work:
        access = AccessToken(f"Atza|{name}", NOW + HOUR)
        work.vault.keep(connection.id, RefreshToken(f"Atzr|{name}"), access, client_secret)
        work.commit()
    return connection


def counts(backend: Backend) -> list[KeyCount]:
    with backend.look() as work:
        return work.sealed.by_key()


def reseal(backend: Backend, limit: int = 100, old: tuple[str, ...] = ("k1",)) -> list[Resealed]:
    """Batches from the first row to the last, with k2 in front of the ring."""
    batches: list[Resealed] = []
    while not batches or batches[-1].after is not None:
        with backend.keyed(*ALL) as work:
            after = batches[-1].after if batches else None
            batches.append(work.sealed.reseal(old, limit, after))
            work.commit()
    return batches


def look(backend: Backend, connection_id: UUID) -> StoredTokens | None:
    with backend.keyed(*ALL) as work:
        return work.vault.look(connection_id)


def test_nothing_is_under_any_key_at_first(backend: Backend) -> None:
    assert counts(backend) == []
    assert [batch.secrets for batch in reseal(backend)] == [0, 0]


def test_secrets_are_counted_by_kind_and_key(backend: Backend) -> None:
    granted(backend, "one")
    two = granted(backend, "two", client_secret="theirs")
    with backend.keyed(*ALL) as work:
        work.vault.keep(two.id, RefreshToken("Atzr|new"), None, "their other")
        work.commit()

    assert counts(backend) == [
        KeyCount("tokens.access_token", "k1", 1),
        KeyCount("tokens.client_secret", "k2", 1),
        KeyCount("tokens.refresh_token", "k1", 1),
        KeyCount("tokens.refresh_token", "k2", 1),
    ]


def test_every_kind_of_secret_is_sealed_anew_and_stays_what_it_was(backend: Backend) -> None:
    connection = granted(backend, client_secret="theirs")
    before = look(backend, connection.id)
    with backend.work() as work:
        work.client_secrets.keep("client-1", "the installation's", NOW, NOW + HOUR)
        work.commit()

    reseal(backend)

    assert [(count.kind, count.key_id) for count in counts(backend)] == [
        ("client_secrets.secret", "k2"),
        ("tokens.access_token", "k2"),
        ("tokens.client_secret", "k2"),
        ("tokens.refresh_token", "k2"),
    ]
    assert look(backend, connection.id) == before
    with backend.keyed("k2") as work:
        assert [secret.text for secret in work.client_secrets.of("client-1")] == ["the installation's"]


def test_what_was_done_is_told_with_the_connections_and_their_users(backend: Backend) -> None:
    connections = [granted(backend, name) for name in ("one", "two")]
    with backend.work() as work:
        work.client_secrets.keep("client-1", "the installation's", NOW, NOW + HOUR)
        work.commit()

    tokens, client_secrets = reseal(backend)

    assert set(tokens.connections) == {(one.id, one.user_id) for one in connections}
    assert (tokens.secrets, tokens.installation, tokens.closed) == (4, 0, ())
    assert (client_secrets.secrets, client_secrets.installation) == (1, 1)
    assert client_secrets.connections == ()


def test_a_batch_is_no_larger_than_its_limit_and_the_next_one_goes_on(backend: Backend) -> None:
    connections = {granted(backend, str(number)).id for number in range(5)}

    batches = reseal(backend, limit=2)

    assert [len(batch.connections) for batch in batches] == [2, 2, 1, 0]
    assert {connection for batch in batches for connection, _user in batch.connections} == connections
    assert {count.key_id for count in counts(backend)} == {"k2"}


def test_a_batch_that_is_not_kept_is_not_done(backend: Backend) -> None:
    granted(backend)

    with backend.keyed(*ALL) as work:
        work.sealed.reseal(["k1"], 100)

    assert {count.key_id for count in counts(backend)} == {"k1"}


def test_what_is_under_the_first_key_is_left_alone(backend: Backend) -> None:
    granted(backend)
    reseal(backend)

    assert [(batch.secrets, batch.connections) for batch in reseal(backend)] == [(0, ())] * 2


def test_keys_that_are_not_asked_for_are_left_alone(backend: Backend) -> None:
    granted(backend)

    batches = reseal(backend, old=("k0",))

    assert sum(batch.secrets for batch in batches) == 0
    assert {count.key_id for count in counts(backend)} == {"k1"}


def test_a_renewal_that_is_under_way_stays_good(backend: Backend) -> None:
    connection = granted(backend)
    stored = look(backend, connection.id)
    assert stored is not None
    with backend.work() as work:
        claim = work.vault.claim(connection.id, stored.version, "p1", NOW, NOW + MINUTE)
        work.commit()

    reseal(backend)

    assert claim == Claim(stored.version, "p1", claim.epoch if claim else 0)
    with backend.keyed(*ALL) as work:
        assert work.vault.renew(connection.id, claim, Renewal(AccessToken("Atza|new", NOW + HOUR)))
        work.commit()


def test_a_token_that_was_renewed_with_the_older_key_is_caught_by_the_next_look(backend: Backend) -> None:
    connection = granted(backend)
    reseal(backend)
    with backend.keyed("k1", "k2") as work:
        work.vault.keep(connection.id, RefreshToken("Atzr|newer"), None)
        work.commit()

    (batch, _rest) = reseal(backend)

    assert batch.connections == ((connection.id, connection.user_id),)
    assert look(backend, connection.id) == StoredTokens(2, RefreshToken("Atzr|newer"), None)


def test_erased_secrets_are_under_no_key(backend: Backend) -> None:
    connection = granted(backend, client_secret="theirs")
    with backend.work() as work:
        work.vault.erase(connection.id)
        work.commit()

    assert counts(backend) == []
    assert sum(batch.secrets for batch in reseal(backend)) == 0
