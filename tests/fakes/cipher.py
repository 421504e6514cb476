"""A cipher that seals with a label instead of a key."""

from domain.errors import KeyUnavailable


class LabelCipher:
    """Writes place and secret side by side; it opens only where it was sealed, and only with the same label."""

    def __init__(self, label: str = "k1") -> None:
        self._label = label

    def seal(self, plain: str, place: str) -> str:
        return f"v1.{self._label}.{place}.{plain[::-1]}"

    def open(self, sealed: str, place: str) -> str:
        head = f"v1.{self._label}.{place}."
        if not sealed.startswith(head):
            raise KeyUnavailable("This secret was sealed elsewhere, or with another key.")
        return sealed.removeprefix(head)[::-1]
