"""What connecting and leaving have in common, whichever channel it is about."""

from urllib.parse import urlencode

from flask import redirect
from flask.typing import ResponseReturnValue
from pydantic import Field
from pydantic.config import JsonDict

from domain.marketplaces import MARKETPLACES
from entrypoints.http.context import settings
from entrypoints.http.reading import Query

#: What the document says of a text that names a marketplace of Amazon's.
MARKETPLACE: JsonDict = {"enum": list(MARKETPLACES)}
#: The same, where an empty text counts as none.
MARKETPLACE_OR_BLANK: JsonDict = {"enum": [*MARKETPLACES, ""]}
#: Of a part of an address.
CONNECTION = {"connection_id": "The connection's id."}
LEADS_BACK = "To the front end's settings view, whatever came of it"


class LeaveQuery(Query):
    """How thoroughly to leave."""

    permanent: bool = Field(
        default=False,
        description="Whether to erase the connection with all its data, and not its tokens alone.",
    )


def back(**outcome: str) -> ResponseReturnValue:
    """To the front end, on an address without the code in it."""
    return sent_on(f"{settings().frontend_url}/settings?{urlencode(outcome)}")


def sent_on(address: str) -> ResponseReturnValue:
    """A redirect that nobody keeps, and whose target does not hear where the browser was."""
    response = redirect(address)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
