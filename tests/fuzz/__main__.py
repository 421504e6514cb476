"""``python -m tests.fuzz [--examples N] [--seed N] [KIND …]``: thousands of odd requests as each kind of user.

Exits with 1 when an answer was not as the API's document says, or none was to be had.
"""

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

from tests.fuzz.house import KINDS, furnished
from tests.fuzz.running import Effort, run

_EXAMPLES = 5


def main(words: list[str]) -> int:
    """Ask, and tell what was answered."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; all by default")
    parser.add_argument("--examples", type=int, default=_EXAMPLES, help="for each operation and phase")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32), help="the same, the same cases")
    asked = parser.parse_args(words)
    wrong = set(asked.kinds) - set(KINDS)
    if wrong:
        parser.error(f"no such kind: {', '.join(sorted(wrong))}")
    failed = []
    with tempfile.TemporaryDirectory(prefix="portside-fuzz-") as name, furnished(Path(name)) as house:
        for kind in asked.kinds or KINDS:
            outcome = run(house.guest(kind), Effort(asked.examples), Path(name), asked.seed)
            print(outcome.said, flush=True)
            print(f"{'ok' if outcome.passed else 'FAILED'}: {kind}, {outcome.cases} cases, seed {asked.seed}")
            errors = house.unexpected()
            print("\n".join(errors))
            if not outcome.passed or errors:
                failed.append(kind)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
