"""What Amazon would charge."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import AccessDenied, InvalidInput, NotFound, PortsideError, RateLimited, UpstreamFailed
from domain.money import Money
from domain.products.fees import FEES
from domain.products.model import Fee, FeeEstimate, FeeQuestion, IdKind
from domain.products.prices import in_currency
from tests.domain.products.bench import CONNECTION, Bench
from tests.fakes.things import DE, US


def question(
    product_id: str = "B000000001",
    price: int = 1999,
    shipping: int = 0,
    kind: IdKind = IdKind.ASIN,
    fba: bool = True,
    marketplace_id: str = US,
) -> FeeQuestion:
    money = Money(price, "USD"), Money(shipping, "USD")
    return FeeQuestion(kind, product_id, marketplace_id, *money, fba)


def totals(found: list[FeeEstimate | PortsideError]) -> list[int | str]:
    return [type(one).__name__ if isinstance(one, PortsideError) else one.total.minor for one in found]


def test_proceeds_are_price_and_shipping_less_all_fees() -> None:
    asked = question(price=1999, shipping=499)

    found = Bench().fees.one(CONNECTION, asked)

    assert found.total == Money(299 + 300, "USD")
    assert found.proceeds(asked) == Money(1999 + 499 - 599, "USD")


def test_fees_are_told_by_name_and_those_that_amazon_does_not_name_are_zero() -> None:
    estimate = FeeEstimate(
        Money(500, "USD"), (Fee("ReferralFee", Money(300, "USD")), Fee("PerItemFee", Money(200, "USD")))
    )

    assert estimate.referral_fee == Money(300, "USD")
    assert estimate.fba_fulfillment_fee == Money(0, "USD")


def test_a_loss_is_below_zero() -> None:
    asked = question(price=100)

    assert Bench().fees.one(CONNECTION, asked).proceeds(asked) == Money(100 - 315, "USD")


def test_proceeds_are_never_of_two_currencies() -> None:
    with pytest.raises(ValueError, match="never added"):
        FeeEstimate(Money(1, "EUR")).proceeds(question())


@given(st.integers(0, 10**9), st.lists(st.tuples(st.text(), st.integers(-(10**6), 10**6)), max_size=4))
def test_an_estimate_comes_back_from_what_is_kept_as_it_was(total: int, fees: list[tuple[str, int]]) -> None:
    estimate = FeeEstimate(Money(total, "JPY"), tuple(Fee(name, Money(minor, "JPY")) for name, minor in fees))

    assert FEES.decode(FEES.encode(estimate)) == estimate


def test_a_kept_estimate_is_not_asked_again() -> None:
    bench = Bench()

    found = [bench.fees.one(CONNECTION, question()) for _ in range(3)]

    assert found[0] == found[2]
    assert len(bench.schedule.singles) == 1


@pytest.mark.parametrize(
    "other",
    [
        question(price=2000),
        question(shipping=1),
        question(fba=False),
        question(kind=IdKind.SKU),
        question("B000000002"),
    ],
)
def test_another_question_is_asked(other: FeeQuestion) -> None:
    bench = Bench()
    bench.fees.one(CONNECTION, question())

    bench.fees.one(CONNECTION, other)

    assert len(bench.schedule.singles) == 2


@pytest.mark.parametrize(("count", "calls"), [(1, 1), (20, 1), (21, 2), (99, 5), (100, 5)])
def test_a_batch_takes_as_few_calls_as_amazon_allows(count: int, calls: int) -> None:
    bench = Bench()
    asked = [question(f"SKU {number}", price=1000 + number, kind=IdKind.SKU) for number in range(count)]

    found = bench.fees.many(CONNECTION, asked)

    assert len(bench.schedule.asked) == calls
    assert [one.total.minor for one in found if isinstance(one, FeeEstimate)] == [
        one.price.minor * 15 // 100 + 300 for one in asked
    ]


def test_equal_questions_are_asked_once_and_answered_everywhere() -> None:
    bench = Bench()

    found = bench.fees.many(CONNECTION, [question(price=1000), question(price=2000)] * 20)

    assert totals(found) == [450, 600] * 20
    assert [len(batch) for batch in bench.schedule.asked] == [2]


def test_a_batch_asks_only_for_what_is_not_kept() -> None:
    bench = Bench()
    bench.fees.one(CONNECTION, question("A"))

    bench.fees.many(CONNECTION, [question("A"), question("B")])

    assert bench.schedule.asked == [[question("B")]]


def test_a_bad_product_does_not_stop_the_others() -> None:
    bench = Bench()
    bench.schedule.trouble = {"B": NotFound("none"), "C": UpstreamFailed("ServiceError")}

    found = bench.fees.many(CONNECTION, [question(name) for name in "ABCD"])

    assert totals(found) == [599, "NotFound", "UpstreamFailed", 599]


@pytest.mark.parametrize("error", [RateLimited("later", 30), UpstreamFailed("503")])
def test_a_call_that_fails_fails_its_products_only(error: Exception) -> None:
    bench = Bench()
    bench.schedule.calls = [None, error]
    asked = [question(str(number)) for number in range(60)]

    found = totals(bench.fees.many(CONNECTION, asked))

    assert found == [599] * 20 + [type(error).__name__] * 20 + [599] * 20


def test_asking_again_asks_only_for_what_had_no_answer() -> None:
    bench = Bench()
    bench.schedule.calls = [None, UpstreamFailed("503")]
    asked = [question(str(number)) for number in range(40)]
    bench.fees.many(CONNECTION, asked)

    found = totals(bench.fees.many(CONNECTION, asked))

    assert found == [599] * 40
    assert [one.product_id for one in bench.schedule.asked[-1]] == [str(number) for number in range(20, 40)]


def test_a_missing_role_is_the_answer_to_all() -> None:
    bench = Bench()
    bench.schedule.calls = [AccessDenied("denied", role="Pricing")]

    with pytest.raises(AccessDenied):
        bench.fees.many(CONNECTION, [question(str(number)) for number in range(60)])

    assert len(bench.schedule.asked) == 1


def test_a_marketplace_of_another_region_is_refused() -> None:
    bench = Bench()

    with pytest.raises(InvalidInput, match="marketplace_id"):
        bench.fees.many(CONNECTION, [question(marketplace_id=DE)])

    assert bench.schedule.asked == []


def test_nothing_is_asked_for_nothing() -> None:
    bench = Bench()

    assert bench.fees.many(CONNECTION, []) == []
    assert bench.schedule.asked == []


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("19.99", "USD", 1999), ("19.990", "USD", 1999), ("1500", "JPY", 1500), ("0.01", "EUR", 1)],
)
def test_a_price_is_kept_exactly(amount: str, currency: str, minor: int) -> None:
    assert in_currency(Decimal(amount), currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "problem"),
    [
        ("0", "USD", "more than zero"),
        ("-1", "USD", "more than zero"),
        ("19.999", "USD", "decimal places"),
        ("0.5", "JPY", "decimal places"),
        ("1e9", "USD", "below"),
        ("NaN", "USD", "not an amount"),
        ("Infinity", "USD", "not an amount"),
        ("1e-400000", "USD", "decimal places"),
    ],
)
def test_what_is_no_price_says_why(amount: str, currency: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        in_currency(Decimal(amount), currency)


def test_shipping_may_cost_nothing_but_not_less() -> None:
    assert in_currency(Decimal(0), "USD", zero=True) == Money(0, "USD")
    with pytest.raises(ValueError, match="zero or more"):
        in_currency(Decimal(-1), "USD", zero=True)
