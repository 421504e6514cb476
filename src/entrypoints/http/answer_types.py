"""What answers are made of: plain types with a meaning, for the typed dictionaries that views answer with.

A view's answer is a ``TypedDict``: mypy proves that what the view builds is what is written here, and the API's document is
made from the same. A line of text below a field says what the field's name does not.
"""

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

#: A moment, RFC 3339 in UTC with ``Z``.
When = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
#: A day, ``YYYY-MM-DD``.
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
#: An id of ours.
Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
#: An address.
Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]
#: An amount of money at its currency's minor unit; the currency's code is beside it.
Amount = int | float
#: A share of something: 0.25 is a quarter.
Fraction = float
#: Whatever somebody else has said.
Anything = Any


@with_config(ConfigDict(use_attribute_docstrings=True))
class Answer(TypedDict):
    """The mother of all answers: the lines below its fields are part of the document."""


def answer_with(name: str, about: str, fields: Mapping[str, Any]) -> Any:
    """An answer whose fields are told by a table, of which type checkers know nothing."""
    made = with_config(ConfigDict(use_attribute_docstrings=True))(TypedDict(name, fields))  # type: ignore[operator]
    made.__doc__ = about
    return made


class Refusal(Answer):
    """An error, in the shape that all errors have."""

    success: bool
    """Always ``false``."""
    error: str
    """The code; each answer lists those that it can have."""
    message: str
    """What is wrong and what helps, for people."""
    details: dict[str, Anything]
    """What belongs to the code: ``fields``, ``missing``, ``role``, ``channel_request_id``."""
    request_id: str
    """This request's id, which the log knows too."""


class RowError(Answer):
    """Why one row of several failed."""

    code: str
    """The code that the whole answer would have had."""
    message: str
    retry_after: NotRequired[int]
    """Seconds until the same may be asked again."""
