"""Whether products may be listed."""

from dataclasses import replace

import pytest

from domain.connections.model import ConnectionStatus
from domain.errors import (
    AccessDenied,
    InvalidInput,
    NotConnected,
    NotFound,
    RateLimited,
    UpstreamFailed,
)
from domain.products.model import (
    Condition,
    Eligibility,
    EligibilityStatus,
    Link,
    ListingQuestion,
    Reason,
)
from tests.domain.products.bench import CONNECTION, Bench
from tests.fakes.things import CA, DE, US, a_connection, a_user

FREE = Eligibility(EligibilityStatus.ELIGIBLE)
LINK = Link("https://sellercentral.amazon.com/apply", "Request approval", "GET", "text/html")
GATED = Eligibility(
    EligibilityStatus.APPROVAL_REQUIRED, (Reason("APPROVAL_REQUIRED", "Ask first.", (LINK,)),)
)


def questions(count: int) -> list[ListingQuestion]:
    return [ListingQuestion(f"B{number:09}", US) for number in range(count)]


def test_a_free_product_may_be_listed() -> None:
    found = Bench().eligibility.one(CONNECTION, ListingQuestion("B000000001", US))

    assert found == FREE
    assert found.can_list


def test_a_restricted_product_may_not_be_listed_and_says_why_the_second_time_as_well() -> None:
    bench = Bench()
    bench.restrictions.restricted["B000000001"] = GATED

    found = [bench.eligibility.one(CONNECTION, ListingQuestion("B000000001", US)) for _ in range(2)]

    assert found == [GATED, GATED]
    assert not found[1].can_list
    assert len(bench.restrictions.asked) == 1


@pytest.mark.parametrize(
    "other",
    [
        ListingQuestion("B000000002", US),
        ListingQuestion("B000000001", CA),
        ListingQuestion("B000000001", US, Condition.USED_GOOD),
    ],
)
def test_another_question_is_asked(other: ListingQuestion) -> None:
    bench = Bench()
    bench.eligibility.one(CONNECTION, ListingQuestion("B000000001", US))

    bench.eligibility.one(CONNECTION, other)

    assert len(bench.restrictions.asked) == 2


def test_another_connection_to_the_same_seller_asks_for_itself() -> None:
    bench = Bench()
    bench.eligibility.one(CONNECTION, ListingQuestion("B000000001", US))

    bench.eligibility.one(a_connection(a_user(), US), ListingQuestion("B000000001", US))

    assert len(bench.restrictions.asked) == 2


def test_an_unknown_product_is_not_found_each_time_anew() -> None:
    bench = Bench()
    bench.restrictions.trouble["B000000001"] = NotFound("none")

    for _ in range(2):
        with pytest.raises(NotFound):
            bench.eligibility.one(CONNECTION, ListingQuestion("B000000001", US))

    assert len(bench.restrictions.asked) == 2


@pytest.mark.parametrize("marketplace_id", [DE, "NOWHERE"])
def test_a_marketplace_of_another_region_is_refused(marketplace_id: str) -> None:
    bench = Bench()

    with pytest.raises(InvalidInput, match="marketplace_id"):
        bench.eligibility.one(CONNECTION, ListingQuestion("B000000001", marketplace_id))
    with pytest.raises(InvalidInput, match="marketplace_id"):
        bench.eligibility.many(CONNECTION, [ListingQuestion("B000000001", marketplace_id)])

    assert bench.restrictions.asked == []


def test_a_connection_that_was_disconnected_is_told_nothing_of_what_is_kept() -> None:
    bench = Bench()
    question = ListingQuestion("B000000001", US)
    bench.eligibility.one(CONNECTION, question)
    gone = replace(CONNECTION, status=ConnectionStatus.DISCONNECTED)

    with pytest.raises(NotConnected):
        bench.eligibility.one(gone, question)
    with pytest.raises(NotConnected):
        bench.eligibility.many(gone, [question])


def test_a_hundred_are_answered_in_the_order_asked_with_one_call_each() -> None:
    bench = Bench()
    asked = questions(100)
    bench.restrictions.restricted[asked[42].asin] = GATED

    found = bench.eligibility.many(CONNECTION, asked)

    assert [number for number, answer in enumerate(found) if answer == GATED] == [42]
    assert found.count(FREE) == 99
    assert len(bench.restrictions.asked) == 100


def test_the_same_product_twice_is_asked_once() -> None:
    bench = Bench()

    found = bench.eligibility.many(CONNECTION, questions(2) * 3)

    assert found == [FREE] * 6
    assert len(bench.restrictions.asked) == 2


def test_a_bad_product_does_not_stop_the_others() -> None:
    bench = Bench()
    asked = questions(5)
    unknown, broken, late = NotFound("none"), UpstreamFailed("500"), RateLimited("later", 30)
    bench.restrictions.trouble = dict(zip([one.asin for one in asked], (unknown, broken, late), strict=False))

    found = bench.eligibility.many(CONNECTION, asked)

    assert found == [unknown, broken, late, FREE, FREE]


def test_asking_again_asks_only_for_what_had_no_answer() -> None:
    bench = Bench()
    asked = questions(10)
    bench.restrictions.trouble = {one.asin: RateLimited("later", 30) for one in asked[:4]}
    bench.eligibility.many(CONNECTION, asked)
    bench.restrictions.trouble, bench.restrictions.asked = {}, []

    found = bench.eligibility.many(CONNECTION, asked)

    assert found == [FREE] * 10
    assert {one.asin for one in bench.restrictions.asked} == {one.asin for one in asked[:4]}


def test_a_missing_role_is_the_answer_to_all() -> None:
    bench = Bench()
    bench.restrictions.everywhere = AccessDenied("denied", role="Product Listing")

    with pytest.raises(AccessDenied) as raised:
        bench.eligibility.many(CONNECTION, questions(100))

    assert raised.value.role == "Product Listing"
    assert len(bench.restrictions.asked) <= 6
