"""Valkey and the database go away under load, and come back."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event
from uuid import uuid4

import pytest

from tests.image.docker import Container, Docker, progress, until
from tests.image.services import Services
from tests.image.services import services as start_services
from tests.image.workloads import Fleet, Site

pytestmark = pytest.mark.engine

ERROR_PAGE = 500
FINISHED = "select distinct name from probe_events where name like :'name' || '-%' and event = 'finished'"


class Load:
    """Visitors who look at a page and buyers who queue a job, all the time, until it is ended."""

    def __init__(self, site: Site, services: Services) -> None:
        self.site = site
        self.services = services
        self.name = f"job-{uuid4().hex}"
        self.statuses: list[int] = []
        self.acknowledged: set[str] = set()
        self._numbers = count()
        self._end = Event()

    def visit(self) -> None:
        """Look at a page that asks Valkey, again and again."""
        while not self._end.is_set():
            self.statuses.append(self.site.get("/probe/brief/x").status)
            time.sleep(0.1)

    def buy(self) -> None:
        """Queue jobs, and remember those that were acknowledged."""
        while not self._end.is_set():
            name = f"{self.name}-{next(self._numbers)}"
            answer = self.site.post(f"/probe/jobs/{name}", b"")
            self.statuses.append(answer.status)
            if answer.status == http.client.OK:
                self.acknowledged.add(name)
            time.sleep(0.1)

    def end(self) -> None:
        """Let them finish what they are doing."""
        self._end.set()

    def await_served(self) -> None:
        """Wait until many requests in a row have been answered."""
        until(lambda: len(self.statuses) >= 20 and set(self.statuses[-20:]) == {200}, "web answers again")

    def await_done(self) -> None:
        """Wait until every job that was acknowledged until now has been done."""
        acknowledged = set(self.acknowledged)

        def done() -> bool:
            return acknowledged <= set(self.services.sql(FINISHED, name=self.name))

        until(done, f"{len(acknowledged)} acknowledged jobs are done", seconds=90)


@pytest.fixture(scope="module")
def stack(docker: Docker, image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Services of its own, whose Valkey keeps what it has acknowledged, as the tests restart them."""
    durable = ("--appendonly", "yes", "--appendfsync", "always")
    with (
        start_services(docker, tmp_path_factory.mktemp("certificates"), *durable) as services,
        Fleet(services, image, REDIS_PREFIX="outage:") as fleet,
    ):
        assert fleet.finish("migrate").code == 0
        yield fleet


@pytest.fixture(scope="module")
def workers(stack: Fleet) -> list[Container]:
    """Two workers; Docker starts them again when they end, as ECS's restart policy does."""
    started = [stack.start("queue", QUEUE_SLEEP="1") for _ in range(2)]
    for worker in started:
        stack.docker("update", "--restart=always", worker.id)
    return started


@pytest.fixture
def load(stack: Fleet, workers: list[Container]) -> Iterator[Load]:
    """Web with visitors and buyers, and workers that do what was bought."""
    assert workers
    made = Load(stack.site().await_up(), stack.services)
    with ThreadPoolExecutor(4) as pool:
        people = [pool.submit(person) for person in (made.visit, made.visit, made.buy, made.buy)]
        try:
            made.await_served()
            yield made
        finally:
            made.end()
        for person in people:
            person.result()


def await_database(stack: Fleet) -> None:
    """Wait until it takes connections again; this test asks it, too."""
    ready = ["pg_isready", "--host=127.0.0.1", "--username=app"]
    until(lambda: stack.services.database.exec(*ready).code == 0, "PostgreSQL answers again")


def valkey_unreachable(stack: Fleet, seconds: int) -> None:
    """It is there, but nothing comes back from it."""
    stack.docker("pause", stack.services.valkey.id)
    time.sleep(seconds)
    stack.docker("unpause", stack.services.valkey.id)


def valkey_restarted(stack: Fleet, _: int) -> None:
    """As in a failover that loses nothing, only faster."""
    stack.docker("restart", stack.services.valkey.id)


def database_restarted(stack: Fleet, _: int) -> None:
    """As for maintenance: those who are connected are thrown out."""
    stack.docker("restart", "--signal=SIGINT", stack.services.database.id)
    await_database(stack)


def database_stopped(stack: Fleet, seconds: int) -> None:
    """Nobody listens for a while."""
    stack.docker("stop", "--signal=SIGINT", stack.services.database.id)
    time.sleep(seconds)
    stack.docker("start", stack.services.database.id)
    await_database(stack)


def database_that_refuses(stack: Fleet, _: int) -> None:
    """It is there, but takes nobody in, as while it starts up or fails over."""
    sql = stack.services.sql
    sql("alter database app allow_connections false", "postgres")
    sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'app'", "postgres")
    time.sleep(5)
    sql("alter database app allow_connections true", "postgres")


@pytest.mark.parametrize(
    "fault",
    [valkey_unreachable, valkey_restarted, database_restarted, database_stopped, database_that_refuses],
)
def test_web_and_workers_recover_and_no_job_is_lost(
    fault: Callable[[Fleet, int], None], stack: Fleet, load: Load, times: Callable[[int, int], int]
) -> None:
    with progress(fault.__name__):
        fault(stack, times(10, 30))

    load.await_served()
    load.end()
    load.await_done()

    assert set(load.statuses) <= {200, ERROR_PAGE}
    if fault is valkey_unreachable:
        assert ERROR_PAGE in load.statuses, "too short to have been noticed"
    assert stack.services.sql("select count(*) from failed_jobs") == ["0"]
