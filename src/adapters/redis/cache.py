"""The response cache that processes share."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.redis.server import RedisServer
from domain.errors import Unavailable

_PREFIX = "portside:cache:"


@dataclass(frozen=True)
class RedisCache:
    """Texts by key, each with its end. While Redis is lost nothing is found and nothing kept: whoever asks, asks Amazon."""

    server: RedisServer

    def get(self, keys: Collection[str]) -> dict[str, str]:
        """What is still good, in one round trip; see ``domain.cache.Cache``."""
        asked = list(keys)
        if not asked:
            return {}

        def read(client: Any) -> list[str | None]:
            found: list[str | None] = client.mget([_PREFIX + key for key in asked])
            return found

        try:
            texts = self.server.ask(read)
        except Unavailable:  # the server has logged it
            return {}
        return {key: text for key, text in zip(asked, texts, strict=True) if text is not None}

    def put(self, values: Mapping[str, str], ttl: timedelta) -> None:
        """Keep these for so long, in one round trip; see ``domain.cache.Cache``."""
        milliseconds = int(ttl.total_seconds() * 1000)

        def write(client: Any) -> None:
            with client.pipeline(transaction=False) as pipeline:
                for key, text in values.items():
                    if milliseconds > 0:
                        pipeline.set(_PREFIX + key, text, px=milliseconds)
                    else:
                        pipeline.delete(_PREFIX + key)
                pipeline.execute()

        if values:
            with suppress(Unavailable):  # the server has logged it
                self.server.ask(write)
