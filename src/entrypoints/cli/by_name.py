"""A group of commands of which only the one that is called is loaded."""

from collections.abc import Callable, Mapping
from typing import Any

import click


class CommandsByName(click.Group):
    """Loads a command's module when it is called or described: most need neither the web application nor the simulator.

    Args:
        loaders: What loads each command, by its name.
    """

    def __init__(
        self, *args: Any, loaders: Mapping[str, Callable[[], click.Command]], **settings: Any
    ) -> None:
        super().__init__(*args, **settings)
        self._loaders = loaders

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click asks like this
        """All names, in the order in which they were given."""
        return list(self._loaders)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """The command of this name."""
        load = self._loaders.get(cmd_name)
        return None if load is None else load()
