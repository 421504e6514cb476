"""Usage plans' buckets in the database: shared by every process that uses it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, bindparam, select, tuple_, update

from adapters.sql.dialect import insert_into, insert_unless_there
from adapters.sql.engine import reading, writing
from adapters.sql.tables import usage_buckets
from domain.gateway.model import BucketKey, BucketOwner, Level
from domain.gateway.usage_plans import Bucket, UsagePlan, emptied, take

_NAMES = ("application", "region", "seller_id", "operation")
# Made once: to make them takes longer than to execute them.
_IS = and_(*[usage_buckets.c[name] == bindparam(f"its_{name}") for name in _NAMES])
_FIND = select(usage_buckets.c.level, usage_buckets.c.at, usage_buckets.c.rate).where(_IS).with_for_update()
_KEEP = update(usage_buckets).where(_IS).values(level=bindparam("new_level"), at=bindparam("new_at"))


@dataclass(frozen=True)
class SqlBuckets:
    """One row a bucket. The row is locked while the domain computes, so that no two decisions see the same tokens."""

    engine: Engine

    def take(self, key: BucketKey, plan: UsagePlan, now: datetime, reserve: float) -> float:
        """Take one token, or learn how many seconds to wait."""
        at = now.timestamp()
        with writing(self.engine) as connection:
            bucket, current = _locked(connection, key, plan)
            decision = take(bucket or Bucket.full(current, at), current, at, reserve)
            _keep(connection, key, decision.bucket)
        return decision.wait

    def learn(self, key: BucketKey, rate: float) -> None:
        """Keep the rate that the channel named; the level stays."""
        with writing(self.engine) as connection:
            row = insert_into(connection, usage_buckets).values(**_names(key), rate=rate)
            keys = list(usage_buckets.primary_key)
            connection.execute(row.on_conflict_do_update(index_elements=keys, set_={"rate": rate}))

    def empty(self, key: BucketKey, plan: UsagePlan, now: datetime, retry_after: float | None) -> float:
        """Empty the bucket; the seconds until the next token."""
        with writing(self.engine) as connection:
            _, current = _locked(connection, key, plan)
            bucket = emptied(current, now.timestamp(), retry_after)
            _keep(connection, key, bucket)
        return max(0.0, 1.0 - bucket.level) / current.rate

    def levels(self, sellers: Collection[BucketOwner]) -> list[Level]:
        """The buckets of these sellers, as they were left."""
        whose = tuple_(usage_buckets.c.application, usage_buckets.c.region, usage_buckets.c.seller_id)
        wanted = [(each.application, each.region, each.seller_id) for each in sellers]
        with reading(self.engine) as connection:
            return [_level(row) for row in connection.execute(select(usage_buckets).where(whose.in_(wanted)))]


def _level(row: Row[Any]) -> Level:
    key = BucketKey(row.application, row.region, row.seller_id, row.operation)
    return Level(key, None if row.level is None else Bucket(row.level, row.at), row.rate)


def _locked(connection: Connection, key: BucketKey, plan: UsagePlan) -> tuple[Bucket | None, UsagePlan]:
    """The bucket (``None``: nobody has called yet) and the plan at the rate learned for it, if one was."""
    row = connection.execute(_FIND, _its(key)).one_or_none()
    if row is None:
        insert_unless_there(connection, usage_buckets, _names(key))
        row = connection.execute(_FIND, _its(key)).one()
    bucket = None if row.level is None else Bucket(row.level, row.at)
    return bucket, plan if row.rate is None else replace(plan, rate=row.rate)


def _keep(connection: Connection, key: BucketKey, bucket: Bucket) -> None:
    connection.execute(_KEEP, {**_its(key), "new_level": bucket.level, "new_at": bucket.at})


def _names(key: BucketKey) -> dict[str, str]:
    return {name: getattr(key, name) for name in _NAMES}


def _its(key: BucketKey) -> dict[str, str]:
    return {f"its_{name}": getattr(key, name) for name in _NAMES}
