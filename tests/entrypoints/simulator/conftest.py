"""Fixtures for the simulator's own tests."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import sp_api.auth.access_token_client as spw_auth

from tests.entrypoints.simulator.driven import Amazon
from tests.entrypoints.simulator.official_sdk import Configuration


@pytest.fixture
def amazon() -> Amazon:
    """A simulator whose clock stands at noon."""
    return Amazon.with_config()


@pytest.fixture
def quiet_sdk() -> Iterator[None]:
    """The SDK's models log once, not a thousand times; everything as it was afterwards."""
    loggers = [logging.getLogger(), logging.getLogger("spapi"), logging.getLogger("urllib3")]
    before = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    Configuration.set_default(Configuration())
    yield
    Configuration.set_default(None)
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


@pytest.fixture
def fresh_cache() -> Iterator[None]:
    spw_auth.cache.clear()
    yield
    spw_auth.cache.clear()
