"""``portside doctor``, run as an operator runs it: what is wrong is found, and said with its cause and its mend."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from urllib.parse import urlsplit

import pytest
import requests
from botocore.session import Session
from moto.server import ThreadedMotoServer

from adapters.crypto.envelope import Envelopes
from adapters.sql.engine import make_engine
from adapters.sql.migrate import upgrade
from adapters.sql.work import SqlWork
from domain.acting import in_background
from domain.connections.model import ConnectionStatus, Failure
from domain.sync.model import Resource
from domain.tokens.model import RefreshToken
from entrypoints.instance import new_token_key, open_instance
from entrypoints.settings import load_settings
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from tests.e2e import processes
from tests.e2e.processes import environment
from tests.fakes.things import a_connection, a_user

LINKS = ["stored_credentials", "key", "token_exchange", "role", "call", "roles", "authorization_age"]
CALL = "getMarketplaceParticipations"
ROLE = "arn:aws:iam::123456789012:role/portside"


@dataclass(frozen=True)
class Installation:
    """Portside with some connections, and nobody serving."""

    home: Path
    variables: Mapping[str, str]
    connection_ids: tuple[str, ...]

    def doctor(self, *arguments: str, **changes: str) -> CompletedProcess[str]:
        """What the doctor says, with these variables changed."""
        return processes.run(["doctor", *arguments], {**self.variables, **changes}, self.home)


@pytest.fixture(scope="module")
def amazon() -> Iterator[SimulatorServer]:
    still = datetime.now(UTC) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=1,
        history_days=3,
        rate_factor=1000,
        seller_count=70,
        data_until=still,
        sku_count=3,
        report_seconds=0.3,
    )
    with SimulatorServer(config) as server:
        yield server


@pytest.fixture(scope="module")
def aws() -> Iterator[dict[str, str]]:
    """An AWS with one queue, and the variables that lead to it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    keys = {"AWS_ACCESS_KEY_ID": "AKIADOCTOR", "AWS_SECRET_ACCESS_KEY": "doctor"}
    queues = Session().create_client(
        "sqs",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )
    queue = queues.create_queue(QueueName="amazon-notices")["QueueUrl"]
    yield {**keys, "AMAZON_NOTIFICATIONS_QUEUE_URL": f"{url}{urlsplit(queue).path}", "STS_URL": url}
    server.stop()


@pytest.fixture(autouse=True)
def no_trouble(amazon: SimulatorServer) -> Iterator[None]:
    yield
    amazon.simulator.reception.faults.clear()


def installed(amazon: SimulatorServer, home: Path, sellers: list[Seller], days: float = 1) -> Installation:
    """An installation in this folder to which these sellers gave their consent so many days ago."""
    variables = environment(
        amazon, f"sqlite:///{home / 'portside.db'}", home, AWS_EC2_METADATA_DISABLED="true"
    )
    settings = load_settings(variables, home)
    engine = make_engine(settings.database_url.get_secret_value())
    upgrade(engine)
    user = a_user()
    with in_background(), SqlWork(engine, Envelopes(open_instance(settings).key_ring)) as work:
        work.users.add(user, None)
        ids = [_connect(amazon, work, user, seller, days) for seller in sellers]
        work.commit()
    engine.dispose()
    return Installation(home, variables, tuple(ids))


def _connect(amazon: SimulatorServer, work: SqlWork, user, seller: Seller, days: float) -> str:
    answer = requests.post(
        f"{amazon.base_url}/simulator/authorize", json={"seller_id": seller.id}, timeout=20
    )
    connection = a_connection(
        user,
        *seller.marketplace_ids,
        seller_id=seller.id,
        is_default=False,
        connected_at=datetime.now(UTC) - timedelta(days=days),
    )
    work.connections.add(connection)
    work.vault.keep(connection.id, RefreshToken(answer.json()["refresh_token"]), None)
    return str(connection.id)


@pytest.fixture(scope="module")
def installation(amazon: SimulatorServer, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """One connection, of the first seller."""
    home = tmp_path_factory.mktemp("doctor")
    return installed(amazon, home, [amazon.simulator.config.sellers[0]])


def report(said: CompletedProcess[str]) -> dict[str, dict[str, object]]:
    """The checks of a report in JSON, by name."""
    return {check["name"]: check for check in json.loads(said.stdout)["checks"]}


def verdicts(said: CompletedProcess[str]) -> dict[str, str]:
    """The verdict of each line, by its name."""
    return {
        name: verdict
        for verdict, name in re.findall(r"^(ok|warn|FAIL|skip) +(\S+)", said.stdout, re.MULTILINE)
    }


def passage(said: CompletedProcess[str], name: str) -> str:
    """A line with its cause and mend."""
    found = re.search(rf"^(?:ok  |warn|FAIL|skip) {name}\b.*(?:\n     .*)*", said.stdout, re.MULTILINE)
    assert found is not None, said.stdout
    return found[0]


def test_a_sound_installation_is_sound_from_its_settings_to_a_real_call(installation: Installation) -> None:
    said = installation.doctor()

    found = verdicts(said)
    assert said.returncode == 0, said.stdout + said.stderr
    assert {name for name, verdict in found.items() if verdict == "skip"} == {"role"}
    assert {found[name] for name in found if name != "role"} == {"ok"}
    assert set(found) >= {"settings", "database", "migrations", "key_ring", "amazon_client", *LINKS}


def test_the_same_as_json(installation: Installation) -> None:
    said = installation.doctor("--json")

    found = json.loads(said.stdout)
    assert (said.returncode, found["ok"]) == (0, True)
    assert [check["name"] for check in found["checks"]][-7:] == LINKS
    assert {check["connection_id"] for check in found["checks"][-7:]} == set(installation.connection_ids)


def test_what_of_the_sync_should_be_looked_at_is_a_warning_with_its_mend(
    amazon: SimulatorServer, tmp_path: Path
) -> None:
    installation = installed(amazon, tmp_path, [amazon.simulator.config.sellers[0]])
    engine = make_engine(installation.variables["DATABASE_URL"])
    ring = open_instance(load_settings(installation.variables, tmp_path)).key_ring
    now = datetime.now(UTC)
    with in_background(), SqlWork(engine, Envelopes(ring)) as work:
        (connection,) = work.connections.all()
        early = now - timedelta(minutes=20)
        work.sync.ensure(connection.id, connection.user_id, (Resource.ORDERS, Resource.INVENTORY), early)
        (task,) = work.sync.claim(now, "somebody", now + timedelta(minutes=1), 1)
        work.sync.fail(task.lease, {}, Failure("amazon_error", "Nonsense.", now), None, own=True)
        work.commit()
    engine.dispose()

    said = installation.doctor()

    found = verdicts(said)
    assert said.returncode == 0, said.stdout + said.stderr
    assert (found["sync_queue"], found["sync_set_aside"]) == ("warn", "warn")
    assert "SCHEDULER" in passage(said, "sync_queue")
    assert "portside sync tries again" in passage(said, "sync_set_aside")


@pytest.mark.parametrize(
    ("fault", "link", "cause", "mend"),
    [
        (
            Fault("lwa.refresh_token", "lwa_error", status=401, error="invalid_client", times=None),
            "token_exchange",
            "invalid_client",
            "180 days",
        ),
        (
            Fault("lwa.refresh_token", "lwa_error", status=400, error="unauthorized_client", times=None),
            "token_exchange",
            "unauthorized_client",
            "application is active",
        ),
        (
            Fault("lwa.refresh_token", "lwa_error", status=429, error="temporarily_unavailable", times=None),
            "token_exchange",
            "slow down",
            "nothing is broken",
        ),
        (
            Fault("lwa.refresh_token", "status", status=500, times=None),
            "token_exchange",
            "500",
            "few minutes",
        ),
        (Fault("lwa.refresh_token", "hang", times=None), "token_exchange", "in time", "in a minute"),
        (Fault(CALL, "missing_role", times=None), "call", "Other operations are answered", "Insights"),
        (Fault("*", "missing_role", times=None, after=1), "call", "whatever is asked", "AMAZON_APP_DRAFT"),
        (
            Fault("getInventorySummaries", "missing_role", times=None),
            "roles",
            "Granted: Selling Partner Insights, Inventory and Order Tracking.",
            "“Amazon Fulfillment”",
        ),
        (
            Fault("searchOrders", "missing_role", times=None),
            "roles",
            "denies searchOrders (role “Inventory and Order Tracking”)",
            "connect again",
        ),
        (Fault(CALL, "secret_expired", times=None), "call", "secret has expired", "180 days"),
        (Fault(CALL, "html_503", times=None), "call", "503", "few minutes"),
    ],
    ids=lambda value: f"{value.kind}-{value.error or value.status}" if isinstance(value, Fault) else "",
)
def test_a_broken_link_is_named_with_its_cause_and_its_mend(
    amazon: SimulatorServer, tmp_path: Path, fault: Fault, link: str, cause: str, mend: str
) -> None:
    installation = installed(amazon, tmp_path, [amazon.simulator.config.sellers[0]])
    amazon.simulator.reception.faults.order(fault)

    said = installation.doctor(HTTP_TIMEOUT_SECONDS="1")

    text = passage(said, link)
    assert said.returncode == 1
    assert text.startswith("FAIL")
    assert cause in text.partition("cause:")[2].partition("\n")[0]
    assert mend in text.partition("mend:")[2]
    assert len(said.stderr.splitlines()) == 1
    if link == "token_exchange":
        assert "needs the one before" in passage(said, "call")


def test_an_application_that_no_connection_needs_is_a_warning_when_it_is_not_set(
    amazon: SimulatorServer, tmp_path: Path
) -> None:
    installation = installed(amazon, tmp_path, [amazon.simulator.config.sellers[0]])

    brought_along = installation.doctor(AMAZON_APP_ID="")
    without_client = installation.doctor(AMAZON_APP_ID="", AMAZON_LWA_APP_ID="", AMAZON_LWA_CLIENT_SECRET="")

    assert brought_along.returncode == 0, brought_along.stdout
    assert passage(brought_along, "amazon_client").startswith("warn")
    assert "AMAZON_APP_ID" in passage(brought_along, "amazon_client")
    assert without_client.returncode == 1
    assert passage(without_client, "amazon_client").startswith("FAIL")


def test_a_revoked_consent_is_named_and_the_connection_is_marked(
    amazon: SimulatorServer, tmp_path: Path
) -> None:
    seller = amazon.simulator.config.sellers[3]
    installation = installed(amazon, tmp_path, [seller])
    requests.post(f"{amazon.base_url}/simulator/revoke", json={"seller_id": seller.id}, timeout=20)

    said = installation.doctor()
    listed = processes.run(["connections", "list"], installation.variables, tmp_path)

    assert "invalid_grant" in passage(said, "token_exchange")
    assert "connect again" in passage(said, "token_exchange")
    assert ConnectionStatus.REAUTHORIZATION_REQUIRED.value in listed.stdout


def test_a_client_secret_that_amazon_refuses_is_named_and_not_shown(
    amazon: SimulatorServer, tmp_path: Path
) -> None:
    installation = installed(amazon, tmp_path, [amazon.simulator.config.sellers[0]])

    said = installation.doctor(AMAZON_LWA_CLIENT_SECRET="amzn1.oa2-cs.v1.some-other-secret")

    assert said.returncode == 1
    assert "invalid_client" in passage(said, "token_exchange")
    assert "AMAZON_LWA_CLIENT_SECRET" in passage(said, "token_exchange")
    assert "some-other-secret" not in said.stdout + said.stderr


def test_a_lost_key_is_named_and_nobody_is_marked(installation: Installation) -> None:
    said = installation.doctor(TOKEN_ENCRYPTION_KEYS=new_token_key())
    listed = processes.run(["connections", "list"], installation.variables, installation.home)

    lost = (installation.home / "instance" / "token_keys").read_text().partition(":")[0]
    assert lost in passage(said, "key")
    assert "TOKEN_ENCRYPTION_KEYS" in passage(said, "key")
    assert verdicts(said)["stored_credentials"] == "ok"
    assert "connected" in listed.stdout


def test_a_role_without_aws_credentials_names_the_variables(installation: Installation) -> None:
    said = installation.doctor(AMAZON_SP_ROLE_ARN=ROLE)

    assert passage(said, "role").startswith("FAIL")
    assert "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY" in passage(said, "role")


def test_a_role_that_aws_lends_and_a_queue_that_can_be_read_are_all_right(
    installation: Installation, aws: dict[str, str]
) -> None:
    said = installation.doctor(AMAZON_SP_ROLE_ARN=ROLE, **aws)

    assert said.returncode == 0, said.stdout + said.stderr
    assert f"role_arn={ROLE}" in passage(said, "role")
    assert verdicts(said)["notifications_queue"] == "ok"


def test_a_queue_that_is_not_there_is_named(installation: Installation, aws: dict[str, str]) -> None:
    elsewhere = aws["AMAZON_NOTIFICATIONS_QUEUE_URL"] + "-of-others"

    said = installation.doctor(**{**aws, "AMAZON_NOTIFICATIONS_QUEUE_URL": elsewhere})

    assert said.returncode == 1
    assert passage(said, "notifications_queue").startswith("FAIL")
    assert "check AMAZON_NOTIFICATIONS_QUEUE_URL" in passage(said, "notifications_queue")


def test_an_authorization_that_ends_soon_is_warned_of(amazon: SimulatorServer, tmp_path: Path) -> None:
    installation = installed(amazon, tmp_path, [amazon.simulator.config.sellers[0]], days=345)

    said = installation.doctor()

    assert said.returncode == 0
    assert passage(said, "authorization_age").startswith("warn")
    assert "days_left=19" in passage(said, "authorization_age")


def test_one_connection_of_many_can_be_chosen(amazon: SimulatorServer, tmp_path: Path) -> None:
    installation = installed(amazon, tmp_path, list(amazon.simulator.config.sellers[:2]))

    said = installation.doctor("--connection", installation.connection_ids[1], "--json")
    unknown = installation.doctor("--connection", "00000000-0000-4000-8000-000000000000")

    tried = {check.get("connection_id") for check in json.loads(said.stdout)["checks"]} - {None}
    assert tried == {installation.connection_ids[1]}
    assert (unknown.returncode, "There is no connection" in unknown.stderr) == (1, True)


def test_of_many_connections_the_first_twenty_are_tried_unless_all_are_wanted(
    amazon: SimulatorServer, tmp_path: Path
) -> None:
    installation = installed(amazon, tmp_path, list(amazon.simulator.config.sellers[:23]))

    some, everyone = installation.doctor("--json"), installation.doctor("--all", "--json")

    assert [_tried(said) for said in (some, everyone)] == [20, 23]
    assert report(some)["connections"]["cause"] == "3 of 23 connections are left out"
    assert "connections" not in report(everyone)
    assert some.returncode == 0


def _tried(said: CompletedProcess[str]) -> int:
    found = {check.get("connection_id") for check in json.loads(said.stdout)["checks"]} - {None}
    return len(found)


def test_every_setting_that_can_not_be_used_is_named_in_the_words_of_a_start(
    installation: Installation,
) -> None:
    wrong = {"AMAZON_LWA_CLIENT_SECRET": "amzn1.oa2-cs.v1.cut in two", "WORKER_THREADS": "0"}

    said = installation.doctor(**wrong)

    assert said.returncode == 1
    assert re.findall(r"^FAIL settings (\S+)$", said.stdout, re.MULTILINE) == sorted(wrong)
    assert "contains a blank or a line break" in said.stdout
    assert "mend:  copy it again, in one piece" in said.stdout
    assert "cut in two" not in said.stdout + said.stderr
    assert "database" not in said.stdout


def test_a_variable_under_another_name_is_recognised(installation: Installation) -> None:
    variables = {**installation.variables, "LWA_CLIENT_SECRET": "amzn1.oa2-cs.v1.secret"}
    del variables["AMAZON_LWA_CLIENT_SECRET"]

    said = processes.run(["doctor"], variables, installation.home)

    assert said.returncode == 1
    assert (
        "LWA_CLIENT_SECRET is not a setting of Portside; did you mean AMAZON_LWA_CLIENT_SECRET?"
        in said.stdout
    )
    assert "amzn1.oa2-cs.v1.secret" not in said.stdout + said.stderr


def test_a_database_that_is_not_migrated_ends_the_examination(
    amazon: SimulatorServer, tmp_path: Path
) -> None:
    variables = environment(amazon, f"sqlite:///{tmp_path / 'fresh.db'}", tmp_path)

    said = processes.run(["doctor"], variables, tmp_path)

    assert said.returncode == 1
    assert "portside migrate" in said.stdout
    assert not {"token_exchange", "call"} & set(verdicts(said))
