"""A tick, the container that runs the schedule for one minute: from its start to its end.

The schedule is the application's own: one command, which writes a row. Seconds are Docker's, from the start
of the container's process to its end; processor seconds are those of all its processes, user and system, as
Bash counts them. The baselines are the same image without what it holds ready for PHP (compiled code and
Laravel's caches), and plain `php artisan schedule:run`, without entrypoint, log filter and app/Ecs.
"""

from __future__ import annotations

import re
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
    rounds = alternating(RUNS, *kinds)
    progress(f"ticks with a quarter of a processor, {SLOW_RUNS} of each kind")
    slow = [_slow(ticks) for ticks in kinds]
    slow_rounds = alternating(SLOW_RUNS, *slow)
    results = []
    for baseline, against, target in ((1, without, FASTER), (2, laravel, None)):
        whole = [(ticks[0].seconds, ticks[baseline].seconds) for ticks in rounds]
        processor = [(ticks[0].processor, ticks[baseline].processor) for ticks in rounds]
        quarter = [(ticks[0].seconds, ticks[baseline].seconds) for ticks in slow_rounds]
        results += [
            Result("tick", whole, "s", against, target),
            Result("tick, processor time", processor, "s", against, target),
            Result(f"tick with {SLOW} vCPU", quarter, "s", against, target),
        ]
    return results


def _slow(ticks: Ticks) -> Callable[[], Ticked]:
    return lambda: ticks(f"--cpus={SLOW}")
