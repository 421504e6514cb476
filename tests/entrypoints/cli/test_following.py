"""Following work in a command's own process, whatever happens to the database meanwhile."""

from domain.errors import Unavailable
from entrypoints.cli.following import follow


def test_a_database_that_is_away_for_a_moment_ends_nothing(capsys):
    answers = iter([Unavailable("The database is away."), (["half"], False), (["done"], True)])
    ticks = []

    def look():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    follow(lambda: ticks.append(1), look, lambda _seconds: None)

    said = capsys.readouterr()
    assert said.out.splitlines() == ["half", "done"]
    assert said.err == "portside: The database is away. Trying again.\n"
    assert len(ticks) == 3
