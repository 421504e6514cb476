"""Unguessable texts that anybody can guess."""

from itertools import count


class CountingTokens:
    """``token-1``, ``token-2``, …"""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self) -> str:
        return f"token-{next(self._numbers)}"
