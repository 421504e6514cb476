"""How one knows that a figure is still the same."""

from typing import Protocol

from domain.users.model import UserId


class FiguresVersions(Protocol):
    """A number for each user, that grows with whatever changes a figure: what was computed for it is true as long."""

    def changed(self, user_id: UserId) -> None:
        """Figures of this user are other than they were, once the transaction is committed.

        Best said last: others who change this user's figures wait for the commit.
        """

    def of(self, user_id: UserId) -> int:
        """The present number; 0 where nothing has ever changed."""
