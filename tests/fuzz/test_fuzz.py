"""A few odd requests for each operation, as each kind of user; ``python3 dev.py fuzz`` sends thousands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.house import KINDS, House, furnished
from tests.fuzz.running import Effort, run

_SEED = 20261121
_EFFORT = Effort(examples=1, phases="fuzzing,stateful")
#: There are more than a hundred operations.
_AT_LEAST = 150

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with furnished(tmp_path_factory.mktemp("fuzz")) as house:
        yield house


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_is_as_the_document_says(house: House, kind: str, tmp_path: Path) -> None:
    outcome = run(house.guest(kind), _EFFORT, tmp_path, _SEED)

    assert outcome.passed, outcome.said
    assert outcome.cases > _AT_LEAST
    assert house.unexpected() == []
