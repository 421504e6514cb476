"""Log-in by an identity provider, as an installation is really wired: settings, databases, and keys over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from adapters.system import SystemClock
from domain.users.access import Registration
from domain.users.model import CONSOLE
from entrypoints.bootstrap import Portside, build
from entrypoints.http.app import create_app
from entrypoints.instance import open_instance
from entrypoints.settings import load_settings
from tests.fakes.issuer import AUDIENCE, DISCOVERY, JWKS, LoopbackIssuer, issuing

ME = "/api/v1/auth/me"
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Installation:
    """Portside with an identity provider set."""

    portside: Portside
    program: FlaskClient

    def check(self) -> dict[str, object]:
        """What ``readyz`` says of the provider."""
        checks = self.program.get("/readyz").json["checks"]
        return dict(checks["identity_provider"])


@pytest.fixture
def issuer() -> Iterator[LoopbackIssuer]:
    with issuing(SystemClock()) as issuer:
        yield issuer


@pytest.fixture
def installation(database_url: str, tmp_path: Path, issuer: LoopbackIssuer) -> Iterator[Installation]:
    variables = {
        "PORTSIDE_ENV": "test",
        "SCHEDULER": "off",
        "DATABASE_URL": database_url,
        "PORTSIDE_INSTANCE": str(tmp_path / "instance"),
        "OIDC_ISSUER": issuer.url,
        "OIDC_AUDIENCE": AUDIENCE,
    }
    settings = load_settings(variables, tmp_path)
    portside = build(settings, open_instance(settings))
    app = create_app(portside.services, settings, "a key of no installation")
    yield Installation(portside, app.test_client())
    portside.engine.dispose()


def showing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_lets_its_subject_in_and_the_provider_is_asked_once(
    installation: Installation, issuer: LoopbackIssuer
) -> None:
    answers = [installation.program.get(ME, headers=showing(issuer.token())) for _ in range(5)]

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json["email"] for answer in answers} == {"new@example.com"}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert issuer.asked == [DISCOVERY, JWKS]


def test_a_user_who_comes_by_token_does_what_users_do(
    installation: Installation, issuer: LoopbackIssuer
) -> None:
    headers = showing(issuer.token())

    made = installation.program.post("/api/v1/auth/api-keys", json={"name": "tool"}, headers=headers)
    by_key = installation.program.get(ME, headers=showing(made.json["key"]))
    deeds = installation.program.get("/api/v1/audit", headers=headers).json["items"]

    assert (made.status_code, by_key.status_code) == (201, 200)
    assert {deed["action"] for deed in deeds} == {"key.created", "user.registered"}


@pytest.mark.parametrize("proven", [True, False])
def test_only_a_proven_email_leads_to_an_account_that_is_there(
    installation: Installation, issuer: LoopbackIssuer, proven: bool
) -> None:
    access = installation.portside.services.access
    user = access.register(Registration("ann@example.com", PASSWORD), CONSOLE)

    token = issuer.token(email="ann@example.com", email_verified=proven)
    me = installation.program.get(ME, headers=showing(token)).json

    assert (me["id"] == str(user.id)) is proven
    login = {"email": "ann@example.com", "password": PASSWORD}
    assert installation.program.post("/api/v1/auth/login", json=login).status_code == (401 if proven else 200)


def test_readyz_says_what_is_wrong_with_the_provider(
    installation: Installation, issuer: LoopbackIssuer
) -> None:
    issuer.discovery = {"issuer": "https://another.example"}

    wrong = installation.check()

    assert not wrong["ok"]
    assert "https://another.example, and OIDC_ISSUER is" in str(wrong["cause"])
    assert "to the letter" in str(wrong["mend"])


def test_readyz_is_well_while_the_keys_are_held(installation: Installation, issuer: LoopbackIssuer) -> None:
    found = installation.check()
    issuer.status = "503 Service Unavailable"

    assert found == {"ok": True, "keys": 1}
    assert installation.check() == found
