"""Two users of one installation, and an application that has forgotten every WHERE of its queries."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from adapters.sql import tables
from adapters.sql.engine import reading, writing
from domain.acting import in_background, present
from domain.events.listener import Limits
from domain.reports.model import Purpose, ReportStatus
from entrypoints.bootstrap import Portside, build
from entrypoints.http.app import create_app
from entrypoints.instance import open_instance
from entrypoints.settings import load_settings
from tests.adapters.sql.tenants import Tenant
from tests.adapters.sql.without_where import without_where
from tests.e2e.processes import SOURCES, run

PASSWORD = "correct horse battery"
#: Nobody listens there: no request of these tests goes any further.
_NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True)
class House:
    """The real application, with two tenants in its database."""

    portside: Portside
    app: Flask
    ann: Tenant
    bob: Tenant

    def browser_of(self, tenant: Tenant) -> FlaskClient:
        """A browser in which this tenant is logged in."""
        client = self.app.test_client()
        answer = client.post("/api/v1/auth/login", json={"email": tenant.user.email, "password": PASSWORD})
        assert answer.status_code == 200
        return client

    def account_of(self, tenant: Tenant) -> UUID:
        """Our id of the tenant's first advertising account."""
        with reading(self.portside.engine, owning=True) as connection:
            mine = select(tables.ads_accounts.c.id).where(tables.ads_accounts.c.user_id == tenant.user.id)
            found: UUID = connection.execute(mine.order_by(tables.ads_accounts.c.id).limit(1)).scalar_one()
        return found

    def everything_about(self, tenant: Tenant) -> list[tuple[str, str]]:
        """Every method and address of the API, with this tenant's ids in it; questions come first."""
        ids: dict[str, UUID | str] = {
            "connection_id": tenant.connection.id,
            "run_id": tenant.run.id,
            "report_id": tenant.report.id,
            "key_id": tenant.key.id,
            "account_id": self.account_of(tenant),
            "schedule_id": tenant.schedule.id,
            "registration_id": tenant.registration.id,
            "asin": "B000000001",
            "sku": "SKU-1",
            "topic": "shop/redact",
            "path": "orders/2026-01-01/orders",
        }
        with self.app.test_request_context():
            calls = [
                (method, rule.build({name: of_rule[name] for name in rule.arguments})[1])
                for rule in self.app.url_map.iter_rules()
                if rule.rule.startswith("/api/") and rule.endpoint != "users.logout"
                for of_rule in ({**ids, "report_id": tenant.ads_report.id} if "/ads/" in rule.rule else ids,)
                for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
            ]
        return sorted(calls, key=lambda call: (call[0] != "GET", call))


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    variables = {
        "PORTSIDE_ENV": "test",
        "SCHEDULER": "off",
        "DATABASE_URL": database_url,
        "PORTSIDE_INSTANCE": str(tmp_path / "instance"),
        "AMAZON_APP_ID": "amzn1.sp.solution.house",
        "LWA_TOKEN_URL": _NOWHERE,
        "SP_API_URL": _NOWHERE,
    }
    settings = load_settings(variables, tmp_path)
    portside = build(settings, open_instance(settings))
    ann, bob = Tenant("ann", 1), Tenant("bob", 3)
    for tenant in (ann, bob):
        tenant.move_in(portside.engine)
        complete(portside, tenant)
    known = portside.services.access.passwords.hash(PASSWORD)
    with writing(portside.engine, owning=True) as connection:
        connection.execute(update(tables.users).values(password_hash=known))
    # Streams end when they have told what was missed, so that they can be read to their end.
    brief = replace(portside.services.live, limits=Limits(longest=0))
    services = replace(portside.services, live=brief)
    yield House(portside, create_app(services, settings, "a key of no installation"), ann, bob)
    portside.engine.dispose()


def complete(portside: Portside, tenant: Tenant) -> None:
    """The document of the tenant's report, which has the tenant's name in it, can be taken away."""
    done = ReportStatus.COMPLETED
    with in_background(), portside.services.reports.work() as work:
        work.reports.save(
            replace(tenant.report, purpose=Purpose.DAILY, status=done, media="text/plain", parts=1)
        )
        work.commit()


def test_either_takes_away_their_own_document(house: House) -> None:
    path = f"/api/v1/amazon/reports/{house.ann.report.id}/download"

    hers = house.browser_of(house.ann).get(path)
    his = house.browser_of(house.bob).get(path)

    assert (hers.status_code, hers.text) == (200, "ann")
    assert his.status_code == 404


def test_either_sees_their_own(house: House) -> None:
    seen = {
        tenant.name: house.browser_of(tenant).get("/api/v1/amazon/connections").get_json()["items"]
        for tenant in (house.ann, house.bob)
    }

    assert {name: [one["seller_id"] for one in found] for name, found in seen.items()} == {
        "ann": ["ANN-SELLER"],
        "bob": ["BOB-SELLER"],
    }


def test_somebody_who_logs_in_where_somebody_else_is_logged_in_sees_their_own(house: House) -> None:
    browser = house.browser_of(house.ann)

    browser.post("/api/v1/auth/login", json={"email": house.bob.user.email, "password": PASSWORD})

    (seen,) = browser.get("/api/v1/amazon/connections").get_json()["items"]
    assert seen["seller_id"] == "BOB-SELLER"


def test_somebody_new_registers_and_sees_nothing(house: House) -> None:
    browser = house.app.test_client()

    registered = browser.post(
        "/api/v1/auth/register", json={"email": "new@example.com", "password": PASSWORD}
    )

    assert registered.status_code == 201
    assert browser.get("/api/v1/amazon/connections").get_json()["items"] == []
    assert browser.post("/api/v1/auth/logout").status_code == 204
    assert browser.get("/api/v1/auth/me").status_code == 401


def test_who_leaves_for_good_takes_along_what_is_theirs_alone(house: House) -> None:
    his = house.bob.everything(house.portside.engine)
    browser = house.browser_of(house.ann)

    answer = browser.delete(f"/api/v1/amazon/connections/{house.ann.connection.id}?permanent=true")

    left = house.ann.everything(house.portside.engine)
    gone = {"connections", "tokens", "sync_runs", "sync_resources", "orders", "order_items"}
    gone |= {"daily_sales", "daily_statuses", "daily_sku_sales", "sku_stretches"}
    gone |= {"sku_months", "sku_month_spans"}
    gone |= {"inventory_items", "stock_days"}
    assert answer.status_code == 204
    assert {name for name, rows in left.items() if not rows} >= gone
    assert house.bob.everything(house.portside.engine) == his


def test_a_command_and_a_health_check_see_everybody(house: House, database_url: str, tmp_path: Path) -> None:
    # The tokens in this house were sealed with no key of any ring.
    variables = {"PATH": os.defpath, "PYTHONPATH": str(SOURCES), "DATABASE_URL": database_url}
    variables |= {"PORTSIDE_INSTANCE": str(tmp_path / "instance"), "AMAZON_SIMULATOR": "off"}

    said = run(["connections", "list"], variables, tmp_path)
    health = house.app.test_client().get("/readyz").get_json()["checks"]

    assert (said.returncode, said.stdout.count("-SELLER")) == (0, 2)
    assert (health["database"]["ok"], health["migrations"]["ok"], health["key_ring"]["ok"]) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_without_a_where_anywhere_nobody_sees_or_changes_anything_of_anybody_else(house: House) -> None:
    his = house.bob.everything(house.portside.engine)

    answers = asked_without_where(house)

    assert "ANN-SELLER" in "".join(answers)
    assert [answer for answer in answers if "bob" in answer.lower()] == []
    assert house.bob.everything(house.portside.engine) == his


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_where_there_is_no_second_wall_it_would_be_seen(house: House) -> None:
    answers = asked_without_where(house)

    assert "BOB-SELLER" in "".join(answers)


def asked_without_where(house: House) -> list[str]:
    """What Ann is answered when she asks for everything of Bob's, and no condition is sent to the database."""
    browser = house.browser_of(house.ann)
    # Who is asking is found out first, and that is no work for a user.
    with without_where(house.portside.engine, lambda: present().user_id is not None) as sent:
        answers = [
            browser.open(path, method=method, json=None if method == "GET" else {}).get_data(as_text=True)
            for method, path in house.everything_about(house.bob)
        ]
    assert len(sent) > len(answers)
    return answers
