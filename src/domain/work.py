"""One transaction: what is done inside is kept by ``commit``, and forgotten otherwise."""

from types import TracebackType
from typing import Protocol, Self


class Work(Protocol):
    """A unit of work, used as a context manager.

    Leaving the block without ``commit`` rolls everything back, whether or not an error is under way.
    It is never open across a call over the network: fetch first, then write.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def commit(self) -> None:
        """Keep what was done since the block was entered.

        Raises:
            Unavailable: the database could not keep it; nothing of it was kept.
        """
