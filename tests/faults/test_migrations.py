"""Migrations at the same time, killed ones, and ones that wait long for one statement."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.image.docker import until
from tests.image.workloads import Fleet

pytestmark = pytest.mark.engine

LOCKED = 75
LOCK = "isolated:migrate"


def remaining(fleet: Fleet, prefix: str) -> int:
    """Seconds until a migration's lock ends; -2 when there is none."""
    return int(fleet.services.ask_valkey("ttl", f"{prefix}{LOCK}")[0])


def test_of_two_at_once_one_migrates_and_the_other_ends_with_75(
    fleet: Fleet, times: Callable[[int, int], int]
) -> None:
    def pair(_: int) -> list[int]:
        database = fleet.services.new_database()
        settings = {"DB_DATABASE": database, "REDIS_PREFIX": f"{database}:", "PROBE_SLOW_MIGRATION": "4"}
        both = [fleet.start("migrate", **settings) for _ in range(2)]
        codes = sorted(migration.wait() for migration in both)
        assert fleet.services.sql("select count(*) from probe_slow", database) == ["0"]
        assert fleet.services.sql("select max(batch) from migrations", database) == ["1"]
        assert remaining(fleet, f"{database}:") == -2, "the lock was given back"
        return codes

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(pair, range(times(5, 50))))

    assert ends == [[0, LOCKED]] * len(ends)


def test_the_lock_outlives_one_long_statement_and_not_its_process(fleet: Fleet) -> None:
    """Its lock lasts 20 s here, and five minutes elsewhere; the statement takes longer."""
    settings = {"DB_DATABASE": fleet.services.new_database(), "MIGRATE_LOCK_SECONDS": "20"}
    prefix = str(fleet.environment["REDIS_PREFIX"])
    migration = fleet.start("migrate", PROBE_SLOW_MIGRATION="60", **settings)
    migration.await_line("migration started")

    seen = []
    for _ in range(25):
        seen.append(remaining(fleet, prefix))
        time.sleep(1)
    assert all(0 < seconds <= 20 for seconds in seen), seen
    assert len(set(seen)) > 1, "it is renewed now and then, not all the time"

    migration.kill("KILL")
    migration.wait()
    until(lambda: remaining(fleet, prefix) == -2, "the lock of a killed migration ends", seconds=40)

    settings["DB_DATABASE"] = fleet.services.new_database()
    assert fleet.finish("migrate", CACHE_STORE="array", **settings).code == 0


def test_nobody_renews_the_lock_of_a_process_that_was_killed(fleet: Fleet) -> None:
    """Only the process is killed here, and its container lives on."""
    settings = {"DB_DATABASE": fleet.services.new_database(), "PROBE_SLOW_MIGRATION": "20"}
    host = fleet.start("schedule-loop", **settings)
    start = "trap '' QUIT TERM; php artisan migrate --force --isolated=75 & wait"
    with ThreadPoolExecutor() as pool:
        ended = pool.submit(host.exec, "sh", "-c", f"CONTAINER_MODE=migrate; {start}")
        until(lambda: "ecs:keep-lease" in str(host.processes()), "the lock is being renewed")
        kill = (
            "foreach (glob('/proc/[0-9]*/cmdline') as $file)"
            " if (preg_match('/^php.artisan.migrate/', (string) @file_get_contents($file)))"
            " posix_kill((int) explode('/', $file)[2], SIGKILL);"
        )
        host.exec("php", "-r", kill)
        until(lambda: "ecs:keep-lease" not in str(host.processes()), "nobody renews it", seconds=10)
        ended.result()


@pytest.mark.parametrize(("code", "marked"), [(0, ["image-b"]), (75, [])])
def test_only_a_migration_that_succeeded_marks_its_release(
    fleet: Fleet, code: int, marked: list[str]
) -> None:
    prefix = uuid4().hex
    if code == LOCKED:
        fleet.services.ask_valkey("set", f"{prefix}{LOCK}", "another's", "ex", "60")

    assert fleet.finish("migrate", REDIS_PREFIX=prefix, RELEASE="image-b").code == code

    assert fleet.services.ask_valkey("get", f"{prefix}ecs:release") == marked
    if marked:
        assert 840 < int(fleet.services.ask_valkey("ttl", f"{prefix}ecs:release")[0]) <= 900
