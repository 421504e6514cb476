"""The shape of the code: who may import whom, and how long a module may be. Needs no tool beyond pytest."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.channels.table import STORE_CHANNELS

SOURCE = Path(__file__).parent.parent / "src"
LONGEST_MODULE = 400

#: What a place may import of Portside and of other people's packages, most particular place first.
#: The standard library is free everywhere. A package belongs to the layer that hides it from the others.
RULES = {
    "domain": ({"domain"}, set()),
    # A channel knows nothing of another one, and goes out by the one way that all share.
    "adapters.shopify": ({"domain", "adapters.shopify", "adapters.http", "adapters.packing"}, set()),
    "adapters": (
        {"domain", "adapters"},
        {
            "alembic",
            "argon2",
            "authlib",
            "botocore",
            "cryptography",
            "joserfc",
            "opentelemetry",
            "prometheus_client",
            "psycopg",
            "redis",
            "requests",
            "sqlalchemy",
            "urllib3",
        },
    ),
    "entrypoints.simulator": ({"entrypoints.simulator"}, {"flask", "werkzeug"}),
    "entrypoints.bootstrap": (
        {"domain", "adapters", "entrypoints"},
        {"alembic", "pydantic", "redis", "requests", "sqlalchemy"},
    ),
    "entrypoints": (
        {"domain", "entrypoints"},
        {
            "apscheduler",
            "click",
            "flask",
            "flask_login",
            "gunicorn",
            "pydantic",
            "pydantic_core",
            "pydantic_settings",
            "spectree",
            "typing_extensions",
            "werkzeug",
        },
    ),
}
OURS = {"domain", "adapters", "entrypoints"}
#: Where the domain may name a channel of stores: everything else is told which one is meant, or asks a port.
NAMES_CHANNELS = {"domain.channels.table"}


@dataclass(frozen=True)
class Import:
    """One module that another one asks for, and in which line."""

    line: int
    module: str


def module_name(path: Path, source: Path = SOURCE) -> str:
    parts = path.relative_to(source).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(code: str, module: str, *, is_package: bool = False) -> Iterator[Import]:
    """Every import in this source text, wherever it stands: in functions, under conditions, by name."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Import(names=names):
                yield from (Import(node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=asked, names=names, level=level):
                base = absolute(asked or "", level, module, is_package=is_package)
                # `from package import name` may mean the module package.name.
                yield from (Import(node.lineno, f"{base}.{alias.name}") for alias in names)
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if is_importer(function):
                yield Import(node.lineno, name)
            case ast.Call(func=function) if is_importer(function):
                yield Import(node.lineno, "<a name worked out at run time>")


def absolute(asked: str, level: int, module: str, *, is_package: bool) -> str:
    if level == 0:
        return asked
    parents = module.split(".")
    kept = parents[: len(parents) - level + (1 if is_package else 0)]
    return ".".join([*kept, asked] if asked else kept)


def is_importer(function: ast.expr) -> bool:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in {"import_module", "__import__"}
        case _:
            return False


def is_within(module: str, place: str) -> bool:
    return module == place or module.startswith(f"{place}.")


def offences(code: str, path: Path, source: Path = SOURCE) -> list[str]:
    """Imports that break the rule, as ``file:line``."""
    module = module_name(path, source)
    place = next((place for place in RULES if is_within(module, place)), None)
    where = path.relative_to(source.parent)
    if place is None:
        return [f"{where}:1 {module} stands in none of the layers"]
    ours, packages = RULES[place]
    return [
        f"{where}:{one.line} {place} must not import {one.module}"
        for one in imports(code, module, is_package=path.name == "__init__.py")
        if not is_allowed(one.module, ours, packages)
    ]


def is_allowed(module: str, ours: set[str], packages: set[str]) -> bool:
    top = module.split(".", maxsplit=1)[0]
    if top in OURS:
        return any(is_within(module, place) for place in ours)
    # _typeshed is how type checkers call the parts of the standard library that have no module of their own.
    return top in sys.stdlib_module_names or top == "_typeshed" or top in packages


def test_every_import_points_inwards():
    found = [
        offence
        for path in sorted(SOURCE.rglob("*.py"))
        for offence in offences(path.read_text("utf-8"), path)
    ]

    assert found == []


def named_channels(code: str, channels: set[str]) -> Iterator[tuple[int, str]]:
    """Lines of code that name one of these channels: by a name or in a text. What explains may name them."""
    tree = ast.parse(code)
    explaining = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if id(node) in explaining:
            continue
        for text in words_of(node):
            if any(channel in text.lower() for channel in channels):
                yield getattr(node, "lineno", 1), text


def words_of(node: ast.AST) -> Iterator[str]:
    """The names and texts that stand in a node itself."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.alias(name=name):
            yield name
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.keyword(arg=str(name)):
            yield name
        case ast.ImportFrom(module=str(name)):
            yield name


def test_the_domain_names_no_channel_of_stores_but_in_the_table():
    channels = {each.channel for each in STORE_CHANNELS}
    found = [
        f"{path.relative_to(SOURCE.parent)}:{line} {text[:60]}"
        for path in sorted((SOURCE / "domain").rglob("*.py"))
        if module_name(path) not in NAMES_CHANNELS
        for line, text in named_channels(path.read_text("utf-8"), channels)
    ]

    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "provider = Provider.SHOPIFY",
        "raise WrongAnswer('In a circle.', channel='shopify')",
        "class Shopify:\n    pass",
        "def f(shopify):\n    pass",
        "message = f'{name} is not signed by Shopify'",
        "from domain.channels.shopify import is_shop",
        "f(shopify=1)",
    ],
)
def test_a_planted_name_of_a_channel_is_caught(code):
    assert list(named_channels(code, {"shopify"}))


def test_words_that_explain_may_name_a_channel():
    code = '"""As Shopify has it."""\n\n\ndef f():\n    """As Shopify does."""  # Shopify\n'

    assert not list(named_channels(code, {"shopify"}))


def test_no_module_has_grown_past_its_subject():
    lengths = {
        str(path.relative_to(SOURCE)): len(path.read_text("utf-8").splitlines())
        for path in SOURCE.rglob("*.py")
        if not path.is_relative_to(SOURCE / "entrypoints" / "page")
    }

    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


@pytest.mark.parametrize(
    ("file", "code", "caught"),
    [
        ("domain/a.py", "import requests", "domain must not import requests"),
        ("domain/a.py", "from adapters.sql import work", "domain must not import adapters.sql.work"),
        ("domain/a.py", "from entrypoints import settings", "domain must not import entrypoints.settings"),
        ("domain/a.py", "def f():\n    import flask", "domain must not import flask"),
        ("domain/a.py", "if TYPE_CHECKING:\n    import sqlalchemy", "domain must not import sqlalchemy"),
        ("domain/a/__init__.py", "from ...adapters import sql", "domain must not import adapters.sql"),
        (
            "domain/a.py",
            "import importlib\nimportlib.import_module('adapters.sql')",
            "must not import adapters.sql",
        ),
        ("domain/a.py", "import_module(name='adapters')", "must not import <a name worked out at run time>"),
        ("domain/a.py", "__import__('redis')", "domain must not import redis"),
        ("adapters/a.py", "import entrypoints.settings", "adapters must not import entrypoints.settings"),
        ("adapters/a.py", "import flask", "adapters must not import flask"),
        (
            "entrypoints/http/a.py",
            "from adapters.sql.work import SqlWork",
            "entrypoints must not import adapters.sql",
        ),
        (
            "entrypoints/cli/a.py",
            "def f():\n    from adapters import sql",
            "entrypoints must not import adapters.sql",
        ),
        ("entrypoints/scheduler/a.py", "import adapters", "entrypoints must not import adapters"),
        ("entrypoints/http/a.py", "import sqlalchemy", "entrypoints must not import sqlalchemy"),
        ("entrypoints/bootstrapping.py", "import adapters", "entrypoints must not import adapters"),
        (
            "entrypoints/simulator/a.py",
            "from domain.money import Money",
            "simulator must not import domain.money",
        ),
        (
            "entrypoints/simulator/a.py",
            "from .. import settings",
            "simulator must not import entrypoints.settings",
        ),
        (
            "entrypoints/simulator/a.py",
            "from entrypoints import logs",
            "simulator must not import entrypoints.logs",
        ),
        ("helpers/a.py", "", "stands in none of the layers"),
    ],
)
def test_a_planted_offence_is_caught(tmp_path, file, code, caught):
    (offence,) = offences(code, tmp_path / "src" / file, tmp_path / "src")

    assert offence.startswith(f"src/{file}:{max(1, code.count(chr(10)) + 1)} ")
    assert caught in offence


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("domain/a.py", "import json\nfrom domain.money import Money\nfrom . import errors"),
        ("domain/a/__init__.py", "from .model import Thing\nfrom ..errors import NotFound"),
        ("adapters/a.py", "import requests\nfrom domain.errors import NotFound\nfrom adapters import http"),
        (
            "entrypoints/bootstrap/ground.py",
            "from adapters.sql.work import SqlWork\nfrom domain import clock",
        ),
        ("entrypoints/http/a.py", "from flask import Blueprint\nfrom entrypoints.services import Services"),
        ("entrypoints/cli/a.py", "from entrypoints.simulator.server import serve_forever"),
        (
            "entrypoints/simulator/a.py",
            "from flask import Flask\nfrom . import store\nimport entrypoints.simulator",
        ),
    ],
)
def test_an_honest_import_is_let_through(tmp_path, file, code):
    assert offences(code, tmp_path / "src" / file, tmp_path / "src") == []
