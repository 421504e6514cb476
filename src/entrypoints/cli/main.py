"""``portside``: the commands. Exit code 0 for success, 2 for wrong usage, 1 for a failure, with one line on stderr."""

import sys
from importlib import import_module

import click

from domain.acting import in_background
from domain.errors import PortsideError
from entrypoints.cli.by_name import CommandsByName
from entrypoints.settings import SettingsError

_COMMANDS = {
    "serve": lambda: import_module("entrypoints.cli.serve").serve,
    "worker": lambda: import_module("entrypoints.cli.serve").worker,
    "migrate": lambda: import_module("entrypoints.cli.serve").migrate,
    "simulator": lambda: import_module("entrypoints.cli.serve").simulator,
    "users": lambda: import_module("entrypoints.cli.accounts").users,
    "connections": lambda: import_module("entrypoints.cli.accounts").connections,
    "sync": lambda: import_module("entrypoints.cli.sync").sync,
    "backfill": lambda: import_module("entrypoints.cli.backfill").backfill,
    "usage": lambda: import_module("entrypoints.cli.usage").usage,
    "kpis": lambda: import_module("entrypoints.cli.kpis").kpis,
    "keys": lambda: import_module("entrypoints.cli.keys").keys,
    "doctor": lambda: import_module("entrypoints.cli.doctor").doctor,
    "openapi": lambda: import_module("entrypoints.cli.openapi").openapi,
    "demo": lambda: import_module("entrypoints.cli.demo").demo,
}


@click.group(
    cls=CommandsByName,
    loaders=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="portside")
@click.pass_context
def portside(context: click.Context) -> None:
    """The backend that sellers' software stands on."""
    context.with_resource(in_background())


def main() -> None:
    """Run the command line; what goes wrong is said in words."""
    try:
        portside.main(standalone_mode=False)
    except click.exceptions.Abort:
        _fail("interrupted", 1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except SettingsError as error:
        _fail(f"the settings can't be used:\n{error}" if len(error.problems) > 1 else str(error), 1)
    except PortsideError as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:
        _fail("interrupted", 1)


def _fail(message: str, code: int) -> None:
    click.echo(f"portside: {message}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
