"""The files for containers, Render, proxies and alarms name only what there is."""

import fnmatch
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from adapters.metrics import PrometheusMeter
from domain.operations.model import Ages, Standing
from entrypoints.cli.main import portside
from entrypoints.settings import Settings, load_settings
from tests.entrypoints.browsers import app_of
from tests.fakes.world import World

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
RENDER = yaml.safe_load((ROOT / "render.yaml").read_text("utf-8"))
EXAMPLE = (ROOT / "deploy" / "portside.env.example").read_text("utf-8")
RULES = yaml.safe_load((ROOT / "deploy" / "prometheus-rules.yml").read_text("utf-8"))
OURS = {name.upper() for name in Settings.model_fields}
#: Python's own, Render's own, and those of the server beside us.
OTHERS = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PORT", "POSTGRES_PASSWORD"}
#: What is one of ours in the Compose file and in the Blueprint.
OWN_SERVICES = {name: each for name, each in COMPOSE["services"].items() if "build" in each}
OWN_RENDERED = {each["name"]: each for each in RENDER["services"] if each["type"] in {"web", "worker"}}


def instructions(kind: str) -> list[str]:
    """The arguments of every such instruction of the Dockerfile."""
    lines = re.sub(r"\\\n\s*", "", DOCKERFILE).splitlines()
    return [line.strip().split(None, 1)[1] for line in lines if re.match(rf"\s*{kind}\s", line)]


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every way in which Portside is started, and where that is said."""
    yield "Dockerfile", json.loads(instructions("CMD")[-1])
    for name, service in OWN_SERVICES.items():
        yield f"compose.yaml {name}", service["command"]
    for name, service in OWN_RENDERED.items():
        yield f"render.yaml {name}", shlex.split(service["dockerCommand"])
        if "preDeployCommand" in service:
            yield f"render.yaml {name}, before", shlex.split(service["preDeployCommand"])


def parsed(arguments: list[str]) -> tuple[str, Mapping[str, Any]]:
    """The command that is meant, with its options as it would take them."""
    program, name, *rest = arguments
    assert program == "portside"
    command = portside.get_command(click.Context(portside), name)
    assert command is not None, f"there is no command {name}"
    return name, command.make_context(name, rest).params


@pytest.mark.parametrize("arguments", [pytest.param(each, id=name) for name, each in commands()])
def test_every_command_is_one_that_there_is_with_options_that_it_takes(arguments):
    name, _options = parsed(arguments)

    assert name in {"serve", "worker", "migrate"}


def environments() -> dict[str, set[str]]:
    """Which variables each file sets."""
    dockerfile = " ".join(instructions("ENV"))
    return {
        "Dockerfile": set(re.findall(r"\b([A-Z][A-Z_]+)=", dockerfile)) - {"PIP_NO_CACHE_DIR"},
        "compose.yaml": {name for each in OWN_SERVICES.values() for name in each["environment"]},
        "render.yaml": {one["key"] for each in OWN_RENDERED.values() for one in each["envVars"]},
        "portside.env.example": set(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE)),
    }


@pytest.mark.parametrize("file", ["Dockerfile", "compose.yaml", "render.yaml", "portside.env.example"])
def test_every_variable_is_a_setting(file):
    found = environments()[file]

    assert found
    assert {name for name in found - OURS - OTHERS if not name.startswith("PIP_")} == set()


GOOD = {
    "PUBLIC_URL": "https://portside.example.com",
    "DATABASE_URL": "postgresql://portside:secret@postgres:5432/portside",
    "REDIS_URL": "redis://redis:6379/0",
    "SECRET_KEY": "x" * 44,
    "TOKEN_ENCRYPTION_KEYS": "k1:" + "A" * 43 + "=",
    "AMAZON_APP_ID": "amzn1.sp.solution.1",
    "AMAZON_LWA_APP_ID": "amzn1.application-oa2-client.1",
    "AMAZON_LWA_CLIENT_SECRET": "amzn1.oa2-cs.v1.abc",
}


@pytest.mark.parametrize("name", list(OWN_SERVICES))
def test_the_settings_of_compose_are_good_once_the_example_is_filled_in(name):
    given = OWN_SERVICES[name]["environment"]
    filled = {**GOOD, **{key: value for key, value in given.items() if key not in GOOD}}

    settings = load_settings(filled, Path("/nowhere"))

    asked = set(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    assert set(filled) <= asked | set(given)
    assert (settings.is_production, settings.trusted_proxies, settings.on_sqlite) == (True, 1, False)
    assert settings.scheduler == (name != "web")


@pytest.mark.parametrize("name", list(OWN_RENDERED))
def test_the_settings_of_render_are_good_once_what_it_asks_for_is_filled_in(name):
    given = {one["key"]: one.get("value") for one in OWN_RENDERED[name]["envVars"]}
    filled = {key: GOOD[key] if value is None else value for key, value in given.items()}

    settings = load_settings(filled, Path("/nowhere"))

    assert settings.is_production
    assert settings.scheduler == (name != "portside")


def test_what_render_takes_from_elsewhere_is_there():
    services = {each["name"]: each for each in RENDER["services"]}
    databases = {each["name"] for each in RENDER["databases"]}
    for one in (one for each in OWN_RENDERED.values() for one in each["envVars"]):
        if "fromDatabase" in one:
            assert one["fromDatabase"]["name"] in databases
        if "fromService" in one:
            source = one["fromService"]
            assert services[source["name"]]["type"] == source["type"]
            variable = source.get("envVarKey")
            assert variable is None or variable in {each["key"] for each in services["portside"]["envVars"]}
        assert (
            sum(key in one for key in ("value", "fromDatabase", "fromService", "generateValue", "sync")) == 1
        )


def test_secrets_stand_in_no_file():
    for one in (one for each in OWN_RENDERED.values() for one in each["envVars"]):
        assert not re.search("SECRET|KEYS|TOKEN|URL", one["key"]) or "value" not in one
    assert (
        re.findall(r"^(?:POSTGRES_PASSWORD|SECRET_KEY|TOKEN_ENCRYPTION_KEYS)=(.+)$", EXAMPLE, re.MULTILINE)
        == []
    )
    assert "portside.env\n" in (ROOT / ".gitignore").read_text("utf-8")


def test_who_has_no_processes_of_its_own_has_somebody_who_works_and_migrates_first():
    for name in ("web", "worker"):
        assert OWN_SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])
    assert set(COMPOSE["volumes"]) == {"postgres"}
    assert {parsed(each["command"])[0] for each in OWN_SERVICES.values()} == {"serve", "worker", "migrate"}


@pytest.mark.parametrize("name", list(OWN_RENDERED))
def test_no_service_of_render_starts_before_its_migrations(name):
    assert OWN_RENDERED[name]["preDeployCommand"] == "portside migrate"


def health_checks() -> Iterator[tuple[str, str, int]]:
    """Where each process is asked how it is, and on which port it listens."""
    docker = parsed(json.loads(instructions("CMD")[-1]))[1]["port"]
    yield "Dockerfile", instructions("HEALTHCHECK")[0], docker
    worker = OWN_SERVICES["worker"]
    yield "compose.yaml worker", str(worker["healthcheck"]["test"]), parsed(worker["command"])[1]["port"]
    web = OWN_SERVICES["web"]
    yield "compose.yaml web", instructions("HEALTHCHECK")[0], parsed(web["command"])[1]["port"]


@pytest.mark.parametrize(("check", "port"), [pytest.param(*rest, id=name) for name, *rest in health_checks()])
def test_health_is_asked_for_where_it_is_answered(check, port):
    (asked,) = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", check)
    paths = {rule.rule for rule in app_of(World()).url_map.iter_rules()}

    assert asked[0] == str(port)
    assert asked[1] in paths


def test_render_asks_for_health_and_listens_where_it_is_told():
    web = OWN_RENDERED["portside"]
    (port,) = [one["value"] for one in web["envVars"] if one["key"] == "PORT"]

    assert web["healthCheckPath"] in {rule.rule for rule in app_of(World()).url_map.iter_rules()}
    assert parsed(shlex.split(web["dockerCommand"]))[1]["port"] == int(port)


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps this path, or what it is in, out of the build."""
    out = False
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        pattern = line.strip().removeprefix("!")
        if not pattern or pattern.startswith("#"):
            continue
        parts = path.split("/")
        heads = ["/".join(parts[: number + 1]) for number in range(len(parts))]
        inside = pattern.removeprefix("**/")
        hit = any(
            fnmatch.fnmatchcase(head, pattern)
            or (pattern.startswith("**/") and fnmatch.fnmatchcase(head.split("/")[-1], inside))
            for head in heads
        )
        out = not line.strip().startswith("!") if hit else out
    return out


def test_what_the_image_is_made_of_is_there_and_is_let_in():
    copied = [each.split()[:-1] for each in instructions("COPY") if not each.startswith("--from")]
    sources = [source for group in copied for source in group]

    assert sources
    assert [each for each in sources if not (ROOT / each).exists()] == []
    assert [each for each in sources if ignored(each)] == []
    assert {
        each
        for each in (".env", "portside.env", "instance/portside.db", ".git", ".venv", "src/x/.env")
        if not ignored(each)
    } == set()
    assert not ignored("src/entrypoints/page/index.html")


def test_the_image_installs_by_hashes_what_the_settings_may_ask_for():
    installs = re.findall(r"pip install ([^&\\\n]*)", DOCKERFILE)
    lock = (ROOT / "requirements" / "run.txt").read_text("utf-8")

    assert all("--require-hashes" in each or "--no-index" in each for each in installs)
    assert [
        name
        for name in ("psycopg-binary", "redis", "botocore", "gunicorn", "opentelemetry-sdk")
        if f"\n{name}==" not in lock
    ] == []


def test_the_image_runs_as_nobody_in_particular():
    assert instructions("USER") == ["10001"]
    assert all(each["read_only"] and each["cap_drop"] == ["ALL"] for each in OWN_SERVICES.values())


STANDING = Standing(
    connections={("amazon_sp", "connected"): 1},
    renewals_due=0,
    tokens_overdue=0,
    open_runs={"running": 1},
    oldest_due_seconds=0,
    ages={"orders": Ages(1, 1, 1)},
    set_aside={"orders": 1},
    open_reports={("asked", "pending"): 1},
    incomplete_days={"lasting": 1},
)


def metrics() -> set[str]:
    """The names of all series that there can be."""
    text = PrometheusMeter().scrape(STANDING, 1.0).text
    names = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    suffixes = ("_bucket", "_count", "_sum")
    histograms = set(re.findall(r"^# TYPE (\S+) histogram", text, re.MULTILINE))
    return names | {f"{name}{suffix}" for name in histograms for suffix in suffixes}


def test_every_alarm_is_about_a_figure_that_there_is_and_says_the_mend():
    rules = [rule for group in RULES["groups"] for rule in group["rules"]]
    named = {name for rule in rules for name in re.findall(r"\bportside_\w+", rule["expr"])}

    assert len(rules) > 10
    assert named - metrics() == set()
    assert [rule["alert"] for rule in rules if not {"summary", "mend"} <= set(rule["annotations"])] == []


def test_the_page_says_of_every_metric_what_it_is():
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    documented = re.findall(r"^\| `(portside_\w+)`", page, re.MULTILINE)
    there = {
        name
        for name in metrics()
        if name.startswith("portside_") and not re.search("_(bucket|count|sum)$", name)
    }

    assert sorted(documented) == sorted(there)


def anchors(page: Path) -> set[str]:
    """The places in a page that a link can lead to."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_mends_of_alarms_lead_somewhere():
    mends = [rule["annotations"]["mend"] for group in RULES["groups"] for rule in group["rules"]]
    links = [link for mend in mends for link in re.findall(r"(docs/[\w.]+)#([\w-]+)", mend)]

    assert links
    assert [link for link in links if link[1] not in anchors(ROOT / link[0])] == []


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_proxies_keep_what_is_for_operators_inside_and_let_streams_through(name):
    text = (ROOT / "deploy" / name).read_text("utf-8")
    rules = {rule.rule for rule in app_of(World()).url_map.iter_rules()}

    assert "TRUSTED_PROXIES=1" in text
    assert all(path in text for path in ("healthz", "readyz", "metrics", "/api/v1/events"))
    assert {"/healthz", "/readyz", "/metrics", "/api/v1/events"} <= rules
