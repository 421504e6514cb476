"""Whose answer it is that can't be right."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from domain.errors import WrongAnswer

P = ParamSpec("P")
T = TypeVar("T")


def of_ads(read: Callable[P, T]) -> Callable[P, T]:
    """The same reader; what it finds wrong is the Ads API's, not the Selling Partner API's."""

    @wraps(read)
    def reading(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(*args, **kwargs)
        except WrongAnswer as error:
            raise WrongAnswer(str(error), channel="ads", request_id=error.request_id) from error

    return reading
