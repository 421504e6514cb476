"""What is asked for now and told later."""

from collections.abc import Callable
from functools import partial, wraps
from typing import ParamSpec, TypeVar

from domain.kpis.ports import Later

Asked = ParamSpec("Asked")
Told = TypeVar("Told")


def later(look: Callable[Asked, Told]) -> Callable[Asked, Later[Told]]:
    """Looks once it is told."""

    @wraps(look)
    def asked(*args: Asked.args, **more: Asked.kwargs) -> Later[Told]:
        return partial(look, *args, **more)

    return asked
