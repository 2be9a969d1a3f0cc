"""What is in flight when a container is told to stop, as every deploy tells it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.render import ROOT

from .docker import Container, progress, until
from .services import Services
from .workloads import Fleet

pytestmark = pytest.mark.engine

CLIENT = ROOT / "tests/fixtures/client.php"
EVENTS = "select event from probe_events where name = :'name' order by id"


def stop(container: Container) -> int:
    """Stop as `docker stop` and ECS do, with the image's own signal."""
    return container.stop()


def terminate(container: Container) -> int:
    """Stop with what everything else sends."""
    container.kill("TERM")
    return container.wait()


def said(container: Container, text: str) -> bool:
    """Whether it has written a line with this text."""
    return any(text in line for line in container.logs().lines)


def interrupt(container: Container, what: str, end: Callable[[Container], int] = stop) -> None:
    """Stop a container in the middle of something; it finishes that, and ends as if it had not been asked."""
    container.await_line(f"{what} started")
    assert not said(container, f"{what} finished"), "too late to be in the middle of it"
    assert end(container) == 0, container.logs()
    assert said(container, f"{what} finished"), container.logs()


def a_request(fleet: Fleet) -> None:
    """Web and proxy stop in the order in which ECS stops them; the visitor notices nothing."""
    site = fleet.site().await_up()
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(site.get, "/probe/slow")
        site.web.await_line("request started")
        assert not said(site.web, "request finished")
        assert [stop(site.proxy), stop(site.web)] == [0, 0]
        assert (answer.result().status, answer.result().text) == (200, "finished")


def a_request_that_fpm_is_working_on(fleet: Fleet) -> None:
    """Web alone stops, against the order: PHP-FPM finishes too. Asked from inside, where only it ends."""
    site = fleet.site().await_up()
    ask = "echo file_get_contents('http://127.0.0.1:8080/probe/slow');"
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(site.proxy.exec, "php", "-r", ask)
        interrupt(site.web, "request")
        assert answer.result().out == "finished"


def a_job(fleet: Fleet, end: Callable[[Container], int] = stop) -> None:
    """It ends before its worker does, and is left to no other worker."""
    name = uuid4().hex
    assert fleet.finish("artisan", "probe:dispatch", "slow", name, REDIS_PREFIX=name).code == 0
    worker = fleet.start("queue", REDIS_PREFIX=name)
    interrupt(worker, "job", end)
    assert fleet.services.sql(EVENTS, name=name) == ["started", "finished"]
    assert fleet.services.ask_valkey("keys", f"{name}queues:*") == []


def a_job_of_a_terminated_worker(fleet: Fleet) -> None:
    """SIGTERM is what a worker gets when AWS takes a Spot task back."""
    a_job(fleet, terminate)


def a_tick(fleet: Fleet, end: Callable[[Container], int] = stop, kind: str = "closure") -> None:
    """It runs to its end."""
    tick = fleet.start("schedule", PROBE_TICK=kind, REDIS_PREFIX=uuid4().hex)
    interrupt(tick, "tick", end)


def a_tick_of_another_process(fleet: Fleet) -> None:
    """A scheduled command is a child of the scheduler's."""
    a_tick(fleet, kind="command")


def a_terminated_tick(fleet: Fleet) -> None:
    """Also on Spot."""
    a_tick(fleet, terminate)


def a_migration(fleet: Fleet) -> None:
    """It is not left half-done."""
    database = fleet.services.new_database()
    migration = fleet.start("migrate", DB_DATABASE=database, PROBE_SLOW_MIGRATION="4", CACHE_PREFIX=database)
    interrupt(migration, "migration")
    assert fleet.services.sql("select count(*) from probe_slow", database) == ["0"]


def a_tick_of_the_loop(fleet: Fleet) -> None:
    """The loop starts it at the next full minute."""
    loop = fleet.start("schedule-loop", PROBE_TICK="closure", REDIS_PREFIX=uuid4().hex)
    loop.await_line("tick started", seconds=90)
    interrupt(loop, "tick")


SCENARIOS = (
    a_tick_of_the_loop,
    a_request,
    a_request_that_fpm_is_working_on,
    a_job,
    a_job_of_a_terminated_worker,
    a_tick,
    a_tick_of_another_process,
    a_terminated_tick,
    a_migration,
)


@pytest.fixture(scope="module")
def outcomes(migrated: Services, image: str) -> Iterator[dict[object, Future[None]]]:
    """Each scenario spends its time waiting, so they run side by side."""
    with (
        Fleet(migrated, image) as fleet,
        ThreadPoolExecutor(4) as pool,
        progress("stopping containers at work"),
    ):
        yield {scenario: pool.submit(scenario, fleet) for scenario in SCENARIOS}


@pytest.mark.parametrize("scenario", SCENARIOS[::-1], ids=lambda scenario: scenario.__name__)
def test_what_is_in_flight_is_finished(
    scenario: Callable[[Fleet], None], outcomes: dict[object, Future[None]]
) -> None:
    outcomes[scenario].result()


def test_under_load_no_request_that_arrived_is_lost(fleet: Fleet) -> None:
    site = fleet.site(REDIS_PREFIX=(prefix := uuid4().hex)).await_up()
    network = f"--network=container:{site.web.id}"
    client = ["run", "--rm", "--interactive", network, "--entrypoint=php", fleet.image]
    arrived = f"{prefix}arrived"
    ask = fleet.services.ask_valkey
    with ThreadPoolExecutor() as pool:
        printed = pool.submit(fleet.docker, *client, stdin=CLIENT.read_bytes())
        until(lambda: int(ask("llen", arrived)[0]) > 50, "requests arrive")

        assert [stop(site.proxy), stop(site.web)] == [0, 0]

        answers = json.loads(printed.result().out)

    lost = {number: answers[number] for number in ask("lrange", arrived, "0", "-1") if answers[number] != 200}
    assert not lost
    # What came too late was refused a connection; nobody was told anything but 200.
    assert {answer for answer in answers.values() if isinstance(answer, int)} == {200}, Counter(
        answers.values()
    )
