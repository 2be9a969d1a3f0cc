"""What each mode does; web and proxy have a file of their own."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from .docker import Container, Docker, until
from .logs import records
from .services import Services
from .workloads import Fleet, Site

pytestmark = pytest.mark.engine

AROUND = re.compile(r"^\S*docker-init |^php -n /app/docker/log-lines\.php ")
"""What is in every container here: the engine's process 1, as on ECS, and the log filter."""


def test_the_image_does_not_run_as_root(docker: Docker, image: str) -> None:
    assert docker("inspect", "--format={{.Config.User}}", image).out.strip() == "33:33"


def test_a_container_runs_what_its_mode_names_and_nothing_beside_it(fleet: Fleet, site: Site) -> None:
    """No supervisor, no worker in a web container: what ECS sees ending is what has ended."""

    def running(container: Container) -> list[str]:
        return [command for _, command in container.processes() if not AROUND.match(command)]

    worker = fleet.start("queue")
    until(lambda: "queue:work" in str(running(worker)), "the worker has started")

    [process] = running(worker)
    assert process.startswith("php artisan queue:work ")
    assert {process.partition(":")[0] for process in running(site.web)} == {"php-fpm"}
    assert {process.partition(":")[0] for process in running(site.proxy)} == {"nginx"}


def test_migrate_makes_the_tables(migrated: Services) -> None:
    tables = migrated.sql("select tablename from pg_tables where schemaname = 'public'")

    assert {"failed_jobs", "migrations", "sightings", "probe_events"} <= set(tables)


def test_a_second_migration_at_the_same_time_changes_nothing(fleet: Fleet) -> None:
    database = fleet.services.new_database()
    first = fleet.start("migrate", DB_DATABASE=database, PROBE_HELD_MIGRATION="1")
    first.await_line("migration started")
    count = "select count(*) from migrations"
    before = fleet.services.sql(count, database)

    second = fleet.finish("migrate", DB_DATABASE=database)

    assert second.code == 75
    assert first.running, "the second has to meet the first at work"
    assert fleet.services.sql(count, database) == before
    fleet.services.ask_valkey("set", f"{fleet.environment['REDIS_PREFIX']}go-on", "1")
    assert first.wait() == 0
    assert fleet.services.sql(count, database) > before


def test_a_third_migration_after_both_finds_nothing_to_do(fleet: Fleet) -> None:
    """A lock that stayed behind would end it with 75."""
    for _ in range(2):
        assert fleet.finish("migrate").code == 0


def test_queue_runs_a_job_and_gives_up_on_one_that_fails_three_times(fleet: Fleet) -> None:
    good, bad = f"good-{uuid4().hex}", f"bad-{uuid4().hex}"
    jobs = [("slow", good), ("failing", bad)]
    dispatched = [fleet.start("artisan", "probe:dispatch", *job) for job in jobs]
    assert [container.wait() for container in dispatched] == [0, 0]
    sql = fleet.services.sql
    events = "select event from probe_events where name = :'name' order by id"
    failed = "select count(*) from failed_jobs where exception like '%' || :'name' || ' fails on purpose%'"

    worker = fleet.start("queue")
    until(lambda: sql(events, name=good) == ["started", "finished"], "the good job has run")
    until(lambda: sql(failed, name=bad) == ["1"], "the bad job is recorded")

    assert sql(events, name=bad) == ["tried"] * 3
    assert worker.stop() == 0, "a worker without work stops at once"


def test_schedule_runs_what_is_due_and_ends(fleet: Fleet) -> None:
    count = "select count(*) from sightings where mode = 'schedule'"
    before = int(fleet.services.sql(count)[0])

    assert fleet.finish("schedule").code == 0

    assert int(fleet.services.sql(count)[0]) == before + 1


def test_artisan_hands_on_arguments_and_exit_code(fleet: Fleet) -> None:
    done = fleet.finish("artisan", "probe:echo", "one", "two words", "$HOME *", "--exit=7")

    assert done.code == 7
    assert [line["message"] for line in records(done.lines)] == ['heard ["one","two words","$HOME *"]']


def test_maintenance_is_one_command_and_holds_for_every_container(fleet: Fleet) -> None:
    site = fleet.site().await_up()

    assert fleet.finish("artisan", "down").code == 0
    assert site.get("/").status == 503
    assert site.get("/up").status == 200, "the load balancer keeps the container that says so"

    assert fleet.finish("artisan", "up").code == 0
    assert site.get("/").status == 200
