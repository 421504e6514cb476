"""Following one piece of work through the places that it comes by: requests, runs, calls, statements."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

#: What may be told of a piece of work: names, numbers, and ids of runs, requests and connections. Never what somebody
#: typed, what a buyer is called by, an address with its query, or anything that opens a door.
Facts = Mapping[str, str | int | float]
Kind = Literal["server", "client", "internal"]


class Span(Protocol):
    """A piece of work that is under way."""

    @property
    def trace_id(self) -> str | None:
        """What everything that belongs together is found by; ``None`` where nobody follows."""

    def tell(self, facts: Facts) -> None:
        """Add to what is known of it."""

    def failed(self, kind: str) -> None:
        """It went wrong; ``kind`` is an error's name or a status, not its text."""


class Tracing(Protocol):
    """Tells somebody else how long each piece of work took, and what it was part of."""

    def span(
        self, name: str, facts: Facts, kind: Kind = "internal", parent: str | None = None
    ) -> AbstractContextManager[Span]:
        """A piece of work, as long as the block lasts; part of what is under way in this thread.

        Args:
            name: What is done, out of our own short lists.
            facts: What is known of it already.
            kind: Whether it answers somebody, asks somebody, or neither.
            parent: What it is part of, as somebody else has said it in a ``traceparent`` header.
        """

    def part(self, name: str, facts: Facts, kind: Kind = "internal") -> AbstractContextManager[Span]:
        """The same where something is under way here; what stands alone is not worth following."""


class Unfollowed:
    """A span, and a tracing, that nobody looks at."""

    @property
    def trace_id(self) -> str | None:
        """There is none."""
        return None

    def tell(self, facts: Facts) -> None:
        """Not kept."""

    def failed(self, kind: str) -> None:
        """Not kept."""

    def span(self, *_what: object, **_more: object) -> AbstractContextManager[Span]:
        """Nothing is followed."""
        return nullcontext(self)

    def part(self, *_what: object, **_more: object) -> AbstractContextManager[Span]:
        """Nothing is followed."""
        return nullcontext(self)
