"""All pages of the reference by their names."""

from pathlib import Path

from entrypoints.cli.main import portside
from entrypoints.http.app import create_app
from handbook.api import api_page
from handbook.commands import commands_page
from handbook.errors import errors_page
from handbook.ports import ports_page
from handbook.settings import settings_page
from tests.fakes.world import World

FOLDER = Path(__file__).parent.parent / "docs" / "reference"


def pages() -> dict[str, str]:
    """The text of each page, as the code has it now."""
    world = World()
    app = create_app(world.services, world.settings, "a secret key of no installation")
    return {
        "settings.md": settings_page(),
        "commands.md": commands_page(portside),
        "api.md": api_page(app),
        "errors.md": errors_page(),
        "ports.md": ports_page(),
    }
