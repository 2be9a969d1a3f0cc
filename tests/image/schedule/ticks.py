"""What starts the scheduler: an event for every minute, and what becomes of it on its way."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime

START = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
"""The night in which Europe's clocks go forward, so that a task there is due an hour earlier by UTC."""

MINUTE = 60
LATEST = 90  # seconds between the event and the process's first look at the clock
SHARE_LOST = 0.06
SHARE_DOUBLED = 0.06
OUTAGE = range(600, 680)  # minutes of which every event is lost: longer than what is caught up
SUB_MINUTE = 7  # the minute of each hour that has a task of less than a minute


@dataclass(frozen=True)
class Tick:
    """One start of the scheduler: for which minute since START, and when, in seconds since START."""

    number: int
    minute: int
    begins: float

    @property
    def line(self) -> str:
        """The tick as run.sh reads it; a minute that repeats passes in three seconds."""
        speed = 20 if self.minute % 60 == SUB_MINUTE else 1
        clock = int(START.timestamp() + self.begins)
        event = datetime.fromtimestamp(START.timestamp() + self.minute * MINUTE, UTC)
        return f"{self.number} {clock}x{speed} {event:%Y-%m-%dT%H:%M:%SZ}"


def deliver(minutes: int, seed: int) -> list[Tick]:
    """The ticks of so many minutes in the order in which they begin."""
    chance = random.Random(seed)
    starts: list[tuple[float, int]] = []
    for minute in range(minutes):
        dice = chance.random()
        times = 0 if dice < SHARE_LOST else 2 if dice < SHARE_LOST + SHARE_DOUBLED else 1
        if minute in OUTAGE:
            times = 0
        starts += [(minute * MINUTE + chance.uniform(0, LATEST), minute) for _ in range(times)]
    return [Tick(number, minute, begins) for number, (begins, minute) in enumerate(sorted(starts))]
