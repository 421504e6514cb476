"""Fixtures for the simulator's own tests."""

from __future__ import annotations

import pytest

from tests.entrypoints.simulator.driven import Amazon


@pytest.fixture
def amazon() -> Amazon:
    """A simulator whose clock stands at noon."""
    return Amazon.with_config()
