"""Chance that is fair to a fault."""


class EvenChance:
    """Always the middle."""

    def between(self, low: float, high: float) -> float:
        return (low + high) / 2
