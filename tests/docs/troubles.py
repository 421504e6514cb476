"""All that ``portside doctor`` may say, gathered from the code: a text with something in its place has ``…`` there."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from domain.channels.table import STORE_CHANNELS

SOURCE = Path(__file__).parents[2] / "src"

#: Where findings and links are made, their mends, and the errors whose words become their causes.
PLACES = (
    "entrypoints/cli/troubles.py",
    "entrypoints/cli/doctor.py",
    "entrypoints/settings.py",
    "entrypoints/setting_values.py",
    "entrypoints/http/operations.py",
    "domain/tokens/keyring.py",
    "domain/tokens/access.py",
    "domain/connections/mends.py",
    "domain/connections/diagnosis.py",
    "domain/connections/chain_trial.py",
    "domain/ads/diagnosis.py",
    "domain/channels/diagnosis.py",
    "domain/credentials/application.py",
    "domain/credentials/probe.py",
    "domain/gateway/answers.py",
    "domain/operations/concerns.py",
    "domain/operations/watch.py",
    "adapters/ads/errors.py",
    "adapters/amazon/lwa.py",
    "adapters/amazon/notifications.py",
    "adapters/amazon/sts.py",
    "adapters/crypto/envelope.py",
    "adapters/oidc/probe.py",
    "adapters/oidc/provider.py",
    "adapters/redis/server.py",
    "adapters/shopify/answers.py",
    "adapters/shopify/terms.py",
    "adapters/shopify/tokens.py",
    "adapters/sql/probes.py",
)
#: Calls whose texts are for somebody else: the log, a terminal's help, the API's document, who sends a request.
_ELSEWHERE = {
    *("debug", "info", "warning", "error", "option", "command", "ClickException", "compile"),
    *("described", "gives", "written", "InvalidInput", "search"),
}
#: Words that stand within others, and are no sentence of their own.
_PARTS = {
    "Login with Amazon",
    "Amazon's LWA client",
    "Amazon Ads' LWA client",
    "The identity provider",
    "The notifications queue",
    "Shopify's token endpoint",
    "the client that was brought along",
    "this installation's application",
    "the role “…”",
    "the role it lacks",
    "a role for it",
    "no reason told",
    "no access token",
    "access token expired",
    "access token refused",
    "…: …, status …",
    # what is shown in the details, and lines of the report
    "… days after it was first seen, at the latest",
    "… …/… …",
    "     … request id: …",
    "needs the one before",
    # said to who looks at orders, follows a report or connects a store, never by a check
    "Amazon makes this report already (…).",
    "a token that runs out, and nothing to renew it with",
    "Redis was lost a moment ago, and is left alone.",
    "REDIS_URL is set, but the package that speaks to Redis is missing: pip install portside[redis]",
    # what Amazon says, in its own words
    "access token you provided has expired",
    "revoked, malformed or invalid",
    "lwa secret token you provided has expired",
    "not valid for region",
    "not the canonical base64",
}
_HOLE = re.compile(r"…|\{[a-z_:]*\}")


@dataclass(frozen=True)
class Said:
    """A text that the code may say."""

    place: str
    line: int
    text: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Whatever may stand in its holes."""
        parts = (r"\s+".join(map(re.escape, part.split())) for part in _HOLE.split(self.text))
        return re.compile(r"\s*.*?\s*".join(parts), re.DOTALL)

    def fits(self, words: str) -> bool:
        """Whether this is what is said, from its beginning to its end."""
        return self.pattern.fullmatch(words) is not None

    def stands_in(self, words: str) -> bool:
        """Whether this is said, alone or with more."""
        return self.pattern.search(words) is not None


def said() -> list[Said]:
    """All of it."""
    return [one for place in PLACES for one in _said_in(place)]


def names() -> set[str]:
    """What findings and links are called."""
    return {name for place in PLACES for name in _names_in(place) if name and " " not in name}


def _said_in(place: str) -> Iterator[Said]:
    for node in _spoken(ast.parse((SOURCE / place).read_text("utf-8"))):
        text = _template(node)
        if text is not None and len(text.split()) >= 3 and text not in _PARTS:
            yield Said(place, node.lineno, text)


def _spoken(node: ast.AST) -> Iterator[ast.expr]:
    """Every text below a node that is not said elsewhere."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Expr(value=ast.Constant()):
                continue  # a docstring
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in _ELSEWHERE:
                continue
            case ast.expr() if _template(child) is not None:
                yield child
            case _:
                yield from _spoken(child)


def _template(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(each.value) if isinstance(each, ast.Constant) else "…" for each in parts)
        case _:
            return None


def _names_in(place: str) -> Iterator[str]:
    """The first argument of what makes a finding or a link, and what is called ``name`` to become one."""
    for node in ast.walk(ast.parse((SOURCE / place).read_text("utf-8"))):
        match node:
            case ast.Call(
                func=ast.Name(id="Finding" | "Link" | "skipped")
                | ast.Attribute(attr="examined" | "_examined"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name
            case ast.Assign(targets=[ast.Name(id="name" | "_NAME")], value=ast.Constant(value=str(name))):
                yield name
            case ast.Assign(
                targets=[ast.Tuple(elts=[ast.Name(id="name"), *_])],
                value=ast.Tuple(elts=[ast.Constant(value=str(name)), *_]),
            ):
                yield name
            case ast.Assign(
                targets=[ast.Tuple(elts=[ast.Name(id="name"), *_])],
                value=ast.Tuple(elts=[ast.JoinedStr() as made, *_]),
            ):
                yield from (_template(made).replace("…", each.channel) for each in STORE_CHANNELS)
            case ast.Tuple(elts=[ast.Constant(value=str(name)), ast.Attribute(value=ast.Name(id="self"))]):
                yield name
