"""Where the settings name a role, everything that Portside sends to SP-API is signed with it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import request
from moto.server import ThreadedMotoServer

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment
from tests.e2e.stage import US

AWS = {
    "AWS_ACCESS_KEY_ID": "AKIAPORTSIDETESTS",
    "AWS_SECRET_ACCESS_KEY": "a secret of the tests",
    "AWS_EC2_METADATA_DISABLED": "true",
}
ROLE = "arn:aws:iam::123456789012:role/portside"


@pytest.fixture
def sts() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_calls_to_amazon_are_signed_with_the_role_of_the_settings(sts: str, tmp_path: Path) -> None:
    still = datetime.now(UTC) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=8, history_days=10, rate_factor=1000, data_until=still, report_seconds=0.3
    )
    amazon = SimulatorServer(config)
    authorizations: dict[str, str | None] = {}

    @amazon.simulator.app.before_request
    def remember() -> None:
        authorizations[request.path] = request.headers.get("Authorization")

    with amazon:
        database_url = f"sqlite:///{tmp_path / 'portside.db'}"
        changes = {**AWS, "SCHEDULER": "off", "AMAZON_SP_ROLE_ARN": ROLE, "STS_URL": sts}
        variables = environment(amazon, database_url, tmp_path, **changes)
        with Served(variables, tmp_path) as server, Person(server.url) as somebody:
            somebody.register()
            somebody.connect(US, config.sellers[0].id)
            shown = somebody.get("/api/amazon/test/orders")["data"]

    calls = {
        path: value for path, value in authorizations.items() if path.startswith(("/orders", "/sellers"))
    }
    assert shown["count"] > 0
    assert len(calls) == 2
    for value in calls.values():
        assert value is not None
        assert value.startswith("AWS4-HMAC-SHA256 Credential=ASIA")
        assert "/us-east-1/execute-api/aws4_request, SignedHeaders=" in value
