"""A hash that hides nothing and costs nothing."""

from collections.abc import Callable


class PlainPasswords:
    """Keeps the password in the clear behind the name of a scheme.

    A hash made under another ``scheme`` is outdated, as with weaker parameters. ``verified`` holds the hashes that
    were asked about, so that a test can see whether the slow work was done. ``meanwhile`` happens once, while the next
    one is compared.
    """

    def __init__(self, scheme: str = "plain") -> None:
        self._scheme = scheme
        self.verified: list[str] = []
        self.meanwhile: Callable[[], object] | None = None

    def hash(self, password: str) -> str:
        return f"{self._scheme}:{password}"

    def verify(self, password_hash: str, password: str) -> bool:
        self.verified.append(password_hash)
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()
        return password_hash.partition(":")[2] == password

    def outdated(self, password_hash: str) -> bool:
        return password_hash.partition(":")[0] != self._scheme
