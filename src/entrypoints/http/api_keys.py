"""API keys: made and taken back by people, in their browsers."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from domain.errors import NotAllowed
from entrypoints.http import auth, paging
from entrypoints.http.context import services, user, visitor
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import Body, body, query
from entrypoints.http.shapes import api_key_json, used_key_json

bp = Blueprint("api_keys", __name__, url_prefix="/api/v1/auth/api-keys")


class KeyBody(Body):
    """A new key."""

    name: str


@bp.post("")
def create() -> ResponseReturnValue:
    """A new key, which is shown this once."""
    _insist_on_a_person()
    key, text = services().api_keys.create(user(), visitor(), body(KeyBody).name)
    return {**api_key_json(key), "key": text}, 201


@bp.get("")
def listed() -> ResponseReturnValue:
    """The user's keys, the newest first, without their texts."""
    asked = query(PageQuery)
    found = services().api_keys.of(user().id, before=paging.decode_mark(asked.cursor), limit=asked.limit + 1)
    return paging.newest_first(found, asked.limit, lambda key: (key.created_at, key.id), used_key_json)


@bp.delete("/<uuid:key_id>")
def delete(key_id: UUID) -> ResponseReturnValue:
    """The key opens nothing any more."""
    _insist_on_a_person()
    services().api_keys.delete(user(), visitor(), key_id)
    return "", 204


def _insist_on_a_person() -> None:
    """A key that got out must not be able to make itself a successor, or to lock its owner's programs out."""
    if auth.by_key():
        raise NotAllowed("An API key can't make or delete API keys: log in.")
