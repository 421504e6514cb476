"""The errors of the API's document: the shape of all of them, once for each choice of codes that an answer has."""

from collections.abc import Iterable
from typing import Any

from entrypoints.http.answer_types import Refusal

Codes = tuple[str, ...]
Document = dict[str, Any]


def named(codes: Codes) -> Document:
    """Leads to the schema of an error with one of these codes."""
    return {"$ref": f"#/components/schemas/{_name(codes)}"}


def schemas(of_answers: Iterable[Codes], shape: Document) -> Document:
    """Those schemas by name, made from that of ``Refusal``; programs that are made from the document share them."""
    return {
        _name(codes): {
            **shape,
            "title": _name(codes),
            "properties": {
                **shape["properties"],
                "error": {**shape["properties"]["error"], "enum": list(codes)},
            },
        }
        for codes in of_answers
    }


def _name(codes: Codes) -> str:
    words = "_".join(codes).split("_")
    return Refusal.__name__ + "".join(word.capitalize() for word in words)
