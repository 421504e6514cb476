"""``portside``: the commands. Exit code 0 for success, 2 for wrong usage, 1 for a failure, with one line on stderr."""

import sys

import click

from domain.acting import in_background
from domain.errors import PortsideError
from entrypoints.cli.accounts import connections, users
from entrypoints.cli.backfill import backfill
from entrypoints.cli.demo import demo
from entrypoints.cli.doctor import doctor
from entrypoints.cli.keys import keys
from entrypoints.cli.kpis import kpis
from entrypoints.cli.openapi import openapi
from entrypoints.cli.serve import migrate, serve, simulator, worker
from entrypoints.cli.sync import sync
from entrypoints.cli.usage import usage
from entrypoints.settings import SettingsError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="portside")
@click.pass_context
def portside(context: click.Context) -> None:
    """The backend that sellers' software stands on."""
    context.with_resource(in_background())


for _command in (
    serve,
    worker,
    migrate,
    users,
    connections,
    sync,
    backfill,
    usage,
    kpis,
    keys,
    doctor,
    openapi,
    simulator,
    demo,
):
    portside.add_command(_command)


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
