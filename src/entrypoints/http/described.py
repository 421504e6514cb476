"""What a route takes, gives and refuses, said beside it: requests are read by it, and the API's document is made from it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, TypeVar

from flask import current_app, request
from pydantic import BaseModel

from entrypoints.http.answer_heads import FIGURE_HEADERS
from entrypoints.http.answer_types import Refusal
from entrypoints.http.errors import STATUS_OF

View = TypeVar("View", bound=Callable[..., object])

JSON, CSV, HTML, TEXT = "application/json", "text/csv", "text/html", "text/plain"
TABLE, XML = "text/tab-separated-values", "text/xml"
#: Whatever content type there may be.
ANY = "*/*"
CSS, SCRIPT, SVG = "text/css", "text/javascript", "image/svg+xml"
EVENTS = "text/event-stream"
_MARK = "__portside_description__"


class Access(Enum):
    """Who may call a route. ``auth`` lets in and refuses by it."""

    USER = "a user: by session, API key or OIDC token"
    PERSON = "a user, but no program that shows an API key"
    ANYBODY = "anybody: nobody looks who it is"
    BROWSER = "anybody: a session is looked at, a key or token is not"
    EITHER = "a user; anybody else is sent elsewhere"
    SIGNED = "whoever can sign what they send"


class Shape(Enum):
    """What the model is wrapped in."""

    BARE = "the model itself"
    ENVELOPED = "{success, data}"
    LISTED = "{items, next_cursor}"


@dataclass(frozen=True)
class Gives:
    """One answer that is not an error.

    ``model`` is a ``TypedDict`` or a pydantic model, ``None`` where there is no JSON; ``other`` is what it may be instead.
    ``media`` lists the content types. ``status`` is ``default`` where the answer is somebody else's, who may choose any.
    """

    why: str
    status: int | Literal["default"] = 200
    model: type | None = None
    shape: Shape = Shape.BARE
    media: tuple[str, ...] = (JSON,)
    headers: Mapping[str, str] = field(default_factory=dict)
    other: type | None = None

    @property
    def models(self) -> tuple[type, ...]:
        """All that it may be."""
        return tuple(one for one in (self.model, self.other) if one is not None)


@dataclass(frozen=True)
class Description:
    """All that is said of a route."""

    tag: str
    gives: tuple[Gives, ...]
    access: Access = Access.USER
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    body_optional: bool = False
    #: A body as somebody might send it, for readers and for those who try the route out.
    example: Mapping[str, object] | None = None
    #: The content type of a body that is passed on as it is.
    raw_body: str | None = None
    errors: tuple[str, ...] = ()
    path: Mapping[str, str] = field(default_factory=dict)
    headers: type[BaseModel] | None = None
    #: Whatever the query says, it is none of the errors.
    forgiving: bool = False

    def refusals(self, method: str, has_path: bool) -> dict[int, tuple[str, ...]]:
        """The codes of its errors by status: those that it names, and those that follow from what it is."""
        codes = {"internal_error", "unavailable", *self.errors}
        if self.access in (Access.USER, Access.PERSON):
            codes |= {"unauthenticated"}
        if self.access is Access.PERSON:
            codes |= {"forbidden"}
        if method not in ("GET", "HEAD") and self.access is not Access.SIGNED:
            codes |= {"cross_site_request"}
        if self.query is not None and not self.forgiving:
            codes |= {"invalid_request"}
        if self.takes_body(method):
            codes |= {"invalid_request", "payload_too_large"}
        if self.body is not None and self.takes_body(method):
            codes |= {"unsupported_media_type"}
        if has_path:
            codes |= {"not_found"}
        return {
            status: tuple(sorted(code for code in codes if STATUS_OF[code] == status))
            for status in sorted({STATUS_OF[code] for code in codes})
        }

    def takes_body(self, method: str) -> bool:
        """Whether a request with this method has a body that is heeded."""
        return method not in ("GET", "HEAD", "DELETE") and (
            self.body is not None or self.raw_body is not None
        )


def described(
    tag: str,
    *gives: Gives,
    access: Access = Access.USER,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    body_optional: bool = False,
    example: Mapping[str, object] | None = None,
    raw_body: str | None = None,
    errors: Iterable[str] = (),
    path: Mapping[str, str] | None = None,
    headers: type[BaseModel] | None = None,
    forgiving: bool = False,
) -> Callable[[View], View]:
    """Say of a view what it takes, gives and refuses. Its docstring says what it is for.

    Args:
        tag: The subject under which the document lists it.
        gives: Its answers that are no errors.
        access: Who may call it.
        query: The model by which its query string is read.
        body: The model by which its JSON body is read.
        body_optional: An empty body stands for ``{}``.
        example: A body as somebody might send it.
        raw_body: The content type of a body that is no JSON of ours.
        errors: Codes of errors beyond those that follow from the rest (see ``Description.refusals``).
        path: What each part of the address that may vary means.
        headers: A model of the headers that it heeds, beyond those that all views heed.
        forgiving: It answers the same kind of thing whatever the query says (see ``reading.any_query``).
    """
    named = tuple(errors)
    unknown = [code for code in named if code not in STATUS_OF]
    if unknown or not gives:
        raise TypeError(f"no such codes: {unknown}" if unknown else "a view gives something")
    description = Description(
        tag,
        gives,
        access,
        query,
        body,
        body_optional,
        example,
        raw_body,
        named,
        dict(path or {}),
        headers,
        forgiving,
    )

    def mark(view: View) -> View:
        setattr(view, _MARK, description)
        return view

    return mark


def description_of(view: Callable[..., object]) -> Description | None:
    """What is said of a view."""
    found: Description | None = getattr(view, _MARK, None)
    return found


def described_here() -> Description | None:
    """What is said of the view that answers this request; ``None`` where there is none."""
    view = current_app.view_functions.get(request.endpoint or "")
    return None if view is None else description_of(view)


def gives(model: type, why: str, status: int = 200, other: type | None = None) -> Gives:
    """The resource itself, or what is answered instead of it."""
    return Gives(why, status, model, other=other)


def enveloped(model: type, why: str, status: int = 200) -> Gives:
    """``{"success": true, "data": …}``."""
    return Gives(why, status, model, Shape.ENVELOPED)


def listed(model: type, why: str) -> Gives:
    """``{"items": […], "next_cursor": …}``."""
    return Gives(why, 200, model, Shape.LISTED)


def nothing(why: str, status: int = 204) -> Gives:
    """No content."""
    return Gives(why, status, media=())


def redirects(why: str) -> Gives:
    """302 to elsewhere."""
    return Gives(why, 302, media=(HTML,), headers={"Location": "Where the browser goes on."})


def written(why: str, *media: str) -> Gives:
    """Something that is not JSON of ours, in these content types."""
    return Gives(why, media=media)


def a_file(why: str, *media: str) -> tuple[Gives, ...]:
    """A file, which is not sent again to who has it already, and in parts to who asks for a part."""
    headers = {"ETag": "Changes when the file does."}
    outside = Gives("The `Range` that was asked for is outside of it.", 416, Refusal)
    return (
        Gives(why, media=media, headers=headers),
        Gives("The part of it that `Range` asked for.", 206, media=media, headers=headers),
        Gives("It has not changed.", 304, media=(), headers=headers),
        outside,
    )


def as_file(why: str, *media: str) -> tuple[Gives, Gives]:
    """Something to be taken away in one of these content types, which is not sent again to who has it already."""
    headers = {"ETag": "Changes with the form only.", "Content-Disposition": "Names the file."}
    return Gives(why, media=media, headers=headers), Gives("Who asks has it already.", 304, media=())


def passed_on(why: str, **headers: str) -> Gives:
    """Somebody else's answer, JSON for the most part, whatever its status and content type; of its headers, these."""
    return Gives(why, "default", media=(JSON, ANY), headers=headers)


def dashboard(model: type, why: str, *, csv: bool = True, bare: bool = False) -> tuple[Gives, Gives]:
    """An answer with an ``ETag``, which is not sent again to who has it already."""
    headers = {"ETag": "Changes when the answer does."}
    media = (JSON, CSV) if csv else (JSON,)
    shape = Shape.BARE if bare else Shape.ENVELOPED
    return (
        Gives(why, 200, model, shape, media, headers | FIGURE_HEADERS),
        Gives("What was asked for has not changed.", 304, media=(), headers=headers),
    )


def of_channel(channel: str) -> tuple[str, ...]:
    """The codes of errors of a view that calls this channel (``amazon``, ``ads`` …) for the user."""
    own = ("not_connected", "reauthorization_required", "access_denied", "error", "timeout")
    return (*(f"{channel}_{code}" for code in own), "rate_limited", "configuration_error")
