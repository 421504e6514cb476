"""Usage plans' buckets in Redis: shared by every process, at a fraction of what a database transaction costs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from adapters.redis.server import RedisServer
from domain.gateway.model import BucketKey, BucketOwner, Level
from domain.gateway.usage_plans import CLOCKS_APART, EPSILON, SHORTEST_PENALTY, Bucket, UsagePlan

#: A rate that the channel named is remembered for so long at least; every answer names it anew.
_RATE_KEPT_SECONDS = 86_400
_UNKNOWN = "-"

# A seller's buckets are one hash: operation -> "level at rate". What is a full bucket again need not be kept: the hash
# goes when all of its buckets are full. The arithmetic is that of domain.gateway.usage_plans, to the last bit; it has to
# stand here because a script is the one way to read, decide and write in one step. 17 digits are what a double has.
_OPEN = f"""
local function number(text) return string.format('%.17g', text) end
local kept = redis.call('HGET', KEYS[1], ARGV[1])
local level, at, learned
if kept then
  local texts = {{string.match(kept, '^(%S+) (%S+) (%S+)$')}}
  level, at, learned = tonumber(texts[1]), tonumber(texts[2]), tonumber(texts[3])
end
local function keep(seconds)
  local words = {{'{_UNKNOWN}', '{_UNKNOWN}', '{_UNKNOWN}'}}
  if level then words[1], words[2] = number(level), number(at) end
  if learned then words[3] = number(learned); seconds = math.max(seconds, {_RATE_KEPT_SECONDS}) end
  redis.call('HSET', KEYS[1], ARGV[1], table.concat(words, ' '))
  local milliseconds = math.ceil((seconds + {CLOCKS_APART}) * 1000)
  if milliseconds > redis.call('PTTL', KEYS[1]) then
    redis.call('PEXPIRE', KEYS[1], string.format('%.0f', milliseconds))
  end
end
"""
_TAKE = f"""{_OPEN}
local rate, burst, now, reserve = learned or tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if not level then level, at = burst, now end
if at > now + {CLOCKS_APART} then
  level, at = math.min(burst, level), now
else
  level, at = math.min(burst, level + math.max(0, now - at) * rate), math.max(now, at)
end
local needed = 1 + math.min(reserve, burst - 1)
local wait = 0
if level + {EPSILON!r} * math.max(1, rate) >= needed then
  level = level - 1
else
  wait = math.ceil(((needed - level) / rate + math.max(0, at - now)) * 1000) / 1000
end
keep((burst - level) / rate + math.max(0, at - now))
return number(wait)
"""
_LEARN = f"""{_OPEN}
learned = tonumber(ARGV[2])
keep(0)
"""
_EMPTY = f"""{_OPEN}
local rate, burst = learned or tonumber(ARGV[2]), tonumber(ARGV[3])
level, at = 0, tonumber(ARGV[4])
if ARGV[5] ~= '{_UNKNOWN}' then level = 1 - math.max(tonumber(ARGV[5]), {SHORTEST_PENALTY!r}) * rate end
keep((burst - level) / rate)
return number(math.max(0, 1 - level) / rate)
"""


@dataclass(frozen=True)
class RedisBuckets:
    """One script a decision: no two of them see the same tokens. The time is ours; Redis' own clock only forgets.

    Its methods raise Unavailable when Redis does not answer.
    """

    server: RedisServer

    def take(self, key: BucketKey, plan: UsagePlan, now: datetime, reserve: float) -> float:
        """Take one token, or learn how many seconds to wait."""
        return float(self._run(_TAKE, key, plan.rate, plan.burst, now.timestamp(), reserve))

    def learn(self, key: BucketKey, rate: float) -> None:
        """Keep the rate that the channel named; the level stays."""
        self._run(_LEARN, key, rate)

    def empty(self, key: BucketKey, plan: UsagePlan, now: datetime, retry_after: float | None) -> float:
        """Empty the bucket; the seconds until the next token."""
        penalty = _UNKNOWN if retry_after is None else retry_after
        return float(self._run(_EMPTY, key, plan.rate, plan.burst, now.timestamp(), penalty))

    def levels(self, sellers: Collection[BucketOwner]) -> list[Level]:
        """The buckets of these sellers, as they were left: one round trip."""
        owners = list(dict.fromkeys(sellers))

        def read(client: Any) -> list[dict[str, str]]:
            with client.pipeline(transaction=False) as pipeline:
                for owner in owners:
                    pipeline.hgetall(_name(owner))
                found: list[dict[str, str]] = pipeline.execute()
                return found

        return [
            _level(owner, operation, kept)
            for owner, buckets in zip(owners, self.server.ask(read), strict=True)
            for operation, kept in buckets.items()
        ]

    def _run(self, script: str, key: BucketKey, *arguments: float | str) -> str:
        words = [_text(each) for each in arguments]

        def decide(client: Any) -> str:
            return str(client.register_script(script)([_name(key.owner)], [key.operation, *words]))

        return self.server.ask(decide)


def _name(owner: BucketOwner) -> str:
    parts = (owner.application, owner.region, owner.seller_id)
    return ":".join(("portside", "buckets", *(quote(part, safe="") for part in parts)))


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else repr(float(value))


def _level(owner: BucketOwner, operation: str, kept: str) -> Level:
    level, at, rate = (None if word == _UNKNOWN else float(word) for word in kept.split())
    key = BucketKey(owner.application, owner.region, owner.seller_id, operation)
    return Level(key, None if level is None or at is None else Bucket(level, at), rate)
