"""``portside keys``."""

import click

from entrypoints.instance import new_secret_key, new_token_key


@click.group()
def keys() -> None:
    """Keys for the settings."""


@keys.command("generate")
def generate() -> None:
    """Print a fresh SECRET_KEY and TOKEN_ENCRYPTION_KEYS, ready for an environment file."""
    click.echo(f"SECRET_KEY={new_secret_key()}")
    click.echo(f"TOKEN_ENCRYPTION_KEYS={new_token_key()}")
