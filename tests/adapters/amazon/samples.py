"""Answers by Amazon's models, with sellers and orders invented."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

_SAMPLES = Path(__file__).parents[2] / "samples"


def sample_bytes(operation: str, case: str) -> bytes:
    """The answer's body as it comes over the wire."""
    return (_SAMPLES / operation / f"{case}.json").read_bytes()


def sample(operation: str, case: str) -> dict[str, Any]:
    """The answer as the gateway hands it on, for a test to spoil."""
    body: dict[str, Any] = json.loads(sample_bytes(operation, case), parse_float=Decimal)
    return body
