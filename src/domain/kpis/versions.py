"""How one knows that a figure is still the same."""

from typing import Protocol

from domain.users.model import UserId


class FiguresVersions(Protocol):
    """A number for each user, that grows with whatever changes a figure: what was computed for it is true as long.

    It grows by one or by more, and is never one that was there before, not even when an older state of the database
    has been restored.
    """

    def changed(self, user_id: UserId) -> None:
        """Figures of this user are other than they were, once the transaction is committed.

        May be said at any time in the transaction, and more than once: it is counted at the commit, so others who
        change this user's figures wait for nothing but that.
        """

    def of(self, user_id: UserId) -> int:
        """The number as it was committed last; 0 where nothing has ever changed."""


class PresentVersions(Protocol):
    """The same number for who only wants to know it: one look, in no transaction of anybody's."""

    def of(self, user_id: UserId) -> int:
        """The present number; 0 where nothing has ever changed.

        Raises:
            Unavailable: the database is away.
        """
