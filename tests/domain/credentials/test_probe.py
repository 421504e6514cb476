"""What ``readyz`` and ``doctor`` say of the client secret."""

import pytest

from domain.credentials.probe import ClientSecretProbe
from domain.errors import ClientRefused, Unavailable
from tests.domain.credentials.bench import DAY, NEW, OLD, Installation, coming_expiry
from tests.fakes.things import NOW


def test_a_young_secret_is_well_and_its_days_are_counted():
    process = Installation(NEW).process(NEW)

    finding = process.probe.check()

    assert (finding.ok, finding.cause) == (True, "")
    assert finding.details["days_left"] == 180
    assert "at the latest" in str(finding.details["estimated"])


def test_its_last_thirty_days_are_a_warning_and_no_failure():
    shared = Installation(NEW)
    process = shared.process(NEW)
    process.probe.check()
    shared.clock.advance(151 * DAY)

    finding = process.probe.check()

    assert finding.ok
    assert "expires in 29 days" in finding.cause
    assert "AMAZON_LWA_CLIENT_SECRET" in finding.mend


def test_a_second_secret_ends_the_warning():
    shared = Installation(NEW, OLD)
    shared.process(OLD).probe.check()
    shared.clock.advance(170 * DAY)

    finding = shared.process(NEW, OLD).probe.check()

    assert (finding.cause, finding.details["days_left"]) == ("", 180)


def test_what_amazon_said_to_have_ended_is_a_failure():
    shared = Installation(NEW)
    process = shared.process(NEW)
    shared.queue.put(coming_expiry(NOW + 40 * DAY))
    process.notices.take()
    shared.clock.advance(41 * DAY)

    finding = process.probe.check()

    assert not finding.ok
    assert "has expired" in finding.cause
    assert finding.details["days_left"] == 0


def test_an_estimate_alone_fails_nothing():
    shared = Installation(NEW)
    process = shared.process(NEW)
    process.probe.check()
    shared.clock.advance(181 * DAY)

    finding = process.probe.check()

    assert finding.ok
    assert "should have expired" in finding.cause


def test_refused_secrets_are_a_failure_with_its_mend():
    process = Installation().process(NEW)
    with pytest.raises(ClientRefused):
        process.refresh()

    finding = process.probe.check()

    assert not finding.ok
    assert "invalid_client" in finding.cause
    assert "AMAZON_LWA_CLIENT_SECRET" in finding.mend


def test_without_a_client_there_is_nothing_to_find():
    shared = Installation()
    shelf = shared.process().client.shelf

    assert ClientSecretProbe(shelf, shared.clock, ("AMAZON_LWA_APP_ID",)).check().ok


def test_a_database_that_is_away_is_found_and_not_raised():
    shared = Installation(NEW)
    process = shared.process(NEW)

    def away():
        raise Unavailable("the database is away")

    process.client.shelf.look = away

    finding = process.probe.check()

    assert not finding.ok
    assert "the database is away" in finding.cause
