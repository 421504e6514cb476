"""Speed, as ratios measured side by side in one run: ``make bench``.

Every figure compares two ways to the same end, taken in turns, several rounds each, the median of each. Absolute times
belong to the machine; the ratios travel.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import dashboards, storm, syncing, tokens
from domain.acting import in_background

ROUNDS = 5


@dataclass(frozen=True)
class Ratio:
    """Two ways, in seconds, and how the first compares with the second."""

    title: str
    ours: float
    other: float
    goal: str

    def __str__(self) -> str:
        return (
            f"{self.title:<58} {self.ours * 1000:9.2f} ms {self.other * 1000:9.2f} ms  "
            f"×{self.ours / self.other:6.2f}  ({self.goal})"
        )


def compare(title: str, ours: Callable[[], object], other: Callable[[], object], goal: str) -> Ratio:
    """Both ways in turns; the first round warms up and does not count."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS + 1):
        for way, kept in zip((ours, other), times, strict=True):
            start = time.perf_counter()
            way()
            kept.append(time.perf_counter() - start)
    return Ratio(title, statistics.median(times[0][1:]), statistics.median(times[1][1:]), goal)


def main() -> int:
    """Print every ratio, and as JSON at the end for those who keep them."""
    with in_background(), tempfile.TemporaryDirectory(prefix="portside-bench-") as name:
        folder = Path(name)
        ratios = [
            *(compare(*pair) for pair in syncing.pairs(folder)),
            *(compare(*pair) for pair in dashboards.pairs(folder)),
        ]
        crowd = tokens.calls_per_expired_token(folder)
        renewed = storm.renewed_on_postgres()
    for ratio in ratios:
        print(ratio)
    print(f"{'token endpoint calls per expired token, 50 threads':<58} {crowd:9.2f}  (1.00)")
    title = "the same, 10,000 tokens, 2 processes on PostgreSQL"
    print(f"{title:<58} {renewed.requests_per_token:9.2f}  (1.00)  in {renewed.seconds:.1f} s")
    figures = {ratio.title: round(ratio.ours / ratio.other, 3) for ratio in ratios}
    figures["token calls per expired token"] = crowd
    figures["token calls per expired token, 10,000 on PostgreSQL"] = renewed.requests_per_token
    figures["seconds for 10,000 tokens on PostgreSQL"] = round(renewed.seconds, 1)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
