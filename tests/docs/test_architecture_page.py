"""The page on the architecture is about the code that is there."""

import importlib
import re

from handbook.ports import does, ports
from tests.docs.pages import DOCS, REFERENCE, tables
from tests.test_architecture import RULES

PAGE = DOCS / "architecture.md"


def rows_headed(first: str) -> list[list[str]]:
    """The rows of the table whose first column has this heading."""
    (found,) = (rows for heads, rows in tables(PAGE) if heads[0] == first)
    return found


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def class_at(path: str) -> type:
    module, _, name = path.rpartition(".")
    found: type = getattr(importlib.import_module(module), name)
    return found


def test_the_layers_are_those_whose_imports_are_watched():
    told = {
        named(layer)[0]: (set(named(ours)), set(named(packages)))
        for layer, _what, ours, packages in rows_headed("Layer")
    }

    assert told == {place: rule for place, rule in RULES.items() if place != "adapters.shopify"}


def test_every_port_of_the_page_exists_and_its_adapters_do_what_it_asks():
    known = {port.__name__: port for port in ports()}

    wrong = [
        f"{path} is no {name}"
        for cell, _asks, adapters in rows_headed("Port")
        for name in named(cell)
        for path in named(adapters)
        if not does(class_at(path), known[name])
    ]

    assert wrong == []


def test_every_port_has_somebody_who_does_it():
    idle = [row[0] for _heads, rows in tables(REFERENCE / "ports.md") for row in rows if not row[2]]

    assert idle == []


def test_every_subject_of_the_domain_is_in_the_picture():
    picture = PAGE.read_text("utf-8").split("```")[1]
    subjects = {
        path.name for path in (DOCS.parent / "src" / "domain").iterdir() if (path / "__init__.py").exists()
    }

    assert subjects - set(picture.split()) == set()
