"""For whom work is done: said by whoever begins it, and heeded by the database, which hides everybody else's rows.

Nothing said means nobody: a request whose user is not known yet may look up who somebody is, and no more.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from domain.users.model import UserId


@dataclass(frozen=True)
class Acting:
    """``user_id``: a person's own work, on that person's rows. ``background``: the installation's, on everybody's."""

    user_id: UserId | None = None
    background: bool = False


_NOBODY = Acting()
_present: ContextVar[Acting] = ContextVar("acting", default=_NOBODY)


def present() -> Acting:
    """For whom this thread works. A new thread works for nobody until it says otherwise."""
    return _present.get()


def nobody() -> AbstractContextManager[None]:
    """Inside the block, work is done for nobody yet: somebody is about to say who they are."""
    return _acting(_NOBODY)


def acting_for(user_id: UserId) -> AbstractContextManager[None]:
    """Inside the block, work is done for this user: nobody else's rows are there, whatever is asked for."""
    return _acting(Acting(user_id=user_id))


def in_background() -> AbstractContextManager[None]:
    """Inside the block, work is the installation's own: the scheduler's, a command's, a health check's."""
    return _acting(Acting(background=True))


@contextmanager
def _acting(acting: Acting) -> Iterator[None]:
    token = _present.set(acting)
    try:
        yield
    finally:
        _present.reset(token)
