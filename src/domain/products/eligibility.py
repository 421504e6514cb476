"""Whether a seller may list products: Amazon's restrictions, one product or a hundred at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from domain.connections.catalog import alive
from domain.connections.model import Connection
from domain.errors import PortsideError
from domain.products.asking import Codec, Questions, Turns
from domain.products.model import Eligibility, EligibilityStatus, Link, ListingQuestion, Reason
from domain.products.place import marketplace_of
from domain.products.ports import Restrictions


def _encode(answer: Eligibility) -> object:
    return {
        "status": answer.status.value,
        "reasons": [
            [reason.code, reason.message, [[one.url, one.title, one.verb, one.type] for one in reason.links]]
            for reason in answer.reasons
        ],
    }


def _decode(kept: object) -> Eligibility:
    shape = cast(dict[str, Any], kept)
    reasons = tuple(
        Reason(code, message, tuple(Link(*one) for one in links)) for code, message, links in shape["reasons"]
    )
    return Eligibility(EligibilityStatus(shape["status"]), reasons)


ELIGIBILITY: Codec[Eligibility] = Codec("eligibility/1", _encode, _decode)


@dataclass(frozen=True)
class EligibilityDesk:
    """Answers of the Listings Restrictions API, kept for a while.

    It has no form for several products: a hundred are a hundred calls, of which the usage plan admits ten at once and
    five a second. What does not come to its turn says so, and asking again goes on from there.
    """

    restrictions: Restrictions
    questions: Questions[Eligibility]
    turns: Turns

    def one(self, connection: Connection, question: ListingQuestion) -> Eligibility:
        """Whether the seller may list this product.

        Raises:
            InvalidInput: the marketplace is not of the connection's region, or not one that the seller sells in.
            NotFound: Amazon knows no such ASIN there.
            ChannelError, RateLimited, NotConfigured, KeyUnavailable: any of the gateway's.
        """
        marketplace_of(alive(connection), question.marketplace_id)
        key = _key(connection, question)
        return self.questions.answer(key, lambda: self.restrictions.eligibility(connection, question))

    def many(
        self, connection: Connection, questions: Sequence[ListingQuestion]
    ) -> list[Eligibility | PortsideError]:
        """The same for each, or why there is no answer, in the order asked.

        Raises:
            InvalidInput: a marketplace is not of the connection's region.
            ChannelError, NotConfigured, KeyUnavailable: nothing can be asked in the name of this connection.
        """
        alive(connection)
        for marketplace_id in {question.marketplace_id for question in questions}:
            marketplace_of(connection, marketplace_id)

        def ask(missing: Sequence[ListingQuestion]) -> list[Eligibility | PortsideError]:
            return self.turns.each(missing, lambda one: self.restrictions.eligibility(connection, one))

        return self.questions.in_order(questions, lambda one: _key(connection, one), ask)


def _key(connection: Connection, question: ListingQuestion) -> str:
    parts = (question.marketplace_id, question.condition.value, question.asin)
    return ELIGIBILITY.key(connection, *parts)
