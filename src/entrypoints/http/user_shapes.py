"""Users and their API keys as JSON."""

from domain.users.model import ApiKey, User
from entrypoints.http.answer_types import Answer, Uuid, When
from entrypoints.http.shapes import moment


class UserAnswer(Answer):
    """A user, as the user may see it."""

    id: Uuid
    email: str | None
    """``null`` where an identity provider has told none that is this user's alone."""
    first_name: str | None
    last_name: str | None
    created_at: When
    last_login_at: When | None


class ApiKeyAnswer(Answer):
    """An API key, without its text."""

    id: Uuid
    name: str
    created_at: When
    last_used_at: When | None
    """Right to about a minute; ``null``: never."""


class NewApiKeyAnswer(Answer):
    """An API key that was made just now, with its text."""

    id: Uuid
    name: str
    created_at: When
    key: str
    """What to send as ``Authorization: Bearer``. It is shown this once; only its SHA-256 is kept."""


def user_json(user: User) -> UserAnswer:
    """A user, as the user may see it."""
    return {
        "id": str(user.id),
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "created_at": moment(user.created_at),
        "last_login_at": moment(user.last_login_at),
    }


def api_key_json(key: ApiKey) -> ApiKeyAnswer:
    """An API key, without its text."""
    return {
        "id": str(key.id),
        "name": key.name,
        "created_at": moment(key.created_at),
        "last_used_at": moment(key.last_used_at),
    }


def new_api_key_json(key: ApiKey, text: str) -> NewApiKeyAnswer:
    """A new API key, with its text."""
    return {"id": str(key.id), "name": key.name, "created_at": moment(key.created_at), "key": text}
