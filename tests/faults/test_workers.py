"""Workers that are stopped, killed, or run out of memory in the middle of a job."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.image.docker import Container, until
from tests.image.workloads import Fleet

from .jobs import Jobs

pytestmark = pytest.mark.engine

# A job counts as lost after twelve seconds, which a busy machine needs; it can be interrupted in its middle.
SHORT = {"PROBE_RETRY_AFTER": "12", "QUEUE_SLEEP": "1", "QUEUE_TIMEOUT": "11"}
MIDDLE = "--milliseconds=5000"
FAILED = "select count(*) from failed_jobs where payload like '%' || :'name' || '%'"

MEMORY_LIMIT, FATAL_ERROR = 12, 255
STOPPED = {0, 131}
"""How a stopped worker ends; with 131, SIGQUIT's own end, while it is still starting."""


def interrupt_each(fleet: Fleet, jobs: Jobs, end: Callable[[Container], object]) -> None:
    """Give each job a worker of its own, which is interrupted in its middle."""

    def trial(name: str) -> None:
        worker = fleet.start("queue", QUEUES=name, **SHORT)
        worker.await_line(f"{name} started", seconds=60)
        end(worker)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(trial, jobs.names))


def test_a_worker_that_is_stopped_loses_nothing_and_repeats_nothing(
    fleet: Fleet, times: Callable[[int, int], int]
) -> None:
    jobs = Jobs(fleet, times(10, 100), MIDDLE, "--apart")

    interrupt_each(fleet, jobs, lambda worker: worker.stop())

    jobs.assert_each("started", "finished")


def test_the_job_of_a_killed_worker_runs_again_once(fleet: Fleet, times: Callable[[int, int], int]) -> None:
    jobs = Jobs(fleet, times(10, 100), MIDDLE, "--apart")

    interrupt_each(fleet, jobs, lambda worker: worker.kill("KILL"))
    assert jobs.events == {name: ["started"] for name in jobs.names}

    rescuers = [fleet.start("queue", QUEUES=",".join(jobs.names), **SHORT) for _ in range(3)]
    jobs.await_all(seconds=120 + len(jobs.names))
    time.sleep(13)  # long enough for another one to take them once more
    for rescuer in rescuers:
        assert rescuer.stop() == 0

    jobs.assert_each("started", "started", "finished")


def test_workers_that_share_a_queue_and_are_stopped_all_the_time_do_each_job_once(
    fleet: Fleet, times: Callable[[int, int], int]
) -> None:
    jobs = Jobs(fleet, times(100, 1000), "--milliseconds=150")
    workers = [fleet.start("queue") for _ in range(3)]
    until(lambda: jobs.finished > 0, "the first job is done")

    stopped = done = 0
    while (finished := jobs.finished) < len(jobs.names):
        time.sleep(1)
        if finished > done:  # on a busy machine, none would be done if a worker were stopped before its first
            done = finished
            worker = workers[stopped % len(workers)]
            assert worker.stop() in STOPPED
            worker.start()
            stopped += 1

    assert stopped, "too fast to have been interrupted"
    for worker in workers:
        assert worker.stop() in STOPPED
    jobs.assert_each("started", "finished")


def test_a_worker_that_has_grown_ends_after_its_job_and_the_next_one_does_the_rest(fleet: Fleet) -> None:
    jobs = Jobs(fleet, 2, "--megabytes=40")

    first = fleet.start("queue", QUEUE_MEMORY="50")
    assert first.wait() == MEMORY_LIMIT
    assert jobs.events == {jobs.names[0]: ["started", "finished"]}

    first.start()  # as ECS's restart policy does
    jobs.await_all()
    jobs.assert_each("started", "finished")


def test_a_job_that_kills_its_worker_is_kept_as_failed_after_its_tries(fleet: Fleet) -> None:
    """Out of memory, PHP ends at once: nobody counts the failure but the attempts. Others go on."""
    poison = Jobs(fleet, 1, "--megabytes=400")
    harmless = Jobs(fleet, 1)

    worker = fleet.start("queue", QUEUE_TRIES="2", **SHORT)
    assert worker.wait() == FATAL_ERROR
    assert any("Allowed memory size" in line for line in worker.logs().lines)
    worker.start()
    harmless.await_all()
    assert worker.wait() == FATAL_ERROR
    worker.start()

    until(lambda: fleet.services.sql(FAILED, name=poison.name) == ["1"], "the job is recorded as failed")
    assert worker.stop() == 0
    poison.assert_each("started", "started")


def test_a_worker_ends_by_itself_after_its_time_or_its_jobs(fleet: Fleet) -> None:
    jobs = Jobs(fleet, 3)
    assert fleet.start("queue", QUEUE_MAX_JOBS="2").wait() == 0
    assert jobs.finished == 2
    assert fleet.start("queue", QUEUE_MAX_TIME="1", QUEUE_SLEEP="1").wait() == 0
    jobs.assert_each("started", "finished")
