"""API keys: made and taken back by people, in their browsers."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from entrypoints.http import paging
from entrypoints.http.context import services, user, visitor
from entrypoints.http.described import Access, described, gives, nothing
from entrypoints.http.described import listed as given_as_list
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import PRINTED, Body, body, query
from entrypoints.http.user_shapes import ApiKeyAnswer, NewApiKeyAnswer, api_key_json, new_api_key_json

bp = Blueprint("api_keys", __name__, url_prefix="/api/v1/auth/api-keys")

#: For people alone: a key that got out must not be able to make itself a successor, or to lock its owner's programs out.
_PEOPLE = Access.PERSON
_TAG = "API keys"
#: As the document has it: what is printed, with blanks in between, and those around it don't count.
_NAME_SHOWN = rf"^\s*[{PRINTED}]([{PRINTED} ]{{0,98}}[{PRINTED}])?\s*$"


class KeyBody(Body):
    """A new key."""

    name: str = Field(
        description="What the key is for: up to 100 characters that can be printed.",
        json_schema_extra={"pattern": _NAME_SHOWN},
    )


@bp.post("")
@described(
    _TAG,
    gives(NewApiKeyAnswer, "The key, with its text, which is shown this once.", 201),
    access=_PEOPLE,
    body=KeyBody,
    example={"name": "price tool"},
    errors=("conflict",),
)
def create() -> ResponseReturnValue:
    """A new key, which is shown this once. A user has 50 of them at most."""
    key, text = services().api_keys.create(user(), visitor(), body(KeyBody).name)
    return new_api_key_json(key, text), 201


@bp.get("")
@described(_TAG, given_as_list(ApiKeyAnswer, "The keys."), query=PageQuery)
def listed() -> ResponseReturnValue:
    """The user's keys, the newest first, without their texts."""
    asked = query(PageQuery)
    found = services().api_keys.of(user().id, before=paging.decode_mark(asked.cursor), limit=asked.limit + 1)
    return paging.newest_first(found, asked.limit, lambda key: (key.created_at, key.id), api_key_json)


@bp.delete("/<uuid:key_id>")
@described(_TAG, nothing("It is deleted."), access=_PEOPLE, path={"key_id": "The key's id."})
def delete(key_id: UUID) -> ResponseReturnValue:
    """The key opens nothing any more."""
    services().api_keys.delete(user(), visitor(), key_id)
    return "", 204
