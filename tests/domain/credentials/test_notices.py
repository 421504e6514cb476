"""Amazon's notifications about client secrets: they take effect, then they go."""

import json
import logging
from dataclasses import replace

import pytest

from domain.clock import in_words
from domain.errors import ClientRefused
from tests.domain.credentials.bench import (
    CLIENT_ID,
    DAY,
    NEW,
    NEWEST,
    OLD,
    Installation,
    coming_expiry,
    envelope,
    new_secret,
)
from tests.fakes.things import NOW


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def shared():
    return Installation(OLD, NEW, NEWEST)


@pytest.fixture
def process(shared):
    return shared.process(OLD)


def audited(shared: Installation) -> list[str]:
    return [str(entry.action) for entry in shared.store.tables.audit]


def test_a_new_secret_is_used_from_then_on_and_its_message_goes(shared, process):
    shared.queue.put(new_secret())

    assert process.notices.take() == 1

    process.refresh()
    assert shared.lwa.asked == [NEW]
    assert shared.queue.waiting == {}


def test_other_processes_use_it_within_half_a_minute(shared, process):
    other = shared.process(OLD)
    other.refresh()
    shared.queue.put(new_secret())
    process.notices.take()

    shared.clock.advance(DAY / 2880)
    other.refresh()

    assert shared.lwa.asked == [OLD, NEW]


def test_both_ends_are_kept_as_amazon_said(shared, process):
    shared.queue.put(new_secret())

    process.notices.take()

    assert shared.known(NEW).expires_at == NOW + 180 * DAY
    assert shared.known(OLD).expires_at == NOW + 7 * DAY


def test_after_seven_days_the_old_one_is_refused_and_nobody_notices(shared, process):
    shared.queue.put(new_secret())
    process.notices.take()
    shared.clock.advance(8 * DAY)
    shared.lwa.good = {NEW}

    process.refresh()

    assert shared.lwa.asked == [NEW]


def test_the_deed_is_written_down_without_the_secret(shared, process):
    shared.queue.put(new_secret())

    process.notices.take()

    (entry,) = shared.store.tables.audit
    assert (entry.action, entry.user_id, entry.actor) == ("client_secret.received", None, "system")
    assert entry.details == {
        "client_id": CLIENT_ID,
        "notification_id": "n-1",
        "expires_at": in_words(NOW + 180 * DAY),
        "old_expires_at": in_words(NOW + 7 * DAY),
    }


def test_killed_before_the_message_was_deleted_it_comes_again_and_changes_nothing(shared, process):
    shared.queue.put(new_secret())

    def killed() -> None:
        raise Killed

    shared.queue.before_deleting = killed
    with pytest.raises(Killed):
        process.notices.take()
    before = dict(shared.store.tables.client_secrets)
    shared.queue.before_deleting = lambda: None
    shared.queue.reappear()

    assert shared.process(OLD).notices.take() == 1

    assert shared.store.tables.client_secrets == before
    assert audited(shared) == ["client_secret.received"]
    assert shared.queue.waiting == {}


def test_what_could_not_be_kept_stays_in_the_queue(shared, process):
    shared.queue.put(new_secret())
    process.refresh()

    class Away(Exception):
        pass

    def work():
        raise Away

    with pytest.raises(Away):
        replace(process.notices, work=work).take()

    assert len(shared.queue.waiting) == 1
    assert shared.known(NEW) is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0), (1, 0, 1), (1, 1, 0, 0)])
def test_two_rotations_come_to_the_same_in_any_order_and_number(shared, process, order):
    messages = [new_secret(NEW, NOW), new_secret(NEWEST, NOW + 3 * DAY)]

    for number in order:
        shared.queue.put(messages[number])
        process.notices.take()

    assert shared.known(NEWEST).expires_at == NOW + 183 * DAY
    assert shared.known(NEW).expires_at == NOW + 10 * DAY
    assert shared.known(OLD).expires_at == NOW + 7 * DAY
    process.refresh()
    assert shared.lwa.asked == [NEWEST]


def test_the_settings_newer_secret_is_not_ended_by_an_older_rotation(shared):
    shared.clock.advance(30 * DAY)
    process = shared.process(NEWEST)
    shared.queue.put(new_secret(NEW, NOW))

    process.notices.take()

    assert shared.known(NEWEST).expires_at is None


def test_a_secret_that_stands_in_the_settings_as_well_is_one_secret(shared):
    process = shared.process(NEW, OLD)
    shared.queue.put(new_secret())

    process.notices.take()

    assert [one.text for one in process.client.shelf.candidates()] == [NEW, OLD]
    assert shared.known(NEW).expires_at == NOW + 180 * DAY


def test_a_coming_expiry_is_kept(shared, process):
    shared.queue.put(coming_expiry(NOW + 40 * DAY))

    process.notices.take()

    assert process.client.days_left(NOW) == pytest.approx(40)
    assert shared.queue.waiting == {}


def test_an_old_word_on_the_expiry_says_nothing_of_the_next_secret(shared, process):
    shared.queue.put(coming_expiry(NOW + 40 * DAY))
    process.notices.take()
    later = shared.process(NEW, OLD)
    shared.queue.put(new_secret(), coming_expiry(NOW + 40 * DAY))

    later.notices.take()

    assert shared.known(NEW).expires_at == NOW + 180 * DAY


def test_a_kept_secret_carries_on_alone_when_the_settings_one_has_expired(shared, process):
    shared.queue.put(new_secret())
    process.notices.take()
    shared.lwa.good = {NEW}

    shared.process(OLD).refresh()

    assert shared.lwa.asked == [NEW]


def test_a_kept_secret_that_has_ended_is_not_tried(shared, process):
    shared.queue.put(new_secret())
    process.notices.take()
    shared.clock.advance(182 * DAY)
    shared.lwa.good = set()

    with pytest.raises(ClientRefused):
        process.refresh()

    assert shared.lwa.asked == [OLD]


def test_another_clients_secret_is_left_alone_and_named_once_without_it(shared, process, caplog):
    shared.queue.put(new_secret(client_id="amzn1.application-oa2-client.other"))

    process.notices.take()
    shared.queue.reappear()
    process.notices.take()

    assert len(shared.queue.waiting) == 1
    assert shared.known(NEW) is None
    (record,) = caplog.records
    assert "APPLICATION_OAUTH_CLIENT_NEW_SECRET n-1" in record.getMessage()
    assert NEW not in caplog.text


def test_types_that_concern_nobody_are_removed_and_told_of_once(shared, process, caplog):
    offer = json.dumps({"NotificationType": "ANY_OFFER_CHANGED", "Payload": {}})
    shared.queue.put(offer, offer)

    with caplog.at_level(logging.INFO):
        assert process.notices.take() == 2

    assert shared.queue.waiting == {}
    assert [record.getMessage() for record in caplog.records] == [
        "notifications of the type ANY_OFFER_CHANGED are not used: removed"
    ]


MALFORMED = [
    "",
    "no JSON",
    "[]",
    "null",
    "[" * 100_000,
    "{}",
    json.dumps({"notificationType": 7}),
    json.dumps({"notificationType": "a b"}),
    json.dumps(envelope("APPLICATION_OAUTH_CLIENT_NEW_SECRET", None)),
    json.dumps(envelope("APPLICATION_OAUTH_CLIENT_NEW_SECRET", {"applicationOAuthClientNewSecret": []})),
    new_secret(clientId=7),
    new_secret(clientId=""),
    new_secret("short"),
    new_secret("with a blank in it"),
    new_secret("x" * 513),
    new_secret(newClientSecretExpiryTime=None),
    new_secret(newClientSecretExpiryTime="soon"),
    new_secret(newClientSecretExpiryTime=1_700_000_000),
    new_secret(newClientSecretExpiryTime="2026-09-01T10:00:00"),
    new_secret(newClientSecretExpiryTime="1970-01-01T00:00:00Z"),
    new_secret(oldClientSecretExpiryTime="soon"),
    coming_expiry(NOW).replace("clientSecretExpiryTime", "another"),
    " " * 2_000_000,
]


@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
def test_what_cannot_be_understood_is_left_to_the_queue_and_warned_of_once(shared, process, caplog, body):
    shared.queue.put(body)

    process.notices.take()
    shared.queue.reappear()
    process.notices.take()

    assert len(shared.queue.waiting) == 1
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert audited(shared) == []


def test_one_bad_message_holds_up_no_other(shared, process):
    shared.queue.put("no JSON", new_secret(), "[]")

    assert process.notices.take() == 1

    assert shared.known(NEW) is not None


def test_the_names_of_the_envelope_may_be_written_either_way(shared, process):
    body = json.loads(new_secret())
    pascal = {name[0].upper() + name[1:]: value for name, value in body.items()}
    shared.queue.put(json.dumps(pascal))

    process.notices.take()

    assert shared.known(NEW) is not None


def test_eventbridge_wraps_the_whole(shared, process):
    wrapped = {"version": "0", "id": "e-1", "detail-type": "…", "detail": json.loads(new_secret())}
    shared.queue.put(json.dumps(wrapped))

    process.notices.take()

    assert shared.known(NEW) is not None


def test_a_rotation_may_leave_the_old_secret_unmentioned(shared, process):
    shared.queue.put(new_secret(oldClientSecretExpiryTime=None))

    process.notices.take()

    assert shared.known(NEW).expires_at == NOW + 180 * DAY
    assert shared.known(OLD).expires_at is None


def test_no_log_line_holds_a_secret(shared, process, caplog):
    with caplog.at_level(logging.DEBUG):
        shared.queue.put(new_secret(), coming_expiry(NOW + 40 * DAY), new_secret(NEWEST)[:-40])
        process.notices.take()

    assert len(caplog.records) >= 2
    text = caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    assert not [secret for secret in (OLD, NEW, NEWEST) if secret in text]
