"""Answers that are kept for a while, so that the same question need not be asked again."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Protocol


class Cache(Protocol):
    """Texts by key, each for a limited time. It may forget anything at any time: then it is asked for again.

    Whoever keeps something says in the key whose it is; the cache itself knows nothing about users.
    """

    def get(self, keys: Collection[str]) -> dict[str, str]:
        """What is kept under these keys and still good; keys with nothing are left out."""

    def put(self, values: Mapping[str, str], ttl: timedelta) -> None:
        """Keep these for so long, in place of what was there. Nothing is kept for zero seconds."""
