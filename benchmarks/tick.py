"""A tick, the container that runs the schedule for one minute: from its start to its end.

The schedule is the application's own: one command, which writes a row. Seconds are Docker's, from the start
of the container's process to its end; processor seconds are those of all its processes, user and system, as
Bash counts them. The baselines are the same image without what it holds ready for PHP (compiled code and
Laravel's caches), and plain `php artisan schedule:run`, without entrypoint, log filter and app/Ecs.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from tests.image.docker import DockerError

from .application import Application, Way, apart, removed
from .measure import Result, Target, alternating, progress

RUNS = 15
SLOW_RUNS = 9
SLOW = "0.25"
"""The processors of the smallest task, which is what the template gives to a tick."""
FASTER = Target(round(1 / 1.5, 2))
PLAIN = Way.plain("php", "artisan", "schedule:run")
WITHOUT = ("--tmpfs=/app/bootstrap/cache/image",)
STOPWATCH = 'TIMEFORMAT="ticked %3U %3S"; time {command}'
TICKED = re.compile(r"^ticked ([\d.]+) ([\d.]+)$", re.MULTILINE)
FRACTION = re.compile(r"(\.\d{6})\d*Z$")


@dataclass(frozen=True)
class Ticked:
    """What one tick took."""

    seconds: float
    processor: float


@dataclass
class Ticks:
    """Ticks of one kind, each for the minute after the one before."""

    application: Application
    way: Way
    place: dict[str, str] = field(default_factory=apart)
    minutes: count[int] = field(default_factory=lambda: count(1))

    def __call__(self, *options: str) -> Ticked:
        """Run the next."""
        minute = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=next(self.minutes))
        # Laravel's own scheduler goes by the clock: locks of its own let it run a minute's tasks again.
        locks = {"CACHE_PREFIX": f"{uuid4().hex}:"}
        way = self.way.but(**self.place, **locks, SCHEDULE_TIME=f"{minute:%Y-%m-%dT%H:%M:%SZ}")
        with removed(self.application.start(way, *options)) as (container,):
            code = container.wait()
            printed = "\n".join(container.logs().lines)
            form = "--format={{.State.StartedAt}} {{.State.FinishedAt}}"
            began, ended = container.docker("inspect", form, container.id).out.split()
        if code or "DONE" not in printed:
            raise DockerError(f"the tick ended with {code}: {printed[-2000:]}")
        return Ticked(moment(ended) - moment(began), processor_seconds(printed))


def moment(text: str) -> float:
    """A time of Docker's (nanoseconds, UTC) in seconds since 1970."""
    return datetime.fromisoformat(FRACTION.sub(r"\1+00:00", text)).timestamp()


def processor_seconds(printed: str) -> float:
    """What the stopwatch counted, user and system."""
    found = TICKED.search(printed)
    if not found:
        raise ValueError(f"the stopwatch says nothing: {printed}")
    return float(found[1]) + float(found[2])


def _timed(command: str, way: Way) -> Way:
    """The same, started by Bash, which counts."""
    options = ("--entrypoint=bash", *(option for option in way.options if "entrypoint" not in option))
    return Way(way.mode, ("-c", STOPWATCH.format(command=command)), way.environment, options)


def measure(application: Application) -> list[Result]:
    """Median seconds and processor seconds."""
    ours = _timed("/app/docker/entrypoint.sh", Way("schedule"))
    plain = "{ mkdir -p /tmp/app/views && php artisan schedule:run; }"
    kinds = [
        Ticks(application, ours),
        Ticks(application, ours.but(*WITHOUT, OPCACHE_CLI="0")),
        Ticks(application, _timed(plain, PLAIN)),
    ]
    without, laravel = "the same image without PHP's caches", "plain artisan schedule:run"
    progress(f"ticks, {RUNS} of each kind")
    first, second, third = (_medians(ticks) for ticks in alternating(RUNS, *kinds))
    progress(f"ticks with a quarter of a processor, {SLOW_RUNS} of each kind")
    slow = [_slow(ticks) for ticks in kinds]
    s_first, s_second, s_third = (_medians(ticks).seconds for ticks in alternating(SLOW_RUNS, *slow))
    return [
        Result("tick", first.seconds, second.seconds, "s", without, FASTER),
        Result("tick, processor time", first.processor, second.processor, "s", without, FASTER),
        Result(f"tick with {SLOW} vCPU", s_first, s_second, "s", without, FASTER),
        Result("tick", first.seconds, third.seconds, "s", laravel),
        Result("tick, processor time", first.processor, third.processor, "s", laravel),
        Result(f"tick with {SLOW} vCPU", s_first, s_third, "s", laravel),
    ]


def _slow(ticks: Ticks) -> Callable[[], Ticked]:
    return lambda: ticks(f"--cpus={SLOW}")


def _medians(ticks: list[Ticked]) -> Ticked:
    seconds = statistics.median(tick.seconds for tick in ticks)
    return Ticked(seconds, statistics.median(tick.processor for tick in ticks))
