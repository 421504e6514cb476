"""Two client secrets: which of them is sent, and what becomes of one that Amazon refuses."""

import logging

import pytest

from domain.credentials.pace import FAILURES_IN_A_ROW
from domain.errors import (
    ClientRefused,
    NotConfigured,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
)
from domain.tokens.model import LwaClient
from tests.domain.credentials.bench import (
    CLIENT_ID,
    DAY,
    MINUTE,
    NEW,
    OLD,
    SECOND,
    TOKEN,
    Installation,
)

OWN = LwaClient("amzn1.application-oa2-client.theirs", "amzn1.oa2-cs.v1.theirs")
REDIRECT_URI = "https://portside.example/callback"


def test_a_good_secret_makes_one_request_an_exchange():
    shared = Installation(NEW)
    process = shared.process(NEW, OLD)

    for _ in range(3):
        process.refresh()

    assert shared.lwa.asked == [NEW, NEW, NEW]


def test_a_refused_secret_is_passed_over_at_once_and_from_then_on():
    shared = Installation(OLD)
    process = shared.process(NEW, OLD)

    for _ in range(3):
        process.refresh()

    assert shared.lwa.asked == [NEW, OLD, OLD, OLD]


def test_other_processes_know_which_secret_is_refused():
    shared = Installation(OLD)
    shared.process(NEW, OLD).refresh()
    shared.lwa.asked.clear()

    shared.process(NEW, OLD).refresh()

    assert shared.lwa.asked == [OLD]
    assert shared.known(NEW).refused_at == shared.clock.now()


def test_a_process_that_runs_hears_of_a_refusal_within_half_a_minute():
    shared = Installation(NEW, OLD)
    first, second = shared.process(NEW, OLD), shared.process(NEW, OLD)
    first.refresh()
    second.refresh()
    shared.lwa.good = {OLD}
    first.refresh()
    shared.lwa.asked.clear()

    shared.clock.advance(30 * SECOND)
    second.refresh()

    assert shared.lwa.asked == [OLD]


def test_a_code_is_sent_again_with_the_other_secret():
    shared = Installation(OLD)
    process = shared.process(NEW, OLD)

    grant = process.client.exchange("code", REDIRECT_URI)

    assert grant.refresh_token.text == "Atzr|code"
    assert shared.lwa.asked == [NEW, OLD]


@pytest.mark.parametrize(
    "trouble",
    [
        ReauthorizationRequired("revoked"),
        UpstreamRefused("a bad code"),
        UpstreamFailed("503"),
        RateLimited("slow down", 7.0, "amazon"),
    ],
)
def test_what_is_not_about_the_client_is_never_sent_twice(trouble):
    shared = Installation(NEW, OLD)
    shared.lwa.troubles.append(trouble)

    with pytest.raises(type(trouble)):
        shared.process(NEW, OLD).refresh()

    assert len(shared.lwa.asked) == 1
    assert shared.known(NEW).refused_at is None


def test_when_all_are_refused_the_operator_is_told_what_to_set():
    shared = Installation()

    with pytest.raises(ClientRefused, match="180 days") as caught:
        shared.process(NEW, OLD).refresh()

    assert (caught.value.missing, caught.value.own) == (("AMAZON_LWA_CLIENT_SECRET",), False)
    assert shared.lwa.asked == [NEW, OLD]


def test_when_all_are_refused_each_is_tried_once_a_minute_by_all_processes_together():
    shared = Installation()
    processes = [shared.process(NEW, OLD) for _ in range(3)]

    for _ in range(60):
        for process in processes:
            with pytest.raises(ClientRefused):
                process.refresh()
        shared.clock.advance(2 * SECOND)

    assert sorted(shared.lwa.asked) == [NEW, NEW, OLD, OLD]


def test_a_code_is_tried_at_any_rate_since_a_person_waits_for_it():
    shared = Installation()
    process = shared.process(NEW)
    with pytest.raises(ClientRefused):
        process.refresh()
    shared.lwa.good = {NEW}

    process.client.exchange("code", REDIRECT_URI)
    process.refresh()

    assert shared.lwa.asked == [NEW, NEW, NEW]


def test_a_code_is_tried_while_lwa_is_left_alone_for_its_failures():
    shared = Installation(NEW)
    process = shared.process(NEW)
    shared.lwa.troubles.extend(UpstreamFailed("503") for _ in range(FAILURES_IN_A_ROW))
    for _ in range(FAILURES_IN_A_ROW + 1):
        with pytest.raises(UpstreamFailed):
            process.refresh()

    process.client.exchange("code", REDIRECT_URI)

    assert len(shared.lwa.asked) == FAILURES_IN_A_ROW + 1


def test_a_secret_that_is_accepted_again_is_the_first_one_again():
    shared = Installation()
    process = shared.process(NEW)
    with pytest.raises(ClientRefused):
        process.refresh()
    shared.lwa.good = {NEW}

    shared.clock.advance(MINUTE)
    process.refresh()

    assert shared.known(NEW).refused_at is None
    process.refresh()


def test_a_new_secret_in_the_settings_is_used_while_old_processes_still_run():
    shared = Installation(NEW)
    with pytest.raises(ClientRefused):
        shared.process(OLD).refresh()

    shared.process(NEW).refresh()

    assert shared.lwa.asked == [OLD, NEW]


def test_the_alarm_is_one_line_a_minute_and_names_no_secret(caplog):
    shared = Installation()
    process = shared.process(NEW)

    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            with pytest.raises(ClientRefused):
                process.refresh()
            shared.clock.advance(20 * SECOND)

    assert len(caplog.records) == 2
    assert "AMAZON_LWA_CLIENT_SECRET" in caplog.text
    assert NEW not in caplog.text


def test_a_token_of_another_client_condemns_no_secret():
    shared = Installation(NEW)
    shared.lwa.troubles.append(ClientRefused("LWA", (), code="unauthorized_client"))
    process = shared.process(NEW, OLD)

    with pytest.raises(ClientRefused, match="issued to another client") as caught:
        process.refresh()

    assert caught.value.missing == ("AMAZON_LWA_APP_ID",)
    assert shared.lwa.asked == [NEW]
    process.refresh()


def test_a_users_own_client_is_asked_as_itself():
    shared = Installation(OWN.secret)

    shared.process(NEW).client.refresh(TOKEN, OWN)

    assert shared.lwa.asked == [OWN.secret]


@pytest.mark.parametrize("code", ["invalid_client", "unauthorized_client"])
def test_a_refused_client_of_a_users_own_is_the_users_to_mend(code, caplog):
    shared = Installation(NEW)
    shared.lwa.troubles.append(ClientRefused("LWA", (), code=code))

    with pytest.raises(ClientRefused, match="connection's own") as caught:
        shared.process(NEW).client.refresh(TOKEN, OWN)

    assert caught.value.missing == ("lwa_client_id", "lwa_client_secret")
    assert (caught.value.own, caught.value.code) == (True, code)
    assert caplog.records == []
    assert OWN.secret not in str(caught.value)


def test_without_a_client_nothing_is_asked_and_the_missing_settings_are_named():
    shared = Installation()
    process = shared.process()
    names = ("AMAZON_LWA_APP_ID", "AMAZON_LWA_CLIENT_SECRET")
    bare = type(process.client)(shared.lwa, process.client.shelf, process.client.pace, shared.clock, names)

    with pytest.raises(NotConfigured) as caught:
        bare.refresh(TOKEN, None)

    assert caught.value.missing == names
    assert shared.lwa.asked == []
    assert bare.days_left(shared.clock.now()) is None


def test_the_database_is_read_twice_a_minute_at_most():
    shared = Installation(NEW)
    process = shared.process(NEW)
    opened = []

    def look():
        opened.append(shared.clock.now())
        return shared.look()

    process.client.shelf.look = look

    for _ in range(60):
        process.refresh()
        shared.clock.advance(SECOND)

    assert len(opened) == 2


def test_the_settings_secrets_are_known_by_their_fingerprints_only():
    shared = Installation(NEW)

    shared.process(NEW).refresh()

    assert shared.known(NEW).text is None
    assert shared.known(NEW).first_seen_at == shared.clock.now()


def test_days_are_counted_for_the_secret_that_lasts_longest():
    shared = Installation(NEW, OLD)
    shared.process(OLD).refresh()
    shared.clock.advance(100 * DAY)
    process = shared.process(NEW, OLD)

    left = process.client.days_left(shared.clock.now())

    assert left == pytest.approx(180)
    assert shared.process(OLD).client.days_left(shared.clock.now()) == pytest.approx(80)


def test_no_day_is_left_when_all_are_refused():
    shared = Installation()
    process = shared.process(NEW)
    with pytest.raises(ClientRefused):
        process.refresh()

    assert process.client.days_left(shared.clock.now()) == 0


def test_nothing_that_is_shown_holds_a_secret():
    shared = Installation(NEW)
    process = shared.process(NEW)
    process.refresh()

    text = repr(process.client) + repr(process.client.shelf) + repr(process.client.shelf.candidates())

    assert NEW not in text
    assert CLIENT_ID in text
