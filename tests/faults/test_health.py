"""The health checks: what hangs fails, what is slow or waits for somebody else does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.image.docker import Container, Docker, Output, progress, until
from tests.image.services import Services
from tests.image.services import services as start_services
from tests.image.workloads import Fleet, Site

pytestmark = pytest.mark.engine

CHILDREN = 2
LONGEST_REQUEST = "5"
"""Seconds; 60 where nothing else is said, which a test would have to wait for."""

SIGNAL = """
foreach (glob('/proc/[0-9]*/cmdline') as $file) {
    if (preg_match($argv[2], (string) @file_get_contents($file))) {
        posix_kill((int) explode('/', $file)[2], constant($argv[1]));
    }
}
"""
POOL = "/^php-fpm: pool www\\0*$/"
STATUS_POOL = "/^php-fpm: pool www_status/"
WORKER = "/^php.artisan.queue:work/"


def signal(container: Container, name: str, pattern: str) -> None:
    """Send a signal to the processes whose command line is like that."""
    assert container.exec("php", "-r", SIGNAL, "--", name, pattern).code == 0


def web_health(site: Site) -> Output:
    """Ask as ECS does, but for how long a request may take."""
    return site.web.exec("php", "-n", "docker/healthcheck.php", LONGEST_REQUEST)


def worker_health(worker: Container) -> Output:
    """Ask as ECS does."""
    return worker.exec("php", "-n", "docker/healthcheck-queue.php")


def await_loop(worker: Container) -> None:
    """Wait until it has begun, which is also a promise, and the first turn of its loop has made the next."""
    until(lambda: "queue:work" in str(worker.processes()), "the worker has begun")
    time.sleep(3)
    assert worker_health(worker).code == 0


def healthy_for(seconds: float, check: Callable[[], Output]) -> None:
    """Ask every second."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert (answer := check()).code == 0, answer
        time.sleep(1)


def a_pool_that_hangs(fleet: Fleet) -> None:
    """It is unhealthy once requests wait and nothing moves, and healthy when it goes on."""
    site = fleet.site(FPM_CHILDREN=str(CHILDREN)).await_up()
    with ThreadPoolExecutor(6) as pool:
        signal(site.web, "SIGSTOP", POOL)
        healthy_for(2, lambda: web_health(site))  # nobody waits
        waiting = [pool.submit(site.get, "/up") for _ in range(6)]
        until(lambda: web_health(site).code == 1, "a pool that hangs is noticed", seconds=15)
        assert "requests wait" in web_health(site).err
        signal(site.web, "SIGCONT", POOL)
        assert [answer.result().status for answer in waiting] == [200] * 6
        assert web_health(site).code == 0


def a_master_that_does_not_answer(fleet: Fleet) -> None:
    """Nothing comes from the status page's own listener."""
    site = fleet.site().await_up()
    assert web_health(site).code == 0
    signal(site.web, "SIGSTOP", STATUS_POOL)
    assert "does not say" in web_health(site).err
    signal(site.web, "SIGCONT", STATUS_POOL)
    assert web_health(site).code == 0


def a_pool_full_of_slow_requests(fleet: Fleet) -> None:
    """Others wait behind them for longer than any one takes, but it moves."""
    site = fleet.site(FPM_CHILDREN=str(CHILDREN)).await_up()
    with ThreadPoolExecutor(8) as pool:
        slow = [pool.submit(site.get, "/probe/slow") for _ in range(8)]  # 4 s each, two at a time
        healthy_for(14, lambda: web_health(site))
        assert not all(answer.done() for answer in slow), "too fast to have filled the pool"
        assert {answer.result().status for answer in slow} == {200}


def a_worker_that_makes_no_progress(fleet: Fleet) -> None:
    """Its process is there all the time."""
    worker = fleet.start("queue", QUEUE_SLEEP="1")
    await_loop(worker)
    signal(worker, "SIGSTOP", WORKER)
    assert worker_health(worker).code == 0, "it has a minute"
    until(lambda: worker_health(worker).code == 1, "a worker that hangs is noticed", seconds=180)
    assert "should have made progress" in worker_health(worker).err
    signal(worker, "SIGCONT", WORKER)
    until(lambda: worker_health(worker).code == 0, "it goes on")


def a_worker_under_maintenance(fleet: Fleet) -> None:
    """It takes no job, and nobody must take it for stuck."""
    fleet.finish("artisan", "down", REDIS_PREFIX="down:")
    assert fleet.services.ask_valkey("keys", "down:*")
    worker = fleet.start("queue", QUEUE_PATIENCE="1", QUEUE_SLEEP="1", REDIS_PREFIX="down:")
    await_loop(worker)
    healthy_for(68, lambda: worker_health(worker))


SCENARIOS = (
    a_worker_that_makes_no_progress,
    a_worker_under_maintenance,
    a_pool_that_hangs,
    a_pool_full_of_slow_requests,
    a_master_that_does_not_answer,
)


@pytest.fixture(scope="module")
def outcomes(fleet_of_module: Fleet) -> Iterator[dict[object, Future[None]]]:
    """Each scenario spends its time waiting, so they run side by side."""
    with ThreadPoolExecutor(len(SCENARIOS)) as pool, progress("waiting for health checks"):
        yield {scenario: pool.submit(scenario, fleet_of_module) for scenario in SCENARIOS}


@pytest.fixture(scope="module")
def fleet_of_module(migrated: Services, image: str) -> Iterator[Fleet]:
    """Containers that end with this file."""
    with Fleet(migrated, image, REDIS_PREFIX="health:") as fleet:
        yield fleet


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_what_hangs_is_unhealthy_and_nothing_else(
    scenario: Callable[[Fleet], None], outcomes: dict[object, Future[None]]
) -> None:
    outcomes[scenario].result()


def test_neither_fails_while_database_and_valkey_are_away(
    docker: Docker, image: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with (
        start_services(docker, tmp_path_factory.mktemp("certificates")) as own,
        Fleet(own, image) as fleet,
        ThreadPoolExecutor() as pool,
    ):
        site = fleet.site().await_up()
        worker = fleet.start("queue", QUEUE_SLEEP="1")
        docker("update", "--restart=always", worker.id)
        await_loop(worker)
        docker("pause", own.database.id, own.valkey.id)
        asked = [pool.submit(site.get, "/probe/brief/x") for _ in range(3)]

        for _ in range(4):
            time.sleep(5)
            assert web_health(site).code == 0
            # A worker that has ended is back within a second or two, and says so within one of ECS's retries.
            until(lambda: worker_health(worker).code == 0, "the worker lives", seconds=5)

        docker("unpause", own.database.id, own.valkey.id)
        assert {answer.result().status for answer in asked} <= {200, 500}
        until(lambda: site.get("/probe/brief/x").status == 200, "web answers again")
