#!/usr/bin/env python3
"""Portside's own tools: ``python3 dev.py help``.

Everything happens in ``.venv``, which is made, filled from the lock files below ``requirements/`` and repaired when
need be. This file uses nothing but Python's standard library, so that a fresh clone can begin with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "portside.json"
UNFINISHED = VENV / "portside.unfinished"
REQUIREMENTS = ROOT / "requirements"
#: Lock files from the smallest to the largest, each holding all of the one before, and the extras they are made from.
LOCKS = {"run": ("postgres", "redis", "aws", "otel"), "test": ("test",), "dev": ("dev",)}
#: What fills an environment, locked as well: the installer, and what builds the project itself.
TOOLS = {"uv": "uv", "build": "setuptools>=77"}
UNREACHABLE = re.compile(
    r"error sending request|dns error|failed to fetch|could not connect|connection (?:refused|reset)|timed out"
    r"|network connectivity is disabled|temporary failure in name resolution|newconnectionerror"
    r"|from versions: none",
    re.IGNORECASE,
)


class Trouble(Exception):
    """Something the person at the keyboard has to mend; the message is one line that says how."""


# Commands


def run(arguments: list[str]) -> NoReturn:
    """Set up what is missing, then serve Portside with a demo user on the embedded Amazon"""
    prepare("run")
    execute(VENV / "bin" / "portside", "serve", "--demo", *arguments)


def test(arguments: list[str]) -> NoReturn:
    """Set up what is missing, then run the tests; arguments go to pytest"""
    prepare("test")
    execute(PYTHON, "-m", "pytest", *(arguments or side_by_side()))


def side_by_side() -> list[str]:
    """All of them, in several processes with servers of their own: much of a test is waiting for something to end.

    A Redis that is lent has one database, which tests empty: there they run one after the other.
    """
    if "PORTSIDE_TEST_REDIS_URL" in os.environ:
        return []
    return ["--numprocesses", str((os.cpu_count() or 1) + 1), "--dist", "loadfile"]


def check(arguments: list[str]) -> int:
    """Look at style, types, architecture, migrations, documentation and lock files; --tested leaves out what are tests"""
    tested = arguments == ["--tested"]
    refuse([] if tested else arguments)
    prepare("dev")
    steps: list[tuple[str, Callable[[], Outcome]]] = [
        ("ruff check", lambda: tool("ruff", "check")),
        ("ruff format", lambda: tool("ruff", "format", "--check")),
        ("mypy", lambda: tool("mypy")),
        ("lock files", locks_agree),
    ]
    if not tested:
        steps += [
            ("architecture", lambda: suite("tests/test_architecture.py")),
            ("migrations", lambda: suite("tests/adapters/sql/test_migrations.py", needed=False)),
            ("documentation", lambda: suite("tests/test_docs.py", "tests/docs")),
        ]
    failed = []
    for name, step in steps:
        started = time.monotonic()
        outcome = step()
        mark = "ok" if outcome.passed else "FAILED"
        note = f"  {outcome.note}" if outcome.note else ""
        print(f"{mark:<7} {name:<14} {time.monotonic() - started:5.1f} s{note}", flush=True)
        if not outcome.passed:
            failed.append(name)
            print(outcome.output.rstrip(), flush=True)
    print(
        f"{len(steps) - len(failed)} of {len(steps)} checks passed"
        + "".join(f", {name} failed" for name in failed)
    )
    return 1 if failed else 0


def bench(arguments: list[str]) -> NoReturn:
    """Measure speed, side by side with plain ways of doing the same; arguments go to the benchmarks"""
    if not (ROOT / "benchmarks" / "__main__.py").is_file():
        raise Trouble("there is no benchmark to run: this tree has no benchmarks/__main__.py")
    prepare("test")
    execute(PYTHON, "-m", "benchmarks", *arguments)


def chaos(arguments: list[str]) -> NoReturn:
    """Kill and fault what 200 sellers are synced with, and compare all of it in the end; takes five minutes"""
    prepare("test")
    execute(PYTHON, "-m", "tests.chaos", *arguments)


def fuzz(arguments: list[str]) -> NoReturn:
    """Send the API thousands of odd requests, as each kind of user; takes ten minutes"""
    prepare("test")
    execute(PYTHON, "-m", "tests.fuzz", *arguments)


def pictures(arguments: list[str]) -> NoReturn:
    """Take the documentation's pictures of the page anew; needs a Chromium"""
    prepare("test")
    execute(PYTHON, "-m", "tests.browser.pictures", *arguments)


def docs(arguments: list[str]) -> NoReturn:
    """Write docs/reference anew from the code"""
    refuse(arguments)
    prepare("test")
    execute(PYTHON, "-m", "handbook")


def lock(arguments: list[str]) -> int:
    """Bring the lock files in line with setup.cfg; with --upgrade, to the newest allowed versions"""
    refuse([argument for argument in arguments if argument != "--upgrade"])
    with alone():
        make_venv()
        if not has_uv():
            raise Trouble("uv could not be installed, and only uv makes lock files: look at the network")
    for name in (*TOOLS, *LOCKS):
        done = compile_lock(name, REQUIREMENTS / f"{name}.txt", *arguments)
        if done.returncode != 0:
            raise Trouble(f"requirements/{name}.txt could not be made: {last_line(done.stderr)}")
        print(f"requirements/{name}.txt")
    return 0


def show_help(arguments: list[str]) -> int:
    """Print this"""
    refuse(arguments)
    print("python3 dev.py COMMAND [arguments]\n")
    for name, command in COMMANDS.items():
        print(f"  {name:<9} {command.__doc__}")
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "run": run,
    "test": test,
    "check": check,
    "bench": bench,
    "chaos": chaos,
    "fuzz": fuzz,
    "pictures": pictures,
    "docs": docs,
    "lock": lock,
    "help": show_help,
}


# The environment


def prepare(wanted: str) -> None:
    """Have an environment with at least this lock installed. Where all is in place, this takes no time."""
    with alone():
        present, complete = installed()
        # A richer environment stays as it is: `run` after `check` must not take mypy away.
        kind = max(present or wanted, wanted, key=list(LOCKS).index)
        if complete and kind == present:
            return
        say(f"Setting up .venv from requirements/{kind}.txt; the first time takes up to a minute.")
        STAMP.unlink(missing_ok=True)
        # Half a package passes for a whole one: after an interrupted installation, everything is made anew.
        make_venv(anew=UNFINISHED.exists())
        UNFINISHED.touch()
        fill(kind)
        UNFINISHED.unlink()
        draft = STAMP.with_suffix(".draft")
        draft.write_text(json.dumps({"kind": kind, "digest": digest(kind), **place()}))
        draft.replace(STAMP)


def installed() -> tuple[str | None, bool]:
    """Which lock was installed last, and whether that is still what the files say."""
    try:
        stamp = json.loads(STAMP.read_text())
        kind = stamp["kind"]
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None, False
    if kind not in LOCKS:
        return None, False
    fits = PYTHON.exists() and all(stamp.get(name) == value for name, value in place().items())
    return kind, fits and stamp.get("digest") == digest(kind)


def digest(kind: str) -> str:
    """A fingerprint of everything that decides what gets installed."""
    files = [REQUIREMENTS / f"{name}.txt" for name in (*TOOLS, kind)] + [
        ROOT / "setup.cfg",
        ROOT / "pyproject.toml",
    ]
    total = hashlib.sha256()
    for file in files:
        if not file.is_file():
            raise Trouble(f"{file.relative_to(ROOT)} is missing: this tree is incomplete")
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def place() -> dict[str, str]:
    """Where the environment and its Python are: scripts hold both as absolute paths."""
    return {"root": str(ROOT), "python": os.path.realpath(PYTHON)}


def make_venv(*, anew: bool = False) -> None:
    """A virtual environment that works, made anew where there is none or a broken one."""
    if not anew and works(PYTHON, "import sys; sys.exit(sys.version_info < (3, 11))") and not moved():
        if has_uv() or works(PYTHON, "import pip"):
            return
        say("The environment has lost its installer; making it anew.")
    base = getattr(sys, "_base_executable", None) or sys.executable
    done = call(base, "-m", "venv", "--clear", VENV)
    if done.returncode != 0:
        if re.search("ensurepip|No module named venv", done.stdout + done.stderr):
            raise Trouble(
                "this Python has no venv with pip: on Debian and Ubuntu, apt-get install python3-venv"
            )
        raise Trouble(f".venv could not be made: {last_line(done.stderr or done.stdout)}")


def moved() -> bool:
    """Whether the environment was made in another folder: its scripts would start that one's Python."""
    script = VENV / "bin" / "activate"
    return not script.is_file() or str(VENV) not in script.read_text()


def fill(kind: str) -> None:
    """Install the lock and, on top of it, the project itself."""
    build, packages = REQUIREMENTS / "build.txt", REQUIREMENTS / f"{kind}.txt"
    if has_uv() or install_uv():
        # uv.txt is named as well, or uv would find itself superfluous and leave.
        sync = uv("pip", "sync", "--require-hashes", REQUIREMENTS / "uv.txt", build, packages)
        project = uv("pip", "install", "--no-deps", "--no-build-isolation", "--editable", ROOT)
    else:
        say("uv can't be had here; pip does the same, more slowly.")
        sync = pip("install", "--require-hashes", "-r", build, "-r", packages)
        project = pip("install", "--no-deps", "--no-build-isolation", "--no-index", "--editable", ROOT)
    for step in (sync, project):
        done = call(*step)
        if done.returncode != 0:
            say(done.stderr.rstrip())
            if UNREACHABLE.search(done.stdout + done.stderr):
                UNFINISHED.unlink()  # everything is fetched before anything is installed
                raise Trouble(
                    "the packages could not be fetched: look at the network, or at the index that is set"
                )
            raise Trouble(f"the packages could not be installed: {last_line(done.stderr)}")


def install_uv() -> bool:
    """Whether uv could be installed, in exactly the version and with the hash that is written down."""
    return (
        call(*pip("install", "--require-hashes", "--no-deps", "-r", REQUIREMENTS / "uv.txt")).returncode == 0
    )


def has_uv() -> bool:
    """Whether the environment has uv, in the version that is written down."""
    pinned = re.search(r"^uv==(\S+)", (REQUIREMENTS / "uv.txt").read_text(), re.MULTILINE)
    if pinned is None:
        raise Trouble("requirements/uv.txt names no version of uv: this tree is incomplete")
    version = call(VENV / "bin" / "uv", "--version")
    return version.returncode == 0 and version.stdout.split()[1:2] == [pinned[1]]


def uv(*arguments: object) -> list[object]:
    return [VENV / "bin" / "uv", *arguments[:2], "--quiet", "--python", PYTHON, *arguments[2:]]


def pip(*arguments: object) -> list[object]:
    return [PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet", *arguments]


@contextmanager
def alone() -> Iterator[None]:
    """One installation at a time in this tree: a second start waits for the first."""
    if os.name != "posix":
        raise Trouble("Portside's tools run on Linux and macOS; on Windows, use WSL")
    import fcntl  # noqa: PLC0415 - there is none on Windows, which is told above

    descriptor = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# Checks


class Outcome:
    """How a check went, and what there is to read about it."""

    def __init__(self, passed: bool, output: str = "", note: str = "") -> None:
        self.passed = passed
        self.output = output
        self.note = note


def tool(module: str, *arguments: str) -> Outcome:
    done = call(PYTHON, "-m", module, *arguments)
    return Outcome(done.returncode == 0, done.stdout + done.stderr)


def suite(*files: str, needed: bool = True) -> Outcome:
    if not needed and not all((ROOT / file).exists() for file in files):
        return Outcome(True, note=f"{', '.join(files)} is not there")
    done = call(PYTHON, "-m", "pytest", "-q", "--no-header", *files)
    return Outcome(done.returncode == 0, done.stdout + done.stderr)


def locks_agree() -> Outcome:
    """Whether compiling again, with the versions kept, gives the lock files that are there."""
    with tempfile.TemporaryDirectory() as folder:
        for name in (*TOOLS, *LOCKS):
            present, again = REQUIREMENTS / f"{name}.txt", Path(folder, f"{name}.txt")
            shutil.copy(present, again)
            done = compile_lock(name, again)
            if done.returncode != 0 and UNREACHABLE.search(done.stderr):
                # Without the registry nothing can be said; a CI run has to say something.
                note = "not compared: the package registry can't be reached"
                return Outcome(not os.environ.get("CI"), done.stderr, note)
            if done.returncode != 0:
                return Outcome(False, done.stderr)
            if pins(present) != pins(again):
                return Outcome(False, f"requirements/{name}.txt is behind setup.cfg: python3 dev.py lock")
    return Outcome(True)


def pins(file: Path) -> list[str]:
    """The lines that count: versions and hashes, without comments."""
    return [line for line in file.read_text().splitlines() if not line.lstrip().startswith("#")]


def compile_lock(name: str, target: Path, *options: str) -> subprocess.CompletedProcess[str]:
    source: list[object] = ["-"]
    if name in LOCKS:
        source = ["setup.cfg", *(part for extra in LOCKS[name] for part in ("--extra", extra))]
    command = uv("pip", "compile", *source, "--universal", "--python-version", "3.11", "--generate-hashes")
    command += ["--custom-compile-command", "python3 dev.py lock", "--output-file", target, *options]
    return call(*command, typed=TOOLS.get(name))


# Processes and words


def execute(program: Path, *arguments: str) -> NoReturn:
    """Become this program, with the environment active."""
    if not program.exists():
        raise Trouble(f"{program.relative_to(ROOT)} is missing: remove .venv and start again")
    os.chdir(ROOT)
    os.environ.update(surroundings())
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(program, [str(program), *arguments])  # noqa: S606 - a program of our own environment, without a shell


def call(*command: object, typed: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and keep what it says."""
    words = [str(word) for word in command]
    try:
        return subprocess.run(
            words,
            input=typed or "",
            capture_output=True,
            text=True,
            errors="replace",
            cwd=ROOT,
            env={**os.environ, **surroundings()},
            check=False,
        )
    except OSError as error:
        return subprocess.CompletedProcess(words, 127, "", f"{words[0]}: {error.strerror}")


def surroundings() -> dict[str, str]:
    """What activating the environment would set."""
    return {
        "VIRTUAL_ENV": str(VENV),
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }


def works(python: Path, statement: str) -> bool:
    return call(python, "-c", statement).returncode == 0


def refuse(arguments: Sequence[str]) -> None:
    if arguments:
        raise Trouble(f"{shlex.join(arguments)}: not an argument of this command; see python3 dev.py help")


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing about why"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older Python starts this file with it
        say(f"dev.py: Portside needs Python 3.11 or newer, and this is {sys.version.split()[0]}")
        return 1
    name, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    name = "help" if name in {"-h", "--help"} else name
    if name not in COMMANDS:
        say(f"dev.py: {name} is not a command; there are {', '.join(COMMANDS)}")
        return 2
    try:
        return COMMANDS[name](rest)
    except Trouble as trouble:
        say(f"dev.py: {trouble}")
        return 1
    except KeyboardInterrupt:
        say("dev.py: stopped; the next start goes on from here")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
