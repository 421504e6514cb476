"""How the days of advertising are added up and ranked: the statements.

Each goes from the accounts to the days: the days' primary key begins with the account and ends in the day, so what is
read lies together, and whose window of attribution counts is known on the way.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Join,
    Select,
    Table,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from adapters.sql import tables
from adapters.sql.erasing import visible
from adapters.sql.spans import number_of, within, within_any
from domain.ads.accounts import AccountType, Owner
from domain.ads.reports import AdProduct
from domain.connections.model import Provider

_ACCOUNT = tables.ads_accounts.c
_COUNTED = ("impressions", "clicks", "spend_minor")
#: In another window for sellers' sponsored products; ``_7d`` says it.
_ATTRIBUTED = ("purchases", "sales_minor", "units")
_SHORT = {"purchases": "purchases_7d", "sales_minor": "sales_7d_minor", "units": "units_7d"}
SUMS = (*_COUNTED, *_ATTRIBUTED)
CAMPAIGN = ("profile_id", "ad_product", "campaign_id")
PRODUCT = ("asin", "sku")


# To put a statement together takes longer than to execute it: so each is built once, with parameters for the rest.


def _ads(table: Table) -> Join:
    """The days of each account; ids of profiles and of advertisers are good within their kind only."""
    row = table.c
    dsp = _ACCOUNT.type == AccountType.DSP_ADVERTISER.value
    kinds = or_(
        and_(dsp, row.ad_product == AdProduct.DSP.value),
        and_(~dsp, row.ad_product != AdProduct.DSP.value),
    )
    # The list of ad products lets the primary key lead on to the days.
    return tables.ads_accounts.join(
        table,
        and_(
            row.connection_id == _ACCOUNT.connection_id,
            row.profile_id == _ACCOUNT.amazon_id,
            row.ad_product.in_([literal(each.value) for each in AdProduct]),
            kinds,
        ),
    )


def _mine(of_profile: bool) -> list[ColumnElement[bool]]:
    kinds = [literal(each.value) for each in (AccountType.PROFILE, AccountType.DSP_ADVERTISER)]
    mine = [
        _ACCOUNT.user_id == bindparam("of_user"),
        _ACCOUNT.type.in_(kinds),
        visible(_ACCOUNT.connection_id, bindparam("of_user")),
    ]
    return [*mine, _ACCOUNT.amazon_id == bindparam("of_profile")] if of_profile else mine


def _added(table: Table) -> list[ColumnElement[Any]]:
    """The sums, what was sold within the window that counts for the row."""
    row = table.c
    short = and_(_ACCOUNT.owner == Owner.SELLER.value, row.ad_product == AdProduct.SPONSORED_PRODUCTS.value)
    counted = {name: row[name] for name in _COUNTED}
    attributed = {
        name: case((short, func.coalesce(row[_SHORT[name]], row[name])), else_=row[name])
        for name in _ATTRIBUTED
    }
    return [func.sum(each).label(name) for name, each in (counted | attributed).items()]


def _of_scope(table: Table, of_profile: bool) -> list[ColumnElement[bool]]:
    return [*_mine(of_profile), within(table.c.day), table.c.currency == bindparam("in_currency")]


@cache
def by_profile(spans: int, of_profile: bool) -> Select[Any]:
    """The sums of each of so many periods."""
    row = tables.ads_daily.c
    number = number_of(row.day, spans)
    names = (row.profile_id, row.ad_product, row.currency)
    return (
        select(number, *names, *_added(tables.ads_daily))
        .select_from(_ads(tables.ads_daily))
        .where(*_mine(of_profile), *within_any(row.day, spans))
        .group_by(number, *names)
    )


@cache
def daily(of_profile: bool) -> Select[Any]:
    """The sums of each day."""
    row = tables.ads_daily.c
    return (
        select(row.day, *_added(tables.ads_daily))
        .select_from(_ads(tables.ads_daily))
        .where(*_of_scope(tables.ads_daily, of_profile))
        .group_by(row.day)
        .order_by(row.day)
    )


@lru_cache
def campaigns(of_profile: bool, onward: bool, dialect: str) -> Select[Any]:
    """The sums of each campaign, with what it was called on its latest day."""
    row, named = tables.ads_daily.c, tables.ads_daily.alias("named")
    latest = func.coalesce(
        func.max(case((row.campaign_name.is_not(None), row.day))), func.max(row.day)
    ).label("latest")
    key = (row.connection_id, *(row[name] for name in CAMPAIGN))
    page = _ranked(
        select(*key, latest, *_added(tables.ads_daily))
        .select_from(_ads(tables.ads_daily))
        .where(*_of_scope(tables.ads_daily, of_profile))
        .group_by(*key),
        CAMPAIGN,
        onward,
        dialect,
    ).subquery()
    same = and_(*(named.c[each.name] == page.c[each.name] for each in key), named.c.day == page.c.latest)
    return _in_order(
        select(page, named.c.campaign_name, named.c.campaign_status).select_from(page.join(named, same)),
        page.c,
        CAMPAIGN,
        dialect,
    )


@lru_cache
def products(of_profile: bool, onward: bool, dialect: str) -> Select[Any]:
    """The sums of each product."""
    row = tables.ads_product_daily.c
    key = [row[name] for name in PRODUCT]
    return _ranked(
        select(*key, *_added(tables.ads_product_daily))
        .select_from(_ads(tables.ads_product_daily))
        .where(*_of_scope(tables.ads_product_daily, of_profile))
        .group_by(*key),
        PRODUCT,
        onward,
        dialect,
    )


def _ranked(sums: Select[Any], names: Sequence[str], onward: bool, dialect: str) -> Select[Any]:
    """The first rows of a list, or those behind a mark."""
    found = sums.subquery()
    question = select(found)
    if onward:
        question = question.where(_comes_after(found.c, names, dialect))
    return _in_order(question, found.c, names, dialect).limit(bindparam("most"))


def _in_order(question: Select[Any], columns: Any, names: Sequence[str], dialect: str) -> Select[Any]:
    return question.order_by(
        columns.spend_minor.desc(), *(_plainly(columns[name], dialect) for name in names)
    )


def _comes_after(columns: Any, names: Sequence[str], dialect: str) -> ColumnElement[bool]:
    """Less was spent; or as much, and the names come later."""
    spent = cast(bindparam("spent"), BigInteger)
    later: list[ColumnElement[bool]] = [columns.spend_minor < spent]
    alike = [columns.spend_minor == spent]
    for name in names:
        given: ColumnElement[Any] = bindparam(f"after_{name}")
        later.append(and_(*alike, _plainly(columns[name], dialect) > given))
        alike.append(columns[name] == given)
    return or_(*later)


def _plainly(text: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """Compared by code points, as Python does."""
    return text.collate("C" if dialect == "postgresql" else "BINARY")


@cache
def sales_of_sellers(spans: int) -> Select[Any]:
    """What each seller sold on Amazon in each of so many periods."""
    sale, seller = tables.daily_sales.c, tables.connections.c
    number = number_of(sale.day, spans)
    names = (seller.seller_id, sale.marketplace_id, sale.currency)
    return (
        select(number, *names, func.sum(sale.revenue_minor).label("revenue_minor"))
        .select_from(tables.daily_sales.join(tables.connections, seller.id == sale.connection_id))
        .where(
            sale.user_id == bindparam("of_user"),
            sale.channel == Provider.AMAZON_SP.channel,
            *within_any(sale.day, spans),
            visible(sale.connection_id, bindparam("of_user")),
        )
        .group_by(number, *names)
    )
