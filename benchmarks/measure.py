"""A measurement, and how the table shows it."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One line of the table: what was measured, ours, the baseline's, in the same unit."""

    what: str
    ours: float
    baseline: float
    unit: str
    against: str

    @property
    def row(self) -> str:
        """The line in Markdown."""
        ours, baseline = (f"{value:.2f} {self.unit}" for value in (self.ours, self.baseline))
        return f"| {self.what} | {ours} | {baseline} | {self.ours / self.baseline:.2f} | {self.against} |"


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def interleaved(runs: int, ours: Callable[[], float], baseline: Callable[[], float]) -> tuple[float, float]:
    """Medians of alternating runs, so that a busy machine slows both alike."""
    pairs = [(ours(), baseline()) for _ in range(runs)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def progress(message: str) -> None:
    """Say what is going on, on stderr: the table alone goes to stdout."""
    print(f"bench: {message}", file=sys.stderr, flush=True)
