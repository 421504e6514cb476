"""Runs a GraphQL operation that was checked (``checks``) against a table of types, field by field: what is asked for is
answered, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from entrypoints.simulator.shopify.language import (
    Directive,
    Document,
    Field,
    Operation,
    Selection,
    Spread,
    Variable,
    Word,
)

Json = dict[str, Any]
Resolve = Callable[[Any, Mapping[str, Any], Any], Any]
SCALARS = frozenset(
    {"ID", "String", "Int", "Float", "Boolean", "DateTime", "Decimal", "URL", "UnsignedInt64", "CurrencyCode"}
)


@dataclass(frozen=True)
class FieldType:
    """One field of a type.

    Attributes:
        of: the type it answers, without its marks; a type of the table has fields of its own.
        takes: arguments by name, with their types as GraphQL writes them.
        resolve: from source, arguments and context to the value; by default the source's entry of that name.
        weight: what one object of it costs.
    """

    of: str
    takes: Mapping[str, str] = field(default_factory=dict)
    resolve: Resolve | None = None
    weight: int = 1


@dataclass(frozen=True)
class Schema:
    """Types by name, each with its fields; enums by name, each with its words; which types an interface may stand for."""

    types: Mapping[str, Mapping[str, FieldType]]
    enums: Mapping[str, frozenset[str]]
    interfaces: Mapping[str, frozenset[str]] = field(default_factory=dict)


class GraphqlError(Exception):
    """What goes into ``errors``; the answer has no data then."""

    def __init__(self, *errors: Json) -> None:
        super().__init__(errors[0]["message"] if errors else "")
        self.errors = list(errors)


def error(message: str, code: str, path: Sequence[str] | None = None, **more: Any) -> Json:
    """One entry of ``errors``."""
    body: Json = {"message": message, "extensions": {"code": code, **more}}
    return body if path is None else {**body, "path": list(path)}


@dataclass(frozen=True)
class Prepared:
    """An operation that was checked, with the values of its variables."""

    schema: Schema
    document: Document
    operation: Operation
    variables: Mapping[str, Any]

    @property
    def root(self) -> str:
        return "QueryRoot" if self.operation.kind == "query" else "Mutation"

    def fields(self, selections: Sequence[Selection], of: str) -> Iterator[Field]:
        """The fields that are selected for an object of this type, fragments opened."""
        for each in selections:
            if not self._included(each.directives):
                continue
            if isinstance(each, Field):
                yield each
                continue
            fragment = self.document.fragments[each.name] if isinstance(each, Spread) else each
            if fragment.on in (None, of) or of in self.schema.interfaces.get(str(fragment.on), ()):
                yield from self.fields(fragment.selections, of)

    def root_fields(self) -> list[Field]:
        return list(self.fields(self.operation.selections, self.root))

    def arguments(self, asked: Field) -> dict[str, Any]:
        """The arguments of a field, variables filled in; a variable without a value counts as left out."""
        found = {}
        for name, value in asked.arguments.items():
            if isinstance(value, Variable) and value.name not in self.variables:
                continue
            found[name] = self._filled(value)
        return found

    def _filled(self, value: Any) -> Any:
        if isinstance(value, Variable):
            return self.variables.get(value.name)
        if isinstance(value, Word):
            return value.name
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        if isinstance(value, dict):
            return {name: self._filled(each) for name, each in value.items()}
        return value

    def _included(self, directives: Sequence[Directive]) -> bool:
        for each in directives:
            told = self._filled(each.arguments.get("if"))
            if (each.name == "skip" and told) or (each.name == "include" and not told):
                return False
        return True


def resolved(run: Prepared, context: Any) -> Json:
    """The data.

    Raises:
        GraphqlError: a field refused.
    """
    return _object(run, run.operation.selections, run.root, {}, context)


def _object(run: Prepared, selections: Sequence[Selection], of: str, source: Any, context: Any) -> Json:
    answer: Json = {}
    for asked in run.fields(selections, of):
        if asked.name == "__typename":
            answer[asked.key] = of
            continue
        known = run.schema.types[of][asked.name]
        if known.resolve is None:
            value = source[asked.name]
        else:
            value = known.resolve(source, run.arguments(asked), context)
        told = _value(run, asked, known.of, value, context)
        # The same field may be asked for twice, with other selections: they are one answer.
        before = answer.get(asked.key)
        answer[asked.key] = (
            {**before, **told} if isinstance(before, dict) and isinstance(told, dict) else told
        )
    return answer


def _value(run: Prepared, asked: Field, of: str, value: Any, context: Any) -> Any:
    if value is None or of not in run.schema.types:
        return value
    if isinstance(value, list):
        return [_value(run, asked, of, each, context) for each in value]
    concrete = value.get("__typename", of) if of in run.schema.interfaces else of
    return _object(run, asked.selections, concrete, value, context)


def cost(run: Prepared, answer: Json | None = None) -> int:
    """What the operation costs: as asked for, or as answered when there is an answer.

    Scalars cost nothing, objects their weight, and a connection 2 and what so many of its objects cost.
    """
    base = 10 if run.operation.kind == "mutation" else 0
    return base + _cost(run, run.operation.selections, run.root, answer)


def _cost(run: Prepared, selections: Sequence[Selection], of: str, answer: Json | None, size: int = 1) -> int:
    total = 0
    for asked in run.fields(selections, of):
        known = run.schema.types[of].get(asked.name)
        if known is None or known.of not in run.schema.types:
            continue
        arguments = run.arguments(asked)
        paged = "first" in known.takes
        many = max(int(arguments.get("first") or arguments.get("last") or 0), 0) if paged else size
        told = None if answer is None else answer.get(asked.key)
        if answer is not None and told is None:
            continue
        if isinstance(told, list):
            one = sum(known.weight + _cost(run, asked.selections, known.of, each) for each in told)
            total += one
        elif paged:
            total += 2 + _cost(run, asked.selections, known.of, told, many)
        elif known.of.endswith("Edge") or asked.name == "nodes":
            total += size * (known.weight + _cost(run, asked.selections, known.of, None))
        else:
            total += known.weight + _cost(run, asked.selections, known.of, told)
    return total
