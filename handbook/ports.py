"""docs/reference/ports.md, from the ports and from who has their methods."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from itertools import groupby
from types import ModuleType

from typing_extensions import get_protocol_members, is_protocol

import adapters
import domain
from handbook.markdown import code, page, table

_ABOUT = """Every port: what the inside asks of the world, and who does it. A port is a `Protocol` beside the subject that asks
([architecture.md](../architecture.md#ports-and-adapters)). What an adapter is for a port is found by its methods, as the type checker does
it. Pieces of the unit of work (`…Work`) are left out: `SqlWork` is all of them at once."""

#: What asks an adapter is called as the adapter is.
_BY_CHANCE = {("FeeSchedule", "FeesDesk"), ("Tokens", "States")}


def ports_page() -> str:
    """All ports by subject."""
    doers = [*_classes(adapters), *_classes(domain)]
    told = [(port, [one for one in doers if does(one, port)]) for port in ports()]
    sections = []
    for subject, ones in groupby(told, key=lambda one: _subject(one[0])):
        rows = [
            (code(port.__name__), _first(port), ", ".join(_place(one) for one in who)) for port, who in ones
        ]
        sections.append(f"## {subject}\n\n" + table(("Port", "What it is", "Who does it"), rows))
    return page("Ports", _ABOUT, *sections)


def ports() -> list[type]:
    """Every port of the domain, by subject and name; pieces of the unit of work are none."""
    found = {
        each
        for each in _all(domain)
        if is_protocol(each) and not each.__name__.endswith("Work") and not each.__name__.startswith("_")
    }
    return sorted(found, key=lambda port: (_subject(port), port.__name__))


def does(one: type, port: type) -> bool:
    """Whether a class has all that a port asks for: by its methods and their parameters, and inside also by what they give.

    An adapter may give something more particular than is asked for.
    """
    strictly = one.__module__.startswith("domain.")
    alike = all(_alike(one, port, name, strictly=strictly) for name in get_protocol_members(port))
    return alike and (port.__name__, one.__name__) not in _BY_CHANCE


def _alike(one: type, port: type, name: str, *, strictly: bool) -> bool:
    wanted = inspect.getattr_static(port, name, None)
    there = inspect.getattr_static(one, name, None)
    if not inspect.isfunction(wanted):
        return there is not None or name in getattr(one, "__annotations__", {})
    if not inspect.isfunction(there):
        return False
    ours, asked = inspect.signature(there), inspect.signature(wanted)
    gives = str(ours.return_annotation) == str(asked.return_annotation)
    return list(ours.parameters) == list(asked.parameters) and (gives or not strictly)


def _classes(package: ModuleType) -> list[type]:
    """Classes that do something, by module and name."""
    found = {each for each in _all(package) if not is_protocol(each) and not issubclass(each, Exception)}
    found = {each for each in found if not each.__name__.startswith("_")}
    return sorted(found, key=lambda one: (one.__module__, one.__name__))


def _all(package: ModuleType) -> Iterator[type]:
    for module in _modules(package):
        for _name, each in inspect.getmembers(module, inspect.isclass):
            if each.__module__ == module.__name__:
                yield each


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def _subject(port: type) -> str:
    return port.__module__.split(".")[1]


def _place(one: type) -> str:
    return code(f"{one.__module__}.{one.__name__}")


def _first(port: type) -> str:
    return (inspect.getdoc(port) or "").split("\n\n")[0].replace("``", "`")
