"""Reading requests: bodies and queries become typed models at the edge, and every bad field is named."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from flask import request
from gunicorn.http.errors import ParseException
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from domain.errors import InvalidInput
from entrypoints.http.described import described_here
from entrypoints.http.errors import UnsupportedMediaType

_DEEPEST = 32
_BROKEN_OFF = "The body breaks off, or its chunks are not as HTTP has them: send it again."


class Body(BaseModel):
    """A JSON body: strict types, nothing unknown."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def without_defaults(schema: dict[str, Any]) -> None:
    """Of a body whose fields, left out, leave things as they are: the document names no defaults."""
    for each in schema["properties"].values():
        each.pop("default", None)


class Query(BaseModel):
    """A query string: texts become what the model says; unknown names are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


def _plain_day(value: object) -> object:
    """Days are written ``YYYY-MM-DD``; pydantic alone would also take seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("not a day; write YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_plain_day)]


def _read_day(value: object) -> object:
    """A text as a day; what is no text is for the model to judge."""
    value = _plain_day(value)
    return date.fromisoformat(value) if isinstance(value, str) else value


#: The same in a body, which takes nothing but what JSON says is of the right kind.
BodyDay = Annotated[date, BeforeValidator(_read_day)]

#: Nothing of interest was before; and in UTC, the first moments of all do not exist.
_FIRST_YEAR = 1970


def read_moment(value: object) -> object:
    """A text as a moment in UTC; what is no text is for the model to judge."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError("is not a moment such as 2026-03-04T12:00:00Z") from error
    if moment.tzinfo is None:
        raise ValueError("names no time zone; add Z for UTC")
    if moment.year < _FIRST_YEAR:
        raise ValueError(f"is before the year {_FIRST_YEAR}")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is after the end of time") from error


def read_id(value: object) -> object:
    """A text as an id; what is no text is for the model to judge."""
    if not isinstance(value, str):
        return value
    try:
        return UUID(value)
    except ValueError as error:
        raise ValueError("not an id") from error


def read_whole(value: object) -> object:
    """7.0 as 7, which is the same in JSON; what is no whole number is for the model to judge."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Moment = Annotated[datetime, BeforeValidator(read_moment)]
Id = Annotated[UUID, BeforeValidator(read_id)]

#: For patterns of the document: the characters that are printed, blanks aside; and a text of nothing but these and blanks.
PRINTED = r"\p{L}\p{M}\p{N}\p{P}\p{S}"
ALL_PRINTED = rf"^[{PRINTED} ]*$"

#: What Amazon calls something: PostgreSQL takes no NUL, and none of these has anything but visible ASCII.
Named = Annotated[str, Field(max_length=100, pattern=r"^[!-~]+$")]

Model = TypeVar("Model", bound=BaseModel)


def body(model: type[Model], *, optional: bool = False) -> Model:
    """The request's JSON body.

    Args:
        model: What it has to be.
        optional: An empty body stands for ``{}``.

    Raises:
        UnsupportedMediaType: it is not called JSON.
        InvalidInput: it is not JSON, or fields are wrong.
    """
    _insist_on_said(model)
    data = raw_body()
    if not data and optional:
        return _checked(model, {})
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send JSON, with Content-Type: application/json.")
    insist_shallow(data)
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise InvalidInput(fields(error)) from error


def raw_body() -> bytes:
    """The request's body, as a whole.

    Raises:
        BadRequest: it breaks off, or its chunks can't be told apart.
        RequestEntityTooLarge: it is larger than a request of ours may be.
    """
    try:
        data = request.get_data(cache=True)
    except ParseException as error:  # of chunks
        raise BadRequest(_BROKEN_OFF) from error
    if len(data) < (request.content_length or 0):
        raise BadRequest(_BROKEN_OFF)
    # Of a body without a length, werkzeug gives what fits into the limit, and says nothing of the rest.
    cut_off = request.max_content_length is not None and len(data) >= request.max_content_length
    if cut_off and request.content_length is None and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge
    return data


def query(model: type[Model]) -> Model:
    """The request's query string.

    Raises:
        InvalidInput: fields are wrong, or come more than once.
    """
    _insist_on_said(model)
    twice = {name: "given more than once" for name in request.args if len(request.args.getlist(name)) > 1}
    if twice:
        raise InvalidInput(twice)
    return _checked(model, request.args.to_dict())


def any_query(model: type[Model]) -> Model:
    """The same of a query string that is nobody's fault: of what comes more than once the first, and no refusal.

    The fields of ``model`` are texts that may be missing: anything fits.
    """
    _insist_on_said(model)
    return model.model_validate(request.args.to_dict())


def _insist_on_said(model: type[BaseModel]) -> None:
    """Requests are read by the models that the API's document is made from, and by no others."""
    said = described_here()
    if said is not None and model not in (said.query, said.body):
        raise TypeError(f"{request.endpoint} reads {model.__name__}, which its description does not name")


def _checked(model: type[Model], values: dict[str, Any]) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InvalidInput(fields(error)) from error


def fields(error: ValidationError, whole: str = "body") -> dict[str, str]:
    """Each bad field and what is wrong with it, never the value, which may be a password; ``whole``: none of them alone."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return {".".join(str(part) for part in one["loc"]) or whole: _words(one["msg"]) for one in problems}


def _words(message: str) -> str:
    """What our own checks say, without pydantic's introduction."""
    return message.removeprefix("Value error, ")


def insist_shallow(data: bytes) -> None:
    """That JSON does not nest too deep: looked at before anybody parses it, be it we or somebody whom we send it on to.

    Raises:
        InvalidInput: it nests too deep.
    """
    if _too_deep(data):
        raise InvalidInput({"body": f"nested deeper than {_DEEPEST} levels"})


#: A text, closed or cut off by the end: an open one must not make the expression try again from every quote in it.
_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)


def _too_deep(data: bytes) -> bool:
    """Whether brackets outside of texts nest too deep; a cheap look, before anything is parsed."""
    depth = 0
    for byte in re.sub(rb"[^\[\]{}]", b"", _TEXTS.sub(b"", data)):
        depth += 1 if byte in b"[{" else -1
        if depth > _DEEPEST:
            return True
    return False
