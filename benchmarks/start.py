"""From the start of a container until it does its work, per mode, against plain Laravel in the same image.

Seconds from `docker run` to: the first 200 of ``/up`` (`web` with `proxy`), the first job (`queue`), the end
with nothing to do (`migrate`, `artisan`). The plain container runs Laravel's own command with Laravel's own
settings. What a tick takes is in `tick.py`; `proxy` alone and `schedule-loop` wait for nothing.
"""

from __future__ import annotations

import time
from functools import partial

from tests.image.docker import Container

from .application import Application, Way, apart, removed
from .jobs import Jobs
from .measure import Result, alternating, progress, seconds
from .site import SERVE, WEB, Site

RUNS = 7
PATIENCE = 60


def measure(application: Application) -> list[Result]:
    """Median seconds of each mode."""
    ways = {
        "web, proxy": (partial(_up, application, WEB), partial(_up, application, SERVE), "artisan serve"),
        "queue": (
            partial(_first_job, application, Way("queue")),
            partial(_first_job, application, Way.plain("php artisan queue:work")),
            "artisan queue:work",
        ),
        "migrate": (
            partial(_end, application, Way("migrate")),
            partial(_end, application, Way.plain("php artisan migrate --force")),
            "artisan migrate",
        ),
        "artisan": (
            partial(_end, application, Way("artisan", ("list",))),
            partial(_end, application, Way.plain("php artisan list")),
            "artisan list",
        ),
    }
    results = []
    for mode, (ours, plain, against) in ways.items():
        progress(f"start to ready: {mode}, {RUNS} times each")
        rounds = alternating(RUNS, ours, plain)
        results.append(Result(f"start to ready: {mode}", rounds, "s", f"plain {against}"))
    return results


def _up(application: Application, ways: tuple[Way, ...]) -> float:
    begin = time.perf_counter()
    with Site.of(application, ways) as site:
        site.await_up(PATIENCE)
        return time.perf_counter() - begin


def _first_job(application: Application, way: Way) -> float:
    jobs = Jobs(application, 2, apart())
    begin = time.perf_counter()
    with removed(jobs.worker(way)) as (worker,):
        return _await(jobs, worker, begin)


def _await(jobs: Jobs, worker: Container, begin: float) -> float:
    jobs.await_note("first", [worker], pause=0.01)
    return time.perf_counter() - begin


def _end(application: Application, way: Way) -> float:
    return seconds(lambda: application.finish(way))
