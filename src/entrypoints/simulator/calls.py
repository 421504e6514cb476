"""What has been asked of the simulator since it began, or since somebody reset the count."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import Any


@dataclass
class CallLog:
    """Counts calls and answers by operation."""

    _answers: Counter[tuple[str, int]] = field(default_factory=Counter, init=False)
    _calls: Counter[str] = field(default_factory=Counter, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def called(self, operation: str) -> None:
        with self._lock:
            self._calls[operation] += 1

    def answered(self, operation: str, status: int) -> None:
        with self._lock:
            self._answers[operation, status] += 1

    def reset(self) -> None:
        with self._lock:
            self._calls.clear()
            self._answers.clear()

    def as_json(self) -> dict[str, Any]:
        """``calls`` by operation; ``throttled``, the 429s given; ``answers`` by operation and status.

        A call is counted when it arrives, its answer when it is ready: a hanging call is a call already.
        """
        with self._lock:
            answers: dict[str, dict[str, int]] = {}
            for (operation, status), count in sorted(self._answers.items()):
                answers.setdefault(operation, {})[str(status)] = count
            throttled = {name: by_status["429"] for name, by_status in answers.items() if "429" in by_status}
            return {
                "calls": dict(sorted(self._calls.items())),
                "throttled": sum(throttled.values()),
                "throttled_by_operation": throttled,
                "answers": answers,
            }
