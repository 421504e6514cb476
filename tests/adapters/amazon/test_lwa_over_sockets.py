"""Login with Amazon over real connections: a server of our own, and the simulator."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from urllib.parse import parse_qs

import pytest

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.lwa import Lwa
from adapters.http import Outbound
from domain.errors import (
    ClientRefused,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
)
from domain.tokens.model import LwaClient, RefreshToken
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.server import SimulatorServer
from entrypoints.simulator.tokens import Consent
from tests.adapters.loopback import Seen, dripping, http, listening, saying, silent
from tests.fakes.clock import HeldClock
from tests.fakes.things import NOW

CONFIG = SimulatorConfig()
SELLER = CONFIG.sellers[0]
CLIENT = LwaClient(CONFIG.client_id, CONFIG.client_secret)
REDIRECT_URI = "http://127.0.0.1:5000/api/v1/amazon/oauth/callback"
GOOD = http(b'{"access_token": "Atza|1", "token_type": "bearer", "expires_in": 3600}')
TIMEOUT = 0.4


@pytest.fixture
def hasty() -> Iterator[Outbound]:
    made = Outbound.with_pool(TIMEOUT, pool_size=2)
    yield made
    made.adapter.close()


@pytest.fixture(scope="module")
def amazon() -> Iterator[SimulatorServer]:
    with SimulatorServer(CONFIG) as server:
        yield server
        server.simulator.reception.faults.clear()


def lwa(url: str, outbound: Outbound) -> Lwa:
    return Lwa(AmazonAddresses(lwa_token_url=f"{url}/auth/o2/token"), outbound, HeldClock(NOW))


def refresh_token(amazon: SimulatorServer) -> RefreshToken:
    return RefreshToken(amazon.simulator.refresh_token(SELLER.id))


def a_code(amazon: SimulatorServer) -> str:
    endpoint = amazon.simulator.endpoint
    return endpoint.office.code(
        Consent(CONFIG.client_id, SELLER.id, int(CONFIG.now().timestamp()), 0, REDIRECT_URI)
    )


def test_threads_that_ask_at_the_same_time_get_each_their_own_answer(outbound: Outbound) -> None:
    def echo(connection: socket.socket, request: Seen) -> bool:
        token = parse_qs(request.body.decode())["refresh_token"][0]
        body = {"access_token": f"Atza|for-{token}", "expires_in": 60, "refresh_token": f"{token}'"}
        connection.sendall(http(json.dumps(body).encode()))
        return True

    with listening(echo) as server:
        shared = lwa(server.url, outbound)
        together = Barrier(4)

        def ask(name: str) -> list[tuple[str, str]]:
            answers = []
            for number in range(50):
                together.wait(timeout=20)
                asked = f"Atzr|{name}-{number}"
                renewal = shared.refresh(RefreshToken(asked), CLIENT)
                assert renewal.refresh_token is not None
                answers.append((renewal.access_token.text, renewal.refresh_token.text))
            return answers

        with ThreadPoolExecutor(4) as pool:
            given = dict(zip("abcd", pool.map(ask, "abcd"), strict=True))

    assert given == {
        name: [(f"Atza|for-Atzr|{name}-{number}", f"Atzr|{name}-{number}'") for number in range(50)]
        for name in "abcd"
    }
    assert server.connections <= 4


def test_one_connection_serves_many_sellers_without_a_cookie(outbound: Outbound) -> None:
    body = b'{"access_token": "Atza|1", "expires_in": 3600}'

    with listening(saying(http(body, "Set-Cookie: session=first; Path=/"))) as server:
        for seller in ("one", "two", "three"):
            lwa(server.url, outbound).refresh(RefreshToken(f"Atzr|{seller}"), CLIENT)

    assert server.connections == 1
    assert ["cookie" in request.headers for request in server.seen] == [False] * 3


def test_a_netrc_does_not_replace_the_client(
    outbound: Outbound, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))

    with listening(saying(GOOD)) as server:
        lwa(server.url, outbound).refresh(RefreshToken("Atzr|1"), CLIENT)

    assert "authorization" not in server.seen[0].headers


@pytest.mark.parametrize(
    "script",
    [silent, dripping(http(length=100_000), b" ", every=TIMEOUT / 10)],
    ids=["silent", "dripping"],
)
def test_a_token_endpoint_that_does_not_answer_is_given_up_in_time(hasty: Outbound, script) -> None:
    began = time.monotonic()

    with listening(script) as server, pytest.raises(UpstreamTimedOut):
        lwa(server.url, hasty).refresh(RefreshToken("Atzr|1"), CLIENT)

    assert time.monotonic() - began < 2 * TIMEOUT


def test_no_redirect_takes_the_secret_elsewhere(outbound: Outbound) -> None:
    with listening(saying(GOOD)) as elsewhere:
        moved = saying(http(b"", f"Location: {elsewhere.url}/", status="307 Temporary Redirect"))
        with listening(moved) as server, pytest.raises(UpstreamFailed):
            lwa(server.url, outbound).refresh(RefreshToken("Atzr|1"), CLIENT)

    assert (len(server.seen), elsewhere.seen) == (1, [])


def test_the_simulator_trades_a_refresh_token(amazon: SimulatorServer, outbound: Outbound) -> None:
    renewal = lwa(amazon.base_url, outbound).refresh(refresh_token(amazon), CLIENT)

    access = amazon.simulator.endpoint.office.read_access_token(renewal.access_token.text)
    assert access is not None
    assert access.seller_id == SELLER.id
    assert renewal.refresh_token is None
    assert renewal.access_token.expires_at == NOW + timedelta(hours=1)


def test_the_simulator_trades_a_code_once(amazon: SimulatorServer, outbound: Outbound) -> None:
    client, code = lwa(amazon.base_url, outbound), a_code(amazon)

    grant = client.exchange(code, REDIRECT_URI, CLIENT)

    assert client.refresh(grant.refresh_token, CLIENT).access_token.text.startswith("Atza|")
    with pytest.raises(UpstreamRefused, match="invalid_grant"):
        client.exchange(code, REDIRECT_URI, CLIENT)


def test_the_simulator_refuses_a_code_with_another_redirect_uri(
    amazon: SimulatorServer, outbound: Outbound
) -> None:
    with pytest.raises(UpstreamRefused):
        lwa(amazon.base_url, outbound).exchange(a_code(amazon), REDIRECT_URI + "x", CLIENT)


def test_a_seller_who_withdraws_has_to_consent_again(amazon: SimulatorServer, outbound: Outbound) -> None:
    token = refresh_token(amazon)
    amazon.simulator.endpoint.revocations.revoke(SELLER.id)

    with pytest.raises(ReauthorizationRequired) as caught:
        lwa(amazon.base_url, outbound).refresh(token, CLIENT)

    assert caught.value.request_id
    assert token.text not in str(caught.value)


@pytest.mark.parametrize(
    "client",
    [
        LwaClient(CONFIG.client_id, "wrong"),
        LwaClient("somebody-else", CONFIG.client_secret),
    ],
)
def test_a_wrong_client_is_the_operators_to_mend(
    amazon: SimulatorServer, outbound: Outbound, client: LwaClient
) -> None:
    with pytest.raises(ClientRefused, match="invalid_client"):
        lwa(amazon.base_url, outbound).refresh(refresh_token(amazon), client)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("empty_200", UpstreamFailed),
        ("not_json", UpstreamFailed),
        ("html_502", UpstreamFailed),
        ("html_503", UpstreamFailed),
        ("truncated", UpstreamFailed),
        ("shape", UpstreamFailed),
        ("drop_connection", UpstreamFailed),
        ("500", UpstreamFailed),
        ("429", RateLimited),
    ],
)
def test_each_trouble_of_the_simulator_has_its_error_and_passes(
    amazon: SimulatorServer, outbound: Outbound, kind: str, error: type[Exception]
) -> None:
    client, token = lwa(amazon.base_url, outbound), refresh_token(amazon)
    amazon.simulator.reception.faults.order(Fault.from_json({"operation": "lwa.refresh_token", "kind": kind}))

    with pytest.raises(error):
        client.refresh(token, CLIENT)

    assert client.refresh(token, CLIENT).access_token.text.startswith("Atza|")
