"""``portside openapi``."""

import json

import click

from entrypoints.http.app import create_app
from entrypoints.http.openapi import document
from entrypoints.opening import open_portside


@click.command()
def openapi() -> None:
    """Print the API's document (OpenAPI 3.1) as JSON, as /openapi.json serves it."""
    portside = open_portside(migrating=False)
    app = create_app(portside.services, portside.settings, portside.instance.secret_key.get_secret_value())
    click.echo(json.dumps(document(app), indent=2))
