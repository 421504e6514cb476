"""What Amazon would charge: one product, or a hundred in as few calls as Amazon allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from domain.connections.catalog import alive
from domain.connections.model import Connection
from domain.errors import PortsideError
from domain.money import Money
from domain.products.asking import Codec, Questions, Turns
from domain.products.model import Fee, FeeEstimate, FeeQuestion
from domain.products.place import marketplace_of
from domain.products.ports import FEES_A_CALL, FeeSchedule


def _encode(answer: FeeEstimate) -> object:
    return {
        "currency": answer.total.currency,
        "total": answer.total.minor,
        "fees": [[fee.type, fee.amount.minor] for fee in answer.fees],
    }


def _decode(kept: object) -> FeeEstimate:
    shape = cast(dict[str, Any], kept)
    currency = shape["currency"]
    fees = tuple(Fee(name, Money(minor, currency)) for name, minor in shape["fees"])
    return FeeEstimate(Money(shape["total"], currency), fees)


FEES: Codec[FeeEstimate] = Codec("fees/1", _encode, _decode)


@dataclass(frozen=True)
class FeesDesk:
    """Answers of the Product Fees API, kept for a while."""

    schedule: FeeSchedule
    questions: Questions[FeeEstimate]
    turns: Turns

    def one(self, connection: Connection, question: FeeQuestion) -> FeeEstimate:
        """What Amazon would charge for this product.

        Raises:
            InvalidInput: the marketplace is not of the connection's region, or Amazon does not take the question.
            NotFound: Amazon knows no such product there, or not enough about it.
            ChannelError, RateLimited, NotConfigured, KeyUnavailable: any of the gateway's.
        """
        marketplace_of(alive(connection), question.marketplace_id)
        key = _key(connection, question)
        return self.questions.answer(key, lambda: self.schedule.one(connection, question))

    def many(
        self, connection: Connection, questions: Sequence[FeeQuestion]
    ) -> list[FeeEstimate | PortsideError]:
        """The same for each, or why there is no answer, in the order asked. Equal questions are asked once.

        Raises:
            InvalidInput: a marketplace is not of the connection's region.
            ChannelError, NotConfigured, KeyUnavailable: nothing can be asked in the name of this connection.
        """
        alive(connection)
        for marketplace_id in {question.marketplace_id for question in questions}:
            marketplace_of(connection, marketplace_id)
        return self.questions.in_order(
            questions,
            lambda one: _key(connection, one),
            lambda missing: self._in_batches(connection, missing),
        )

    def _in_batches(
        self, connection: Connection, asked: Sequence[FeeQuestion]
    ) -> list[FeeEstimate | PortsideError]:
        """One call after another: the usage plan admits one in two seconds."""
        batches = [asked[start : start + FEES_A_CALL] for start in range(0, len(asked), FEES_A_CALL)]
        outcomes = self.turns.each(batches, lambda batch: self.schedule.many(connection, batch), at_once=1)
        found: list[FeeEstimate | PortsideError] = []
        for batch, outcome in zip(batches, outcomes, strict=True):
            found += [outcome] * len(batch) if isinstance(outcome, PortsideError) else outcome
        return found


def _key(connection: Connection, question: FeeQuestion) -> str:
    return FEES.key(
        connection,
        question.marketplace_id,
        question.kind.value,
        question.product_id,
        question.price.currency,
        str(question.price.minor),
        str(question.shipping.minor),
        str(question.fulfilled_by_amazon),
    )
