"""docs/reference/settings.md, from ``Settings`` and the words of ``setting_words``."""

import types
import typing
from pathlib import Path

from annotated_types import Ge, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from entrypoints.setting_words import GROUPS, Group, Words
from entrypoints.settings import Settings
from handbook.markdown import code, from_docs, page, table

_ABOUT = """Every variable that Portside reads. [settings.md](../settings.md) says how they are read, and which ones a first
installation needs."""
_OTHERS: dict[object, str] = {Path: "folder", SecretStr: "secret"}
_WHOLE_ADDRESS = {"lwa_token_url", "ads_token_url", "ads_consent_url"}


def settings_page() -> str:
    """All settings, in groups."""
    return page("Settings", _ABOUT, *(_section(group) for group in GROUPS))


def _section(group: Group) -> str:
    rows = [
        (code(name.upper()), _default(name, words), _takes(name), from_docs(words.meaning))
        for name, words in group.words.items()
    ]
    parts = (f"## {group.title}", group.about, table(("Variable", "Default", "Takes", "Meaning"), rows))
    return "\n\n".join(part for part in parts if part)


def _default(name: str, words: Words) -> str:
    if words.default:
        return words.default
    value = Settings.model_fields[name].get_default()
    match value:
        case None:
            return "unset"
        case bool():
            return code("on" if value else "off")
        case float():
            return code(f"{value:g}")
        case _:
            return code(str(value))


def _takes(name: str) -> str:
    """What kind of value it is, as its type says."""
    field = Settings.model_fields[name]
    kind, said = _bare(field)
    if typing.get_origin(kind) is typing.Literal:
        return ", ".join(code(str(each)) for each in typing.get_args(kind))
    if kind is bool:
        return "`on`, `off`"
    if kind in (int, float):
        return _range(kind, said)
    if name.endswith(("_url", "_endpoint")):
        return "whole address" if name in _WHOLE_ADDRESS else "address"
    return _OTHERS.get(kind, "text")


def _bare(field: FieldInfo) -> tuple[object, list[object]]:
    """The type without ``None`` and without what is said beside it, and that."""
    kind: object = field.annotation
    said: list[object] = list(field.metadata)
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        kind = next(each for each in typing.get_args(kind) if each is not type(None))
    while typing.get_origin(kind) is typing.Annotated:
        kind, *more = typing.get_args(kind)
        said += more
    return kind, said


def _range(kind: object, said: list[object]) -> str:
    least = next((f"{each.ge:g}" for each in said if isinstance(each, Ge)), "")
    most = next((f"{each.le:g}" for each in said if isinstance(each, Le)), "")
    what = "whole number" if kind is int else "number"
    return f"{what}, {least} to {most}" if least and most else what
