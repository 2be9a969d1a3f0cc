"""One tick: which minute it runs, what it says of others, and when it ends."""

from __future__ import annotations

import json
import re
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.command import tool

from .docker import Output
from .logs import records
from .workloads import Fleet

pytestmark = pytest.mark.engine

SCHEMA = Path(__file__).parent / "schedule/embedded_metric_format.json"
NAMESPACE = "shop-test"
NOW = datetime.now(UTC)
WITHOUT_VALKEY = {"REDIS_HOST": None, "CACHE_STORE": "array", "QUEUE_CONNECTION": "sync"}


def minute(ago: int = 0) -> str:
    """A minute as EventBridge names it."""
    return f"{NOW - timedelta(minutes=ago):%Y-%m-%dT%H:%M:00Z}"


def short(event: str) -> str:
    """The same as a tick names it."""
    return event.replace(":00Z", "Z")


def messages(done: Output) -> list[str]:
    return [line["message"] for line in records(done.lines)]


def metrics(done: Output) -> dict[str, dict[str, Any]]:
    """Each service's metrics; every line of them is one that CloudWatch understands."""
    lines = [json.loads(line) for line in done.out.splitlines() if '"_aws"' in line]
    for line in lines:
        checked = subprocess.run(
            [tool("check-jsonschema"), "--schemafile", SCHEMA, "-"],
            input=json.dumps(line),
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 0, checked.stdout
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == NAMESPACE
        assert all(isinstance(line[metric["Name"]], int | float) for metric in directive["Metrics"])
        assert {metric["Unit"] for metric in directive["Metrics"]} <= {"Count", "Seconds"}
    return {line["ServiceName"]: line for line in lines}


def tick(fleet: Fleet, event: str, **environment: str | None) -> Output:
    return fleet.finish("schedule", SCHEDULE_TIME=event, METRICS_NAMESPACE=NAMESPACE, **environment)


def test_a_minute_is_run_once(fleet: Fleet) -> None:
    first, again = tick(fleet, minute(5)), tick(fleet, minute(5))

    assert any("app:record-schedule" in message for message in messages(first)), messages(first)
    assert messages(again) == [f"INFO  The minute {short(minute(5))} is taken already."]


def test_a_tick_that_was_overtaken_is_not_run(fleet: Fleet) -> None:
    tick(fleet, minute(3))
    assert "is taken already" in messages(tick(fleet, minute(4)))[0]


def test_a_tick_that_was_killed_is_named_by_the_next_and_not_repeated(fleet: Fleet) -> None:
    task = "cd189a933e5849daa93386466019ab50"
    metadata = f"http://169.254.170.2/v4/{task}-2495160603"
    killed = fleet.start(
        "schedule", SCHEDULE_TIME=minute(5), PROBE_TICK="closure", ECS_CONTAINER_METADATA_URI_V4=metadata
    )
    killed.await_line("tick started")
    killed.kill("SIGKILL")

    assert "is taken already" in messages(tick(fleet, minute(5)))[0]
    (warning,) = [line for line in records(tick(fleet, minute(4)).lines) if line["level"] == "warning"]
    assert warning["message"].startswith(f"The tick of {short(minute(5))} has not ended")
    assert warning["context"]["task"] == task
    assert "has not ended" not in str(messages(tick(fleet, minute(3)))), "it is named once"


def test_lost_minutes_are_made_up_for_up_to_a_limit(fleet: Fleet) -> None:
    tick(fleet, minute(200))
    done = tick(fleet, minute(100))

    said = messages(done)
    assert f"Minutes lost before {short(minute(100))}: 99. What was due in them runs now, once." in said
    assert "Too long ago to make up for: 39 of them. What was due then has not run." in said
    assert metrics(done)["schedule"]["MissedMinutes"] == 99
    assert sum("Running" in message for message in said) == 1


def test_every_tick_is_measured(fleet: Fleet) -> None:
    done = tick(fleet, minute(2), BACKLOG_QUEUES='{"queue":["default"],"mail":["urgent","mail"]}')

    measured = metrics(done)
    assert measured["schedule"]["Ticks"] == 1
    assert measured["schedule"]["MissedMinutes"] == 0
    assert measured["schedule"]["Delay"] >= 120
    assert measured["queue"]["Backlog"] == measured["mail"]["Backlog"] == 0


def test_backlog_is_what_waits_or_is_under_way(fleet: Fleet) -> None:
    for _ in range(3):
        assert fleet.finish("artisan", "probe:dispatch", "slow", "waiting").code == 0

    backlog = {"BACKLOG_QUEUES": '{"queue":["default","other"]}'}
    assert metrics(tick(fleet, minute(2), **backlog))["queue"]["Backlog"] == 3
    worker = fleet.start("queue")
    worker.await_line("RUNNING")
    assert metrics(tick(fleet, minute(1), **backlog))["queue"]["Backlog"] == 3


def test_a_job_for_later_counts_once_it_is_due(fleet: Fleet) -> None:
    """Also where no worker runs that would look for it."""
    assert fleet.finish("artisan", "probe:dispatch", "slow", "soon", "--delay=1").code == 0
    assert fleet.finish("artisan", "probe:dispatch", "slow", "tomorrow", "--delay=86400").code == 0
    time.sleep(1)
    done = tick(fleet, minute(0), BACKLOG_QUEUES='{"queue":["default"]}')
    assert metrics(done)["queue"]["Backlog"] == 1


@pytest.mark.parametrize("log_format", ["json", "line"])
def test_a_tick_ends_with_its_background_tasks_and_shows_what_they_print(
    fleet: Fleet, log_format: str
) -> None:
    """With plain lines nothing but the tick itself waits; otherwise the log filter does, too."""
    done = tick(fleet, minute(1), PROBE_TICK="background", LOG_FORMAT=log_format)

    said = "\n".join(done.lines)
    # Printed by the command, logged by it, and logged by what is to run after it.
    for line in ("a scheduled command speaks", "tick started", "tick finished", "after the tick"):
        assert said.count(line) == 1, said


def test_tasks_of_seconds_end_when_a_later_minute_is_taken(fleet: Fleet) -> None:
    repeating = fleet.start("schedule", SCHEDULE_TIME=minute(2), PROBE_TICK="seconds")
    repeating.await_line("one more second", times=3)
    began = time.monotonic()
    other = fleet.start("schedule", SCHEDULE_TIME=minute(1), PROBE_TICK="seconds")

    assert repeating.wait() == 0
    assert time.monotonic() - began < 15
    other.await_line("one more second", times=2)


def test_a_task_that_must_not_overlap_is_left_out_while_it_runs(fleet: Fleet) -> None:
    """The lock is in Valkey: a container knows of it what another one has taken."""
    first = fleet.start("schedule", SCHEDULE_TIME=minute(3), PROBE_TICK="alone")
    first.await_line("tick started")

    meanwhile = tick(fleet, minute(2), PROBE_TICK="alone")
    assert "app:record-schedule" in str(messages(meanwhile)), "others run"
    assert "tick started" not in messages(meanwhile)

    assert first.running, "the second has to meet the first at work"
    fleet.services.ask_valkey("set", f"{fleet.environment['REDIS_PREFIX']}go-on", "1")
    assert first.wait() == 0
    assert "tick finished" in messages(tick(fleet, minute(1), PROBE_TICK="alone"))


def test_without_valkey_it_is_laravel_s_own_scheduler(fleet: Fleet) -> None:
    done = tick(fleet, minute(7), **WITHOUT_VALKEY)

    assert done.code == 0, done.out + done.err
    assert any("without REDIS_HOST this is Laravel's own scheduler" in message for message in messages(done))
    assert any("app:record-schedule" in message for message in messages(done))
    assert metrics(done)["schedule"]["Ticks"] == 1
    loop = fleet.start("schedule-loop", **WITHOUT_VALKEY)
    time.sleep(6)  # it says nothing before the next minute; refused, it would end within two seconds
    assert loop.running


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        ("yesterday", "SCHEDULE_TIME must be a time such as 2026-11-24T19:31:00Z, not 'yesterday'"),
        ("2026-13-41T25:61:00Z", "SCHEDULE_TIME must be a time such as .*, not '2026-13-41T25:61:00Z'"),
        ("2026-11-24T19:31:00Z\n", "SCHEDULE_TIME must be a time such as .*"),
        ("2126-11-24T19:31:00Z", "SCHEDULE_TIME is 2126-11-24T19:31:00Z, which has not come yet"),
    ],
)
def test_a_minute_that_cannot_be_is_refused(fleet: Fleet, event: str, problem: str) -> None:
    done = fleet.finish("schedule", SCHEDULE_TIME=event)
    assert done.code == 78
    assert messages(done)[0].startswith("error: SCHEDULE_TIME")
    assert re.search(problem, messages(done)[0])


def test_of_two_containers_for_a_minute_one_runs(request: pytest.FixtureRequest, fleet: Fleet) -> None:
    """Started together, as EventBridge does when it delivers an event twice."""
    for ago in range(10 if request.config.getoption("--campaign") else 2, 0, -1):
        both = [fleet.start("schedule", SCHEDULE_TIME=minute(ago)) for _ in range(2)]
        assert [container.wait() for container in both] == [0, 0]
        logs = [str(container.logs().lines) for container in both]
        assert sorted("Running" in log for log in logs) == [False, True]
        assert sorted("is taken already" in log for log in logs) == [False, True]
