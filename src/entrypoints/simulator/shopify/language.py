"""GraphQL's language, as much of it as clients of an admin API write: operations, fragments, variables, literals.

Source: https://spec.graphql.org/October2021/#sec-Language
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import dedent
from typing import Any, NamedTuple

_TOKEN = re.compile(
    r"""(?P<skip>[\s,\ufeff]+|\#[^\n\r]*)
      | (?P<block>\"\"\"(?:\\\"\"\"|[\s\S])*?\"\"\")
      | (?P<string>"(?:\\.|[^"\\\n\r])*")
      | (?P<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<name>[_A-Za-z]\w*)
      | (?P<spread>\.\.\.)
      | (?P<sign>[!$&()=:@\[\]{}|])""",
    re.VERBOSE,
)


class Syntax(ValueError):
    """A document that is no GraphQL. ``line`` and ``column`` count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line, self.column = line, column


class Token(NamedTuple):
    kind: str
    text: str
    line: int
    column: int


@dataclass(frozen=True)
class Variable:
    name: str


@dataclass(frozen=True)
class Word:
    """A literal of an enum."""

    name: str


@dataclass(frozen=True)
class Directive:
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    name: str
    alias: str | None
    arguments: Mapping[str, Any]
    directives: tuple[Directive, ...]
    selections: tuple[Selection, ...]
    line: int
    column: int

    @property
    def key(self) -> str:
        """Under what the answer stands."""
        return self.alias or self.name


@dataclass(frozen=True)
class Fragment:
    """An inline fragment, or a named one; without a type it is for any."""

    on: str | None
    directives: tuple[Directive, ...]
    selections: tuple[Selection, ...]


@dataclass(frozen=True)
class Spread:
    name: str
    directives: tuple[Directive, ...]


Selection = Field | Fragment | Spread


@dataclass(frozen=True)
class Declared:
    """A variable of an operation; ``type`` as written, such as ``[String!]``."""

    name: str
    type: str
    default: Any
    has_default: bool


@dataclass(frozen=True)
class Operation:
    kind: str
    name: str | None
    variables: tuple[Declared, ...]
    selections: tuple[Selection, ...]


@dataclass(frozen=True)
class Document:
    operations: tuple[Operation, ...]
    fragments: Mapping[str, Fragment]


def parsed(text: str) -> Document:
    """The document.

    Raises:
        Syntax: it is no GraphQL.
    """
    return _Parser(_tokens(text)).document()


def _tokens(text: str) -> list[Token]:
    tokens, at, line, begun = [], 0, 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Syntax(f"Parse error on {text[at]!r}", line, at - begun + 1)
        kind = str(match.lastgroup)
        if kind != "skip":
            tokens.append(Token(kind, match[0], line, at - begun + 1))
        breaks = match[0].count("\n")
        if breaks:
            line, begun = line + breaks, at + match[0].rindex("\n") + 1
        at = match.end()
    return [*tokens, Token("end", "end of document", line, at - begun + 1)]


class _Parser:
    """Recursive descent: one method for each rule of the grammar."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self._at = tokens, 0

    def document(self) -> Document:
        operations: list[Operation] = []
        fragments: dict[str, Fragment] = {}
        while self._now.kind != "end":
            if self._now.text == "fragment":
                self._next()
                name = self._name()
                self._expect("on")
                fragments[name] = Fragment(self._name(), self._directives(), self._selections())
            else:
                operations.append(self._operation())
        if not operations:
            raise self._error()
        return Document(tuple(operations), fragments)

    def _operation(self) -> Operation:
        if self._now.text == "{":
            return Operation("query", None, (), self._selections())
        if self._now.text not in ("query", "mutation"):
            raise self._error()
        kind = self._next().text
        name = self._name() if self._now.kind == "name" else None
        variables: list[Declared] = []
        if self._take("("):
            while not self._take(")"):
                variables.append(self._declared())
        self._directives()
        return Operation(kind, name, tuple(variables), self._selections())

    def _declared(self) -> Declared:
        self._expect("$")
        name = self._name()
        self._expect(":")
        type_ = self._type()
        has_default = self._take("=")
        return Declared(name, type_, self._value() if has_default else None, has_default)

    def _type(self) -> str:
        if self._take("["):
            text = f"[{self._type()}]"
            self._expect("]")
        else:
            text = self._name()
        return f"{text}!" if self._take("!") else text

    def _selections(self) -> tuple[Selection, ...]:
        self._expect("{")
        found: list[Selection] = []
        while not self._take("}"):
            found.append(self._selection())
        if not found:
            raise self._error()
        return tuple(found)

    def _selection(self) -> Selection:
        if self._take("..."):
            if self._now.kind == "name" and self._now.text != "on":
                return Spread(self._name(), self._directives())
            on = self._name() if self._take("on") else None
            return Fragment(on, self._directives(), self._selections())
        first = self._now
        name, alias = self._name(), None
        if self._take(":"):
            alias, name = name, self._name()
        arguments = self._arguments()
        directives = self._directives()
        selections = self._selections() if self._now.text == "{" else ()
        return Field(name, alias, arguments, directives, selections, first.line, first.column)

    def _arguments(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self._take("("):
            while not self._take(")"):
                name = self._name()
                self._expect(":")
                found[name] = self._value()
        return found

    def _directives(self) -> tuple[Directive, ...]:
        found: list[Directive] = []
        while self._take("@"):
            found.append(Directive(self._name(), self._arguments()))
        return tuple(found)

    def _value(self) -> Any:
        token = self._next()
        if token.kind in ("number", "string", "block", "name"):
            return self._plain(token)
        if token.text == "$":
            return Variable(self._name())
        if token.text == "[":
            found = []
            while not self._take("]"):
                found.append(self._value())
            return found
        if token.text == "{":
            fields: dict[str, Any] = {}
            while not self._take("}"):
                name = self._name()
                self._expect(":")
                fields[name] = self._value()
            return fields
        self._at -= 1
        raise self._error()

    def _plain(self, token: Token) -> Any:
        if token.kind == "number":
            return int(token.text) if re.fullmatch(r"-?\d+", token.text) else float(token.text)
        if token.kind == "string":
            try:
                return json.loads(token.text, strict=False)
            except ValueError as error:
                raise Syntax(f"Bad escape in {token.text}", token.line, token.column) from error
        if token.kind == "block":
            return _block(token.text)
        words = {"true": True, "false": False, "null": None}
        return words[token.text] if token.text in words else Word(token.text)

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._now
        if token.kind == "end":
            raise self._error()
        self._at += 1
        return token

    def _take(self, text: str) -> bool:
        if self._now.text != text or self._now.kind in ("string", "block"):
            return False
        self._at += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._error()

    def _name(self) -> str:
        if self._now.kind != "name":
            raise self._error()
        return self._next().text

    def _error(self) -> Syntax:
        token = self._now
        return Syntax(f"Parse error on {token.text!r} ({token.kind})", token.line, token.column)


def _block(text: str) -> str:
    """A block string without its common indent and its empty first and last lines."""
    inner = text[3:-3].replace('\\"""', '"""')
    first, mark, rest = inner.partition("\n")
    return (first + mark + dedent(rest)).strip("\n").strip() if mark else inner
