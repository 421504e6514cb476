"""``python -m tests.chaos``: the chaos test in full; ``--short`` for the form that every run of the tests plays.

Prints what happened. Exits with 1 when anything is not exactly as it should be.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.scale import FULL, SHORT
from tests.chaos.story import Outcome, Story, TooLate

_ALLOWED = {"--short", "--keep"}


def main(words: list[str]) -> int:
    """Play the story, and tell how it went."""
    if not set(words) <= _ALLOWED:
        print(f"usage: python -m tests.chaos [{'] ['.join(sorted(_ALLOWED))}]", file=sys.stderr)
        return 2
    home = Path(tempfile.mkdtemp(prefix="portside-chaos-"))
    story = Story(SHORT if "--short" in words else FULL, home, lambda line: print(line, flush=True))
    try:
        outcome = story.play()
    except TooLate as error:
        print(error)
        return 1
    finally:
        if "--keep" in words:
            print(f"logs are in {home}")
        else:
            shutil.rmtree(home)
    return _told(outcome)


def _told(outcome: Outcome) -> int:
    print(
        f"\n{outcome.orders} orders in {outcome.seconds:.0f} s, {outcome.disturbed_seconds:.0f} s of them disturbed"
    )
    for title, counts in (
        ("killed, stopped, changed", outcome.deeds),
        ("faults that took effect", outcome.faults),
        ("calls", outcome.calls),
        ("runs", outcome.runs),
        ("citizens asked again, by answer", outcome.asked_again),
    ):
        words = ", ".join(f"{name} {count}" for name, count in counts.items())
        print(f"{title} ({sum(counts.values())}): {words}")
    print(f"set aside before the last sync: {outcome.set_aside}")
    print(f"429s in all {outcome.throttled}, of usage plans that were exceeded {outcome.refusals}")
    for each in (*outcome.wrong, *outcome.gaps, *outcome.refused_by_plan.items()):
        print(f"WRONG {each}")
    failed = bool(outcome.wrong or outcome.gaps or outcome.refusals)
    print(
        "FAILED"
        if failed
        else "ok: every seller's orders, stock and sums are Amazon's, and no plan was exceeded"
    )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
