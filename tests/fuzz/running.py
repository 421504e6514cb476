"""Schemathesis, started on a house for one of its guests, with a configuration made for them."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.fuzz.garden import GUEST
from tests.fuzz.house import Guest

ROOT = Path(__file__).parents[2]
RULES = Path(__file__).parent / "rules.toml"
HOOKS = Path(__file__).parent / "hooks.py"
_COUNTED = re.compile(r"^  (\d+) generated", re.MULTILINE)


@dataclass(frozen=True)
class Effort:
    """How much to ask: so many cases for each operation and phase, and which phases."""

    examples: int
    phases: str = "examples,coverage,fuzzing,stateful"
    seconds: int = 3600


@dataclass(frozen=True)
class Outcome:
    """How it went."""

    passed: bool
    cases: int
    said: str


def run(guest: Guest, effort: Effort, home: Path, seed: int) -> Outcome:
    """All that schemathesis has to say of this guest's API."""
    configuration = home / f"{guest.kind}.toml"
    configuration.write_text(RULES.read_text() + _credentials(guest) + _dictionaries(guest))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration)),
            *("run", f"{guest.plot.url}/openapi.json"),
            *("--max-examples", str(effort.examples), "--phases", effort.phases, "--seed", str(seed)),
        ],
        cwd=home,
        env={
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(home),
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src"))),
            "LC_ALL": "C.UTF-8",
            "PORTSIDE_FUZZ_HOOKS": str(HOOKS),
            GUEST: guest.plot.as_variable(),
        },
        capture_output=True,
        text=True,
        timeout=effort.seconds,
        check=False,
    )
    said = done.stdout + done.stderr
    counted = _COUNTED.search(said)
    return Outcome(done.returncode == 0, int(counted[1]) if counted else 0, said)


def _credentials(guest: Guest) -> str:
    what = "api_key" if guest.kind == "session" else "bearer"
    return f'\n[auth.openapi.{guest.kind}]\n{what} = "{guest.credential}"\n'


def _dictionaries(guest: Guest) -> str:
    """What there is to be asked for: made-up names alone would find nothing."""
    items = _get(guest, "/api/v1/dashboard/amazon-inventory/items")["data"]["items"]
    accounts = _get(guest, "/api/v1/accounts")["items"]
    found = {
        "asins": [each["asin"] for each in items],
        "skus": [each["sku"] for each in items],
        "accounts": [each["id"] for each in accounts],
    }
    return "".join(f"\n[dictionaries.{name}]\nvalues = {json.dumps(each)}\n" for name, each in found.items())


def _get(guest: Guest, path: str) -> Any:
    return requests.get(f"{guest.plot.url}{path}", headers=guest.headers, timeout=30).json()
