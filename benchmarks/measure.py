"""A measurement, and how the table shows it."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Measured = TypeVar("Measured")


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
    """One line of the table: what was measured, ours, the baseline's, in the same unit."""

    what: str
    ours: float
    baseline: float
    unit: str
    against: str
    target: Target | None = None

    @property
    def ratio(self) -> float:
        """Ours in terms of the baseline."""
        return self.ours / self.baseline

    @property
    def row(self) -> str:
        """The line in Markdown."""
        ours, baseline = (f"{number(value)} {self.unit}" for value in (self.ours, self.baseline))
        target = self.target.text(self.ours, self.ratio) if self.target else ""
        return f"| {self.what} | {ours} | {baseline} | {self.ratio:.2f} | {target} | {self.against} |"


def number(value: float) -> str:
    """Three digits or so: 0.21, 5.26, 17.1, 1840."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def alternating(runs: int, *actions: Callable[[], Measured]) -> list[list[Measured]]:
    """What each action returned, run by run in turn, so that a busy machine slows all alike."""
    rounds = [[action() for action in actions] for _ in range(runs)]
    return [list(values) for values in zip(*rounds, strict=True)]


def interleaved(runs: int, ours: Callable[[], float], baseline: Callable[[], float]) -> tuple[float, float]:
    """Medians of alternating runs."""
    first, second = alternating(runs, ours, baseline)
    return statistics.median(first), statistics.median(second)


def progress(message: str) -> None:
    """Say what is going on, on stderr: the table alone goes to stdout."""
    print(f"bench: {message}", file=sys.stderr, flush=True)
