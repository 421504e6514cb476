"""A cipher that seals with a label instead of a key."""

from domain.errors import KeyUnavailable


class LabelCipher:
    """Writes place and secret side by side; it opens only where it was sealed, and only with a label that it has.

    The first label seals.
    """

    def __init__(self, label: str = "k1", *others: str) -> None:
        self._label = label
        self._labels = (label, *others)

    def seal(self, plain: str, place: str) -> str:
        return f"v1.{self._label}.{place}.{plain[::-1]}"

    def open(self, sealed: str, place: str) -> str:
        for label in self._labels:
            head = f"v1.{label}.{place}."
            if sealed.startswith(head):
                return sealed.removeprefix(head)[::-1]
        raise KeyUnavailable("This secret was sealed elsewhere, or with another key.")
