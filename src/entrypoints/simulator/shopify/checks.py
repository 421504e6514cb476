"""Checks a GraphQL document as a whole before any of it runs.

One that asks for a field or an argument that does not exist gets errors and no data at all, as Shopify answers it: with
HTTP 200.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entrypoints.simulator.shopify.execution import (
    SCALARS,
    FieldType,
    GraphqlError,
    Json,
    Prepared,
    Schema,
    error,
)
from entrypoints.simulator.shopify.language import (
    Declared,
    Document,
    Field,
    Fragment,
    Operation,
    Selection,
    Spread,
    Variable,
    Word,
)

#: What JSON has for a scalar, where that is no text.
_PLAIN: Mapping[str, tuple[type, ...]] = {"Int": (int,), "Float": (int, float), "ID": (str, int)}


def prepared(schema: Schema, document: Document, name: str | None, variables: Mapping[str, Any]) -> Prepared:
    """The operation to run.

    Raises:
        GraphqlError: it asks for what does not exist, or a variable does not fit.
    """
    operation = _chosen(document, name)
    given = dict(_given(schema, operation, variables))
    run = Prepared(schema, document, operation, given)
    start = operation.kind + (f" {operation.name}" if operation.name else "")
    wrong = list(_Checks(run).selections(operation.selections, run.root, (start,), ()))
    if wrong:
        raise GraphqlError(*wrong)
    return run


def _chosen(document: Document, name: str | None) -> Operation:
    fitting = [each for each in document.operations if name is None or each.name == name]
    if len(fitting) != 1:
        raise GraphqlError({"message": "An operation name is required, and must be one of the document's"})
    return fitting[0]


def _given(schema: Schema, operation: Operation, variables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for each in operation.variables:
        if each.name in variables:
            value = variables[each.name]
        elif each.has_default:
            value = each.default.name if isinstance(each.default, Word) else each.default
        elif each.type.endswith("!"):
            raise _bad_variable(each, "Expected value to not be null")
        else:
            continue
        if not _fits(schema, each.type, value):
            raise _bad_variable(each, f"Could not coerce value {value!r} to {each.type.rstrip('!')}")
        yield each.name, value


def _bad_variable(declared: Declared, why: str) -> GraphqlError:
    message = f"Variable ${declared.name} of type {declared.type} was provided invalid value"
    return GraphqlError(error(message, "INVALID_VARIABLE", problems=[{"path": [], "explanation": why}]))


def _fits(schema: Schema, wanted: str, value: Any) -> bool:
    """Whether a value is one of the type. A single value stands for a list of one, as GraphQL has it."""
    if value is None or wanted.endswith("!"):
        return value is not None and _fits(schema, wanted[:-1], value) if wanted.endswith("!") else True
    if wanted.startswith("["):
        values = value if isinstance(value, list) else [value]
        return all(_fits(schema, wanted[1:-1], each) for each in values)
    if wanted in schema.enums:
        return value in schema.enums[wanted]
    if isinstance(value, bool) or wanted == "Boolean":
        return isinstance(value, bool) and wanted == "Boolean"
    return wanted in SCALARS and isinstance(value, _PLAIN.get(wanted, str))


@dataclass(frozen=True)
class _Checks:
    """Everything that is wrong with a document, before anything runs."""

    run: Prepared

    def selections(
        self, selections: Sequence[Selection], of: str, path: tuple[str, ...], open_: tuple[str, ...]
    ) -> Iterator[Json]:
        for each in selections:
            if isinstance(each, Field):
                yield from self._field(each, of, (*path, each.key), open_)
                continue
            fragment: Fragment | None
            name = each.name if isinstance(each, Spread) else f"... on {each.on}"
            fragment = self.run.document.fragments.get(each.name) if isinstance(each, Spread) else each
            if fragment is None:
                yield error(f"Fragment {name} was used, but not defined", "useAndDefineFragment", path)
            elif isinstance(each, Spread) and name in open_:
                yield error(f"Fragment {name} contains an infinite loop", "infiniteLoop", path)
            elif fragment.on not in (None, of) and not self._possible(str(fragment.on), of):
                message = f"Fragment on {fragment.on} can't be spread inside {of}"
                yield error(message, "cannotSpreadFragment", path)
            else:
                inner = (*open_, name) if isinstance(each, Spread) else open_
                yield from self.selections(fragment.selections, fragment.on or of, (*path, name), inner)

    def _possible(self, on: str, of: str) -> bool:
        interfaces = self.run.schema.interfaces
        return on in interfaces.get(of, ()) or of in interfaces.get(on, ())

    def _field(self, asked: Field, of: str, path: tuple[str, ...], open_: tuple[str, ...]) -> Iterator[Json]:
        if asked.name == "__typename":
            return
        known = self.run.schema.types[of].get(asked.name)
        place = {"locations": [{"line": asked.line, "column": asked.column}]}
        if known is None:
            message = f"Field '{asked.name}' doesn't exist on type '{of}'"
            more = {"typeName": of, "fieldName": asked.name}
            yield {**error(message, "undefinedField", path, **more), **place}
            return
        for wrong in self._arguments(asked, known, path):
            yield {**wrong, **place}
        composite = known.of in self.run.schema.types
        if composite != bool(asked.selections):
            many = "objects must have" if composite else f"'{known.of}' can't have"
            message = f"Field '{asked.name}' returns {known.of}: {many} selections"
            yield {**error(message, "selectionMismatch", path, nodeName=asked.name), **place}
        elif composite:
            yield from self.selections(asked.selections, known.of, path, open_)

    def _arguments(self, asked: Field, known: FieldType, path: tuple[str, ...]) -> Iterator[Json]:
        declared = {each.name for each in self.run.operation.variables}
        for name, value in asked.arguments.items():
            if name not in known.takes:
                message = f"Field '{asked.name}' doesn't accept argument '{name}'"
                yield error(message, "argumentNotAccepted", path, argumentName=name)
            elif isinstance(value, Variable) and value.name not in declared:
                message = f"Variable ${value.name} is used by {path[0]} but not declared"
                yield error(message, "variableNotDefined", path, variableName=value.name)
            elif not isinstance(value, Variable) and not self._literal_fits(known.takes[name], value):
                message = f"Argument '{name}' on Field '{asked.name}' has an invalid value. Expected type '{known.takes[name]}'."
                yield error(message, "argumentLiteralsIncompatible", path, argumentName=name)
        for name, wanted in known.takes.items():
            if wanted.endswith("!") and name not in asked.arguments:
                message = f"Field '{asked.name}' is missing required arguments: {name}"
                yield error(message, "missingRequiredArguments", path, arguments=name)

    def _literal_fits(self, wanted: str, value: Any) -> bool:
        bare = wanted.rstrip("!")
        if isinstance(value, Word):
            return value.name in self.run.schema.enums.get(bare, ())
        return bare not in self.run.schema.enums and _fits(self.run.schema, wanted, value)
