"""Ways out to Amazon, closed after each test, and an AWS for the tests that assume roles."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import responses
from moto.server import ThreadedMotoServer

from adapters.http import Outbound


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    """Patient enough for a loaded machine."""
    made = Outbound.with_pool(timeout_seconds=20.0, pool_size=4)
    yield made
    made.adapter.close()


@pytest.fixture
def upstream() -> Iterator[responses.RequestsMock]:
    """Amazon, as far as a test has told it what to say."""
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """AWS credentials of a test's own, and nothing of this machine's."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAPORTSIDETESTS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret of the tests")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
