"""A measurement, and how the table shows it."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Measured = TypeVar("Measured")
Rounds = Sequence[tuple[float, ...]]
"""Pairs, ours and the baseline's, one measured right after the other; a single one where that is enough."""


@dataclass(frozen=True)
class Target:
    """What a ratio has to be, or, where `absolute`, our own number."""

    limit: float
    least: bool = False
    absolute: bool = False

    def text(self, ours: float, ratio: float) -> str:
        """The target in the table, and whether it was missed."""
        value = ours if self.absolute else ratio
        met = value >= self.limit if self.least else value <= self.limit
        return f"{'≥' if self.least else '≤'} {self.limit:g}{'' if met else ', missed'}"


@dataclass(frozen=True)
class Result:
    """One line of the table: what was measured, in rounds, both in the same unit."""

    what: str
    rounds: Rounds
    unit: str
    against: str
    target: Target | None = None

    @property
    def ours(self) -> float:
        """The median of ours."""
        return statistics.median(ours for ours, _ in self.rounds)

    @property
    def baseline(self) -> float:
        """The median of the baseline's."""
        return statistics.median(baseline for _, baseline in self.rounds)

    @property
    def ratios(self) -> list[float]:
        """Ours in terms of the baseline, round by round."""
        return [ours / baseline for ours, baseline in self.rounds]

    @property
    def ratio(self) -> float:
        """The median of the ratios: where the machine is slow for a round, it is so for both."""
        return statistics.median(self.ratios)

    @property
    def middle(self) -> str:
        """Between which ratios the middle half of the rounds lies, as 1.21 to 1.34."""
        if len(self.rounds) == 1:
            return ""
        first, _, third = statistics.quantiles(self.ratios, method="inclusive")
        return f"{first:.2f} to {third:.2f}"

    @property
    def row(self) -> str:
        """The line in Markdown."""
        ours, baseline = (f"{number(value)} {self.unit}" for value in (self.ours, self.baseline))
        target = self.target.text(self.ours, self.ratio) if self.target else ""
        cells = (self.what, ours, baseline, f"{self.ratio:.2f}", self.middle, target, self.against)
        return f"| {' | '.join(cells)} |"


def number(value: float) -> str:
    """Three digits or so: 0.21, 5.26, 17.1, 1840."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def alternating(runs: int, *actions: Callable[[], Measured]) -> list[tuple[Measured, ...]]:
    """What each action returned, round by round, so that a busy machine slows all alike."""
    return [tuple(action() for action in actions) for _ in range(runs)]


def progress(message: str) -> None:
    """Say what is going on, on stderr: the table alone goes to stdout."""
    print(f"bench: {message}", file=sys.stderr, flush=True)
