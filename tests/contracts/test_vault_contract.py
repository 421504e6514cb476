"""What every token vault does."""

from uuid import UUID, uuid4

from domain.tokens.model import AccessToken, Claim, RefreshToken, Renewal, StoredTokens
from tests.contracts.backends import Backend
from tests.contracts.samples import MINUTE, NOW, connected, registered

REFRESH = RefreshToken("Atzr|one")
ACCESS = AccessToken("Atza|one", NOW + 60 * MINUTE)
RENEWAL = Renewal(AccessToken("Atza|two", NOW + 120 * MINUTE))


def granted(backend: Backend, access: AccessToken | None = ACCESS) -> UUID:
    """A connection with tokens."""
    connection = connected(backend, registered(backend))
    keep(backend, connection.id, access=access)
    return connection.id


def keep(
    backend: Backend,
    connection_id: UUID,
    refresh: RefreshToken = REFRESH,
    access: AccessToken | None = ACCESS,
) -> None:
    with backend.work() as work:
        work.vault.keep(connection_id, refresh, access)
        work.commit()


def look(backend: Backend, connection_id: UUID) -> StoredTokens:
    with backend.look() as work:
        stored = work.vault.look(connection_id)
    assert stored is not None
    return stored


def claim(
    backend: Backend, connection_id: UUID, version: int, owner: str = "p1", minute: int = 0
) -> Claim | None:
    """Claim for one minute, so many minutes after NOW."""
    now = NOW + minute * MINUTE
    with backend.work() as work:
        claimed = work.vault.claim(connection_id, version, owner, now, now + MINUTE)
        work.commit()
    return claimed


def renew(backend: Backend, connection_id: UUID, held: Claim | None, renewal: Renewal = RENEWAL) -> bool:
    assert held is not None
    with backend.work() as work:
        written = work.vault.renew(connection_id, held, renewal)
        work.commit()
    return written


def test_tokens_come_back_as_kept(backend: Backend) -> None:
    stored = look(backend, granted(backend))

    assert (stored.refresh_token, stored.access_token) == (REFRESH, ACCESS)


def test_tokens_of_four_kilobytes_fit(backend: Backend) -> None:
    connection_id = granted(backend)
    long = RefreshToken("Atzr|" + "ü" * 4096)

    keep(backend, connection_id, long)

    assert look(backend, connection_id).refresh_token == long


def test_a_grant_may_come_without_an_access_token(backend: Backend) -> None:
    assert look(backend, granted(backend, access=None)).access_token is None


def test_nothing_is_kept_for_an_unknown_connection(backend: Backend) -> None:
    with backend.work() as work:
        assert work.vault.look(uuid4()) is None
        assert work.vault.claim(uuid4(), 1, "p1", NOW, NOW + MINUTE) is None


def test_a_fresh_grant_is_a_new_version(backend: Backend) -> None:
    connection_id = granted(backend)
    before = look(backend, connection_id)

    keep(backend, connection_id, RefreshToken("Atzr|two"), None)

    after = look(backend, connection_id)
    assert after == StoredTokens(after.version, RefreshToken("Atzr|two"), None)
    assert after.version > before.version


def test_one_claim_lives_at_a_time(backend: Backend) -> None:
    connection_id = granted(backend)
    version = look(backend, connection_id).version

    first = claim(backend, connection_id, version, "p1")
    second = claim(backend, connection_id, version, "p2")

    assert first is not None
    assert (first.version, first.owner, second) == (version, "p1", None)


def test_a_claim_that_has_run_out_is_followed_by_one_of_a_greater_epoch(backend: Backend) -> None:
    connection_id = granted(backend)
    version = look(backend, connection_id).version
    first = claim(backend, connection_id, version, "p1")

    second = claim(backend, connection_id, version, "p2", minute=1)

    assert first is not None
    assert second is not None
    assert second.epoch > first.epoch


def test_another_version_than_the_present_one_can_not_be_claimed(backend: Backend) -> None:
    connection_id = granted(backend)
    version = look(backend, connection_id).version

    assert claim(backend, connection_id, version - 1) is None
    assert claim(backend, connection_id, version + 1) is None


def test_renewing_keeps_the_refresh_token_that_was_not_replaced(backend: Backend) -> None:
    connection_id = granted(backend)
    before = look(backend, connection_id)

    written = renew(backend, connection_id, claim(backend, connection_id, before.version))

    after = look(backend, connection_id)
    assert written
    assert after == StoredTokens(after.version, REFRESH, RENEWAL.access_token)
    assert after.version > before.version


def test_renewing_keeps_the_refresh_token_that_came_along(backend: Backend) -> None:
    connection_id = granted(backend)
    held = claim(backend, connection_id, look(backend, connection_id).version)
    rotated = Renewal(RENEWAL.access_token, RefreshToken("Atzr|two"))

    renew(backend, connection_id, held, rotated)

    after = look(backend, connection_id)
    assert (after.refresh_token, after.access_token) == (rotated.refresh_token, rotated.access_token)


def test_a_renewal_gives_its_claim_back(backend: Backend) -> None:
    connection_id = granted(backend)
    renew(backend, connection_id, claim(backend, connection_id, look(backend, connection_id).version))

    assert claim(backend, connection_id, look(backend, connection_id).version, "p2") is not None


def test_a_claim_renews_once(backend: Backend) -> None:
    connection_id = granted(backend)
    held = claim(backend, connection_id, look(backend, connection_id).version)
    renew(backend, connection_id, held)
    after = look(backend, connection_id)

    assert not renew(backend, connection_id, held, Renewal(ACCESS))
    assert look(backend, connection_id) == after


def test_a_claim_that_has_run_out_still_renews_while_nobody_else_has_claimed(backend: Backend) -> None:
    connection_id = granted(backend)
    held = claim(backend, connection_id, look(backend, connection_id).version)

    assert renew(backend, connection_id, held)


def test_a_claim_that_somebody_else_has_taken_over_writes_nothing(backend: Backend) -> None:
    connection_id = granted(backend)
    before = look(backend, connection_id)
    slow = claim(backend, connection_id, before.version, "p1")
    claim(backend, connection_id, before.version, "p2", minute=1)

    assert not renew(backend, connection_id, slow)
    assert look(backend, connection_id) == before


def test_the_same_owner_does_not_pass_with_an_older_epoch(backend: Backend) -> None:
    connection_id = granted(backend)
    version = look(backend, connection_id).version
    slow = claim(backend, connection_id, version, "p1")
    claim(backend, connection_id, version, "p1", minute=1)

    assert not renew(backend, connection_id, slow)


def test_a_fresh_grant_voids_the_claim_on_the_old_one(backend: Backend) -> None:
    connection_id = granted(backend)
    held = claim(backend, connection_id, look(backend, connection_id).version)
    keep(backend, connection_id, RefreshToken("Atzr|two"), None)

    assert not renew(backend, connection_id, held)
    assert claim(backend, connection_id, look(backend, connection_id).version, "p2") is not None
    assert look(backend, connection_id).refresh_token == RefreshToken("Atzr|two")


def test_a_released_claim_is_free_for_others(backend: Backend) -> None:
    connection_id = granted(backend)
    version = look(backend, connection_id).version
    held = claim(backend, connection_id, version, "p1")
    assert held is not None

    with backend.work() as work:
        work.vault.release(connection_id, held)
        work.commit()

    assert claim(backend, connection_id, version, "p2") is not None


def test_releasing_a_claim_that_is_not_ours_any_more_does_nothing(backend: Backend) -> None:
    connection_id = granted(backend)
    version = look(backend, connection_id).version
    slow = claim(backend, connection_id, version, "p1")
    claim(backend, connection_id, version, "p2", minute=1)
    assert slow is not None

    with backend.work() as work:
        work.vault.release(connection_id, slow)
        work.commit()

    assert claim(backend, connection_id, version, "p3", minute=1) is None


def test_forgetting_the_access_token_leaves_the_rest_of_the_grant(backend: Backend) -> None:
    connection_id = granted(backend)
    before = look(backend, connection_id)

    forget_access(backend, connection_id, before.version)

    assert look(backend, connection_id) == StoredTokens(before.version, REFRESH, None)


def test_the_access_token_of_another_version_is_not_forgotten(backend: Backend) -> None:
    connection_id = granted(backend)
    before = look(backend, connection_id)

    forget_access(backend, connection_id, before.version - 1)

    assert look(backend, connection_id) == before


def test_a_renewal_under_way_is_kept_though_the_old_token_is_forgotten(backend: Backend) -> None:
    connection_id = granted(backend)
    version = look(backend, connection_id).version
    held = claim(backend, connection_id, version, "p1")

    forget_access(backend, connection_id, version)

    assert claim(backend, connection_id, version, "p2") is None
    assert renew(backend, connection_id, held)
    assert look(backend, connection_id).access_token is not None


def forget_access(backend: Backend, connection_id: UUID, version: int) -> None:
    with backend.work() as work:
        work.vault.forget_access(connection_id, version)
        work.commit()


def erase(backend: Backend, connection_id: UUID) -> None:
    with backend.work() as work:
        work.vault.erase(connection_id)
        work.commit()


def test_erased_tokens_are_gone(backend: Backend) -> None:
    connection_id = granted(backend)
    version = look(backend, connection_id).version

    erase(backend, connection_id)
    erase(backend, connection_id)

    with backend.look() as work:
        assert work.vault.look(connection_id) is None
    assert claim(backend, connection_id, version) is None


def test_a_slow_renewal_does_not_bring_erased_tokens_back(backend: Backend) -> None:
    connection_id = granted(backend)
    held = claim(backend, connection_id, look(backend, connection_id).version)

    erase(backend, connection_id)

    assert not renew(backend, connection_id, held)
    with backend.look() as work:
        assert work.vault.look(connection_id) is None


def test_a_claim_from_before_the_erasure_does_not_pass_for_one_after_it(backend: Backend) -> None:
    connection_id = granted(backend)
    old = claim(backend, connection_id, look(backend, connection_id).version, "p1")
    erase(backend, connection_id)
    keep(backend, connection_id, RefreshToken("Atzr|new"), None)
    new = claim(backend, connection_id, look(backend, connection_id).version, "p1")

    assert old != new
    assert not renew(backend, connection_id, old)
    assert renew(backend, connection_id, new)
