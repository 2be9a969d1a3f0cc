"""When a task should run, decided without Laravel; and what became of each time it was due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .ticks import MINUTE, START, SUB_MINUTE, Tick

CATCH_UP = 60
"""Minutes that a tick makes up for: app/Ecs/Scheduling/Claim.php."""

Run = tuple[int, str, int]
"""The number of the tick, the task, seconds since 1970."""


@dataclass(frozen=True)
class Task:
    """A task of console.php: when its expression says it is due, and what else must hold."""

    name: str
    due: Callable[[datetime], bool]
    filter: Callable[[datetime], bool] = lambda _: True
    runs_per_tick: int = 1


TASKS = (
    Task("every minute", lambda _: True),
    Task("hourly", lambda at: at.minute == 0),
    Task("daily", lambda at: f"{at.astimezone(ZoneInfo('Europe/Berlin')):%H:%M}" == "04:10"),
    Task("between", lambda at: at.minute % 5 == 0, lambda at: "00:30" <= f"{at:%H:%M}" <= "03:59"),
    Task("when", lambda _: True, lambda at: at.minute % 3 == 0),
    Task("twice a minute", lambda at: at.minute == SUB_MINUTE, runs_per_tick=2),
    Task("process", lambda at: at.minute in (20, 50)),
    Task("in the background", lambda at: at.minute % 10 == 0),
)


@dataclass
class Tally:
    """The minutes in which a task was due: for how many it ran once, not at all, more often."""

    due: int = 0
    once: int = 0
    missed: int = 0
    more: int = 0


def at(minute: int) -> datetime:
    """A minute of the simulation."""
    return START + timedelta(minutes=minute)


def taken(ticks: Iterable[Tick]) -> dict[int, Sequence[int]]:
    """The ticks that take their minute, and the minutes they run: lost ones, then their own."""
    newest: int | None = None
    minutes: dict[int, Sequence[int]] = {}
    for tick in ticks:
        if newest is not None and tick.minute <= newest:
            continue
        first = tick.minute if newest is None else max(newest + 1, tick.minute - CATCH_UP)
        minutes[tick.number] = range(first, tick.minute + 1)
        newest = tick.minute
    return minutes


def mistakes(task: Task, ticks: Sequence[Tick], runs: Iterable[Run]) -> list[str]:
    """What a task did wrong: not run by a tick that has a due minute, run by another, or too often."""
    ran = Counter(number for number, name, _ in runs if name == task.name)
    wrong = []
    for number, minutes in taken(ticks).items():
        own, times = at(minutes[-1]), ran.pop(number, 0)
        due = any(task.due(at(minute)) for minute in minutes) and task.filter(own)
        if times != due * task.runs_per_tick:
            wrong.append(f"{own:%H:%M}: {times} runs, {'' if due else 'not '}due")
    return wrong + [f"tick {number} ran it, whose minute was taken" for number in ran]


def per_minute(task: Task, minutes: int, times_for: Callable[[int], int]) -> Tally:
    """Every minute in which a task is due by itself, and how often it ran for it."""
    tally = Tally()
    for minute in range(minutes):
        if task.due(at(minute)) and task.filter(at(minute)):
            times = times_for(minute)
            tally.due += 1
            tally.once += times == task.runs_per_tick
            tally.missed += times < task.runs_per_tick
            tally.more += times > task.runs_per_tick
    return tally


def ours(task: Task, minutes: int, ticks: Sequence[Tick], runs: Iterable[Run]) -> Tally:
    """A minute's run is that of the tick which stands for it, whenever that was."""
    ran = Counter(number for number, name, _ in runs if name == task.name)
    responsible = {minute: number for number, run in taken(ticks).items() for minute in run}
    return per_minute(task, minutes, lambda minute: ran[responsible.get(minute, -1)])


def plain(task: Task, minutes: int, runs: Iterable[Run]) -> Tally:
    """Laravel's own scheduler goes by the clock: a minute's runs are those within it."""
    ran = Counter(int(time - START.timestamp()) // MINUTE for _, name, time in runs if name == task.name)
    return per_minute(task, minutes, lambda minute: ran[minute])
