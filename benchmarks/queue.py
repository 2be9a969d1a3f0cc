"""Jobs per second of a worker, against plain `php artisan queue:work` in the same image with the same Valkey.

The jobs do nothing and are queued before the worker starts; time runs from the first to the last. One core
for the worker and what filters its log; for one and four workers, all cores.
"""

from __future__ import annotations

from functools import partial

from .application import Application, Way, apart, removed
from .jobs import Jobs
from .measure import Result, alternating, progress

RUNS = 5
COUNT = 1500
OURS = Way("queue")
PLAIN = Way.plain("php artisan queue:work")


def measure(application: Application) -> list[Result]:
    """Median jobs per second."""
    progress(f"{COUNT} jobs, {RUNS} times each")
    rates = alternating(RUNS, partial(_rate, application, OURS), partial(_rate, application, PLAIN))
    everywhere = f"--cpuset-cpus={application.all_cores}"
    progress(f"{COUNT} jobs with 4 workers and with 1, {RUNS} times each")
    grown = alternating(
        RUNS,
        partial(_rate, application, OURS, everywhere, workers=4),
        partial(_rate, application, OURS, everywhere),
    )
    against = f"1 worker, both on cores {application.all_cores}, Valkey as well"
    return [
        Result("queue worker", rates, "jobs/s", "plain artisan queue:work"),
        Result("4 queue workers", grown, "jobs/s", against),
    ]


def _rate(application: Application, way: Way, *options: str, workers: int = 1) -> float:
    jobs = Jobs(application, COUNT, apart())
    with removed(*(jobs.worker(way, *options) for _ in range(workers))) as started:
        last = jobs.await_note("last", started)
        return COUNT / (last - jobs.await_note("first", started))
