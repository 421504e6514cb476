"""docs/reference/commands.md, from the commands themselves."""

import re
from collections.abc import Iterator

import click

from handbook.markdown import code, from_docs, page, table

_ABOUT = """Every command of `portside`, as `--help` has it. [commands.md](../commands.md) says which one to take when."""
#: Where more is said than a terminal has room for.
_MORE = {
    "portside serve": "[operations.md](operations.md#start)",
    "portside worker": "[deploying.md](deploying.md#the-processes)",
    "portside migrate": "[deploying.md](deploying.md#migrations)",
    "portside simulator": "[simulator.md](simulator.md)",
    "portside connections import-env": "[connecting-amazon.md](connecting-amazon.md#in-the-environment), [stores.md](stores.md#the-environment)",
    "portside connections remove": "[operations.md](operations.md#when-a-seller-leaves)",
    "portside connections export": "[operations.md](operations.md#when-a-seller-leaves)",
    "portside connections audit": "[audit.md](audit.md)",
    "portside kpis verify": "[operations.md](operations.md#the-nightly-recount), [figures.md](figures.md#how-we-know)",
    "portside keys status": "[operations.md](operations.md#keys)",
    "portside keys rotate": "[operations.md](operations.md#keys)",
    "portside keys generate": "[operations.md](operations.md#keys)",
    "portside doctor": "[troubleshooting.md](troubleshooting.md)",
    "portside openapi": "[api.md](api.md)",
}


def commands_page(group: click.Group) -> str:
    """All commands, in the order of their groups."""
    return page("Commands", _ABOUT, *(_section(name, command) for name, command in commands(group)))


def commands(group: click.Group, name: str = "portside") -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, by its full name."""
    context = click.Context(group)
    for part in group.list_commands(context):
        command = group.get_command(context, part)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {part}")
        else:
            yield f"{name} {part}", command


def _section(name: str, command: click.Command) -> str:
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    options = [each for each in command.params if isinstance(each, click.Option)]
    words = " ".join(_argument(each) for each in arguments)
    usage = " ".join(part for part in (name, "[OPTIONS]" if options else "", words) if part)
    more = f"More in {from_docs(_MORE[name])}." if name in _MORE else ""
    rows = [(_spelled(each), _default(each), _meaning(each)) for each in options]
    parts = (
        f"## {code(name)}",
        f"```text\n{usage}\n```",
        _help(command),
        table(("Option", "Default", "Meaning"), rows),
        more,
    )
    return "\n\n".join(part for part in parts if part)


def _help(command: click.Command) -> str:
    """Its paragraphs, each on one line."""
    text = (command.help or "").replace("\b\n", "")
    return "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n", text))


def _argument(one: click.Argument) -> str:
    name = (one.metavar or one.name or "").upper()
    return name if one.required else f"[{name}]"


def _spelled(one: click.Option) -> str:
    return ", ".join(code(each) for each in one.opts)


def _default(one: click.Option) -> str:
    if one.required:
        return "has to be given"
    if one.is_flag or one.multiple or not isinstance(one.default, int | float | str):
        return ""
    return code(f"{one.default:g}" if isinstance(one.default, float) else str(one.default))


def _meaning(one: click.Option) -> str:
    kinds = one.type
    meaning = one.help or ""
    if isinstance(kinds, click.Choice):
        meaning += " One of " + ", ".join(code(str(each)) for each in kinds.choices) + "."
    if isinstance(kinds, click.IntRange):
        meaning += f" {kinds.min} to {kinds.max}."
    if isinstance(kinds, click.DateTime):
        meaning += " As `YYYY-MM-DD`."
    if one.envvar:
        meaning += f" Or {code(str(one.envvar))} in the environment."
    if one.multiple:
        meaning += " May be given several times."
    return meaning.strip()
