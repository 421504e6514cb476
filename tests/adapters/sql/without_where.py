"""The queries as they are sent, with their conditions taken away: what a forgotten WHERE would do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Select, event
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ClauseElement


@contextmanager
def without_where(engine: Engine, whenever: Callable[[], bool] = lambda: True) -> Iterator[list[str]]:
    """Every SELECT, UPDATE and DELETE inside the block goes out without WHERE and HAVING, subqueries as well.

    The list holds what was sent.

    Args:
        engine: Whose statements.
        whenever: Asked before each one; ``False`` lets it pass as it is.
    """
    sent: list[str] = []

    def strip(_connection: object, statement: Any, many: Any, one: Any, _options: object) -> Any:
        return (_stripped(statement) if whenever() else statement), many, one

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_execute", strip, retval=True)
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_execute", strip)
        event.remove(engine, "before_cursor_execute", note)


def _stripped(statement: Any) -> Any:
    if not isinstance(statement, ClauseElement):
        return statement
    kinds = ("select", "update", "delete")
    return visitors.cloned_traverse(statement, {}, dict.fromkeys(kinds, _strip))


def _strip(element: Any) -> None:
    tables = element.get_final_froms() if isinstance(element, Select) else []
    element._where_criteria = ()  # there is no public way to take a condition away
    if isinstance(element, Select):
        element._having_criteria = ()
        if not element.get_final_froms():  # the tables were named in the conditions alone
            element._from_obj = tuple(tables)
