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
    _refused: Counter[tuple[str, str]] = field(default_factory=Counter, init=False)
    _struck: Counter[str] = field(default_factory=Counter, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def called(self, operation: str) -> None:
        with self._lock:
            self._calls[operation] += 1

    def answered(self, operation: str, status: int) -> None:
        with self._lock:
            self._answers[operation, status] += 1

    def struck(self, kind: str) -> None:
        """A fault took effect on a call."""
        with self._lock:
            self._struck[kind] += 1

    def refused(self, seller_id: str, operation: str) -> None:
        """A seller's usage plan was exceeded; a 429 that was ordered is none of these."""
        with self._lock:
            self._refused[seller_id, operation] += 1

    def reset(self) -> None:
        with self._lock:
            self._calls.clear()
            self._answers.clear()
            self._refused.clear()
            self._struck.clear()

    def as_json(self) -> dict[str, Any]:
        """``calls`` by operation; ``throttled``, the 429s given; ``answers`` by operation and status.

        ``refused_by_plan`` are the 429s that a usage plan gave, by seller and operation; ``faults`` those that took
        effect, by kind.

        A call is counted when it arrives, its answer when it is ready: a hanging call is a call already.
        """
        with self._lock:
            answers: dict[str, dict[str, int]] = {}
            for (operation, status), count in sorted(self._answers.items()):
                answers.setdefault(operation, {})[str(status)] = count
            refused: dict[str, dict[str, int]] = {}
            for (seller_id, operation), count in sorted(self._refused.items()):
                refused.setdefault(seller_id, {})[operation] = count
            throttled = {name: by_status["429"] for name, by_status in answers.items() if "429" in by_status}
            return {
                "calls": dict(sorted(self._calls.items())),
                "throttled": sum(throttled.values()),
                "throttled_by_operation": throttled,
                "refused_by_plan": refused,
                "faults": dict(sorted(self._struck.items())),
                "answers": answers,
            }
