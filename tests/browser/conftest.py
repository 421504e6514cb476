"""One browser and one harbour for all tests that a process runs; every test has a window of its own."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.browser.harbour import Harbour, harbour
from tests.browser.looks import DESKTOP, Look
from tests.browser.visitor import Visitor
from tests.e2e.people import Person

Opens = Callable[..., Visitor]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A newcomer's machine may be without one, which is told; where everything has to be tested, that is a failure."""
    path = chromium.program()
    if path is None and "CI" not in os.environ:
        pytest.skip(chromium.MEND)
    assert path is not None, chromium.MEND
    with chromium.chromium(path) as found:
        yield found


@pytest.fixture(scope="session")
def port(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    """Asks for the browser, so that nothing is started in vain."""
    with harbour(tmp_path_factory.mktemp("harbour")) as found:
        yield found


@pytest.fixture(scope="session")
def furnished(port: Harbour) -> Iterator[Person]:
    """Somebody with everything connected. Tests may look at it, and leave it as it was."""
    with port.furnished() as person:
        yield person


@pytest.fixture
def newcomer(port: Harbour) -> Iterator[Person]:
    """Somebody who has just registered, and connected nothing."""
    with port.newcomer() as person:
        yield person


@pytest.fixture
def visitors(browser: Browser, port: Harbour) -> Iterator[Opens]:
    """Opens windows. At the end of a test nothing may have gone wrong in any of them."""
    opened: list[Visitor] = []

    def visitor(look: Look = DESKTOP, person: Person | None = None) -> Visitor:
        found = Visitor(browser, port.url, port.hosts, look)
        opened.append(found)
        if person is not None:
            found.borrow(person)
        return found

    yield visitor
    for each in opened:
        each.close()
    assert [trouble for each in opened for trouble in each.troubles] == []
