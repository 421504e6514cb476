"""``/metrics``, as Prometheus scrapes it."""

from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families

from domain.errors import Unavailable
from tests.fakes.things import NOW


def scraped(client):
    """Every series of the answer, as ``name{label="value",…}``, with its value."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_anybody_inside_the_network_may_scrape(anonymous):
    answer = anonymous.get("/metrics")

    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    assert "process_cpu_seconds_total" in answer.text


def test_requests_are_counted_by_status_and_timed_by_the_rule_that_matched(anonymous):
    anonymous.get("/healthz")
    anonymous.get("/healthz")
    anonymous.get("/api/v1/auth/me")

    found = scraped(anonymous)

    assert found['portside_http_requests_total{method="GET",status="200"}'] == 2
    assert found['portside_http_requests_total{method="GET",status="401"}'] == 1
    assert found['portside_http_request_seconds_count{route="/healthz"}'] == 2


def test_invented_paths_share_one_series(anonymous):
    for _ in range(5):
        anonymous.get(f"/api/v1/{uuid4()}")

    routes = {name for name in scraped(anonymous) if name.startswith("portside_http_request_seconds_count")}

    assert routes == {'portside_http_request_seconds_count{route="unmatched"}'}


def test_the_standing_of_the_installation_is_told_over_all_users(anonymous, world):
    world.connect(world.user)
    world.connect(world.stranger, seller_id="SELLER2")

    found = scraped(anonymous)

    assert found["portside_database_up"] == 1
    assert found['portside_connections{provider="amazon_sp",status="connected"}'] == 2
    assert found["portside_tokens_overdue"] == 0
    assert found["portside_renewals_due_within_days"] == 0
    assert found["portside_sync_oldest_due_seconds"] == 0


def test_without_a_client_there_are_no_days_until_its_secret_ends(anonymous, world):
    assert world.services.credentials.days_left(NOW) is None
    assert "portside_lwa_client_secret_expires_in_days" not in scraped(anonymous)


def test_while_the_database_is_away_the_process_still_tells_of_itself(anonymous, world):
    world.survey.away = Unavailable("The database can't do this at the moment.")

    found = scraped(anonymous)

    assert found["portside_database_up"] == 0
    assert "portside_tokens_overdue" not in found
    assert "process_resident_memory_bytes" in found


@pytest.mark.parametrize("path", ["/api/v1/amazon/connection", "/api/v1/amazon/connections/{id}", "/metrics"])
def test_no_name_id_or_secret_of_anybody_is_in_it(anonymous, browser, world, path):
    connection = world.connect(world.user, seller_id="A1SECRETSELLER", refresh_token="Atzr|secret")
    browser.get(path.format(id=connection.id), headers={"X-Request-Id": "request-of-ada"})

    text = anonymous.get("/metrics").text

    told = [
        word
        for word in (
            "A1SECRETSELLER",
            "Atzr",
            "Atza",
            "ada@example.com",
            str(connection.id),
            str(world.user.id),
            "request-of-ada",
        )
        if word in text
    ]
    assert told == []
