"""What every book of client secrets does."""

from domain.credentials.model import ClientSecret, Source, fingerprint
from tests.contracts.backends import Backend
from tests.contracts.samples import MINUTE, NOW

CLIENT, OTHER = "amzn1.application-oa2-client.ours", "amzn1.application-oa2-client.theirs"
ONE, TWO = "amzn1.oa2-cs.v1.one", "amzn1.oa2-cs.v1.two"
LATER = NOW + 1000 * MINUTE


def of(backend: Backend, client_id: str = CLIENT) -> list[ClientSecret]:
    with backend.look() as work:
        return work.client_secrets.of(client_id)


def keep(backend: Backend, secret: str = ONE, client_id: str = CLIENT) -> None:
    with backend.work() as work:
        work.client_secrets.keep(client_id, secret, NOW, LATER)
        work.commit()


def seen(backend: Backend, *secrets: str, minute: int = 0) -> None:
    with backend.work() as work:
        work.client_secrets.seen(CLIENT, [fingerprint(one) for one in secrets], NOW + minute * MINUTE)
        work.commit()


def test_nothing_is_known_of_a_client_at_first(backend: Backend) -> None:
    assert of(backend) == []


def test_a_kept_secret_comes_back_whole(backend: Backend) -> None:
    keep(backend)

    (secret,) = of(backend)
    assert secret == ClientSecret(fingerprint(ONE), ONE, NOW, LATER)
    assert secret.source is Source.KEPT
    assert ONE not in repr(secret)


def test_a_secret_of_the_settings_is_known_by_its_fingerprint(backend: Backend) -> None:
    seen(backend, ONE)

    (secret,) = of(backend)
    assert secret == ClientSecret(fingerprint(ONE), None, NOW)
    assert secret.source is Source.SETTINGS


def test_several_are_met_at_once_and_the_earlier_ones_stay_as_they_are(backend: Backend) -> None:
    seen(backend, ONE)
    seen(backend, TWO, ONE, minute=1)
    seen(backend)

    assert [(one.fingerprint, one.first_seen_at) for one in of(backend)] == [
        (fingerprint(ONE), NOW),
        (fingerprint(TWO), NOW + MINUTE),
    ]


def test_meeting_a_kept_secret_in_the_settings_changes_nothing(backend: Backend) -> None:
    keep(backend)
    before = of(backend)

    seen(backend, ONE, minute=1)

    assert of(backend) == before


def test_a_secret_that_was_met_before_is_kept_with_what_amazon_said(backend: Backend) -> None:
    seen(backend, ONE, minute=5)
    with backend.work() as work:
        work.client_secrets.refused(CLIENT, fingerprint(ONE), NOW)
        work.commit()

    keep(backend)

    assert of(backend) == [ClientSecret(fingerprint(ONE), ONE, NOW, LATER, refused_at=NOW)]


def test_clients_know_nothing_of_each_other(backend: Backend) -> None:
    keep(backend, ONE)
    keep(backend, TWO, OTHER)
    with backend.work() as work:
        work.client_secrets.refused(OTHER, fingerprint(TWO), NOW)
        work.client_secrets.expires(OTHER, [fingerprint(ONE), fingerprint(TWO)], NOW)
        work.commit()

    assert of(backend) == [ClientSecret(fingerprint(ONE), ONE, NOW, LATER)]


def test_a_refusal_is_kept_until_the_secret_is_accepted(backend: Backend) -> None:
    seen(backend, ONE, TWO)
    with backend.work() as work:
        work.client_secrets.refused(CLIENT, fingerprint(ONE), NOW)
        work.commit()
    refused = {one.fingerprint: one.refused_at for one in of(backend)}

    with backend.work() as work:
        work.client_secrets.accepted(CLIENT, fingerprint(ONE))
        work.commit()

    assert refused == {fingerprint(ONE): NOW, fingerprint(TWO): None}
    assert [one.refused_at for one in of(backend)] == [None, None]


def test_an_end_is_told_of_the_named_ones_only(backend: Backend) -> None:
    seen(backend, ONE, TWO)

    with backend.work() as work:
        work.client_secrets.expires(CLIENT, [fingerprint(TWO)], LATER)
        work.client_secrets.expires(CLIENT, [], NOW)
        work.commit()

    assert {one.fingerprint: one.expires_at for one in of(backend)} == {
        fingerprint(ONE): None,
        fingerprint(TWO): LATER,
    }


def test_who_holds_the_secrets_sees_them_as_they_are(backend: Backend) -> None:
    keep(backend)

    with backend.work() as work:
        held = work.client_secrets.hold(CLIENT)

    assert held == of(backend)


def test_without_a_commit_nothing_is_kept(backend: Backend) -> None:
    with backend.work() as work:
        work.client_secrets.keep(CLIENT, ONE, NOW, LATER)

    assert of(backend) == []
