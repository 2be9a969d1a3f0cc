"""What stops a container at its start: one line that says what is wrong, and an exit code that tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from .docker import Output, progress
from .logs import records
from .services import PASSWORD, Services
from .workloads import Fleet

pytestmark = pytest.mark.engine

WRONG = "wrong"
WRONG_MODE, UNREACHABLE, WRONG_SETTINGS = 64, 69, 78

MODES = "web, proxy, queue, schedule, schedule-loop, migrate, artisan"
PHP = ("web", "queue", "schedule", "schedule-loop", "migrate", "artisan")
NEED_DATABASE = ("web", "queue", "migrate")
NEED_VALKEY = (*NEED_DATABASE, "schedule", "schedule-loop")


@dataclass(frozen=True, eq=False)
class Case:
    """A mode, what is wrong with its environment, and what it has to say about that."""

    mode: str | None
    code: int
    says: str
    environment: dict[str, str | None] = field(default_factory=dict)

    def __str__(self) -> str:
        """Name the test."""
        wrong = ",".join(f"{name}={value}" for name, value in self.environment.items())
        return f"{self.mode}-{wrong}"


def _database(says: str, **environment: str | None) -> Iterator[Case]:
    for mode in NEED_DATABASE:
        yield Case(mode, UNREACHABLE, f"error: the database at {says}", environment)


def _valkey(says: str, *modes: str, **environment: str | None) -> Iterator[Case]:
    for mode in modes or NEED_VALKEY:
        yield Case(mode, UNREACHABLE, f"error: Valkey at {says}", environment)


def _number(mode: str, name: str, value: str) -> Case:
    says = f"error: {name} must be a whole number, .*, not '{re.escape(value)}'"
    return Case(mode, WRONG_SETTINGS, says, {name: value})


def _worker(says: str, **environment: str) -> Case:
    return Case("queue", WRONG_SETTINGS, f"error: {says}", dict(environment))


LONG = {"QUEUE_TIMEOUT": "111", "STOP_TIMEOUT": "120"}

CASES = [
    Case(None, WRONG_MODE, f"error: CONTAINER_MODE is ''; it must be one of: {MODES}"),
    Case("serve", WRONG_MODE, f"error: CONTAINER_MODE is 'serve'; it must be one of: {MODES}"),
    *(
        Case(mode, WRONG_SETTINGS, "error: APP_KEY is not set.*key:generate --show.*", {"APP_KEY": None})
        for mode in PHP
    ),
    *_database("valkey:5432 is unreachable: Connection refused", DB_HOST="valkey"),
    *_database("database:5432 refuses us: .*password authentication failed.*", DB_PASSWORD=WRONG),
    Case(
        "migrate",
        UNREACHABLE,
        "error: the database at nowhere:5432 is unreachable: .+",
        {"DB_HOST": "nowhere"},
    ),
    *_valkey("valkey:1 is unreachable: Connection refused", REDIS_PORT="1"),
    *_valkey("valkey:6379 refuses us: .*WRONGPASS.*", REDIS_PASSWORD=WRONG),
    *_valkey("nowhere:6379 is unreachable: .+", "schedule", REDIS_HOST="nowhere"),
    # A certificate of another authority, and no TLS where the server wants it.
    *_valkey("valkey:6379 refuses us: .+", "schedule", SSL_CERT_DIR="/etc/ssl/certs"),
    *_valkey("valkey:6379 refuses us: .+", "schedule", REDIS_SCHEME="tcp"),
    _number("queue", "QUEUE_TIMEOUT", "abc"),
    _number("queue", "QUEUE_TIMEOUT", "-1"),
    _number("queue", "QUEUE_TRIES", "1.5"),
    _number("queue", "QUEUE_SLEEP", ""),
    _number("queue", "QUEUE_MAX_JOBS", "many"),
    _number("queue", "QUEUE_MAX_TIME", "1h"),
    _number("queue", "QUEUE_MEMORY", "128M"),
    _number("queue", "QUEUE_PATIENCE", "-1"),
    _number("queue", "STOP_TIMEOUT", "2m"),
    _worker(
        'QUEUES must be names of queues like .*, not "default;mail"'.replace('"', "'"), QUEUES="default;mail"
    ),
    _worker(
        'QUEUE_TIMEOUT is 90, but the queue connection "redis" .* after 90 seconds.*', PROBE_RETRY_AFTER="90"
    ),
    _worker("QUEUE_TIMEOUT is 111, but .* killed 120 seconds .* must be 110 or less.*", **LONG),
    _worker(
        "QUEUE_MEMORY is 200, but PHP's memory_limit is 200M.*", QUEUE_MEMORY="200", PHP_MEMORY_LIMIT="200M"
    ),
    *(
        Case(mode, WRONG_SETTINGS, "error: DB_TLS must be true or false, not 'yes'", {"DB_TLS": "yes"})
        for mode in ("web", "schedule")
    ),
    _number("web", "WORKLOAD_CPU", "0.25"),
    _number("web", "WORKLOAD_MEMORY", "512m"),
    _number("web", "WORKLOAD_MEMORY", "1234567"),
    _number("web", "FPM_CHILDREN", "many"),
    _number("web", "OPCACHE_MEMORY", "64M"),
]


@pytest.fixture(scope="module")
def outputs(migrated: Services, image: str) -> Iterator[dict[Case, Output]]:
    """How each case ended. They run side by side: what takes time is starting, not the test."""
    with (
        Fleet(migrated, image) as fleet,
        ThreadPoolExecutor(4) as pool,
        progress(f"starting {len(CASES)} containers that refuse"),
    ):
        patience: dict[str, str | None] = {"QUEUE_PATIENCE": "1"}
        settings = [patience | case.environment for case in CASES]
        ends = [
            pool.submit(fleet.finish, case.mode, **environment)
            for case, environment in zip(CASES, settings, strict=True)
        ]
        yield {case: end.result() for case, end in zip(CASES, ends, strict=True)}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_one_line_says_what_is_wrong(case: Case, outputs: dict[Case, Output]) -> None:
    output = outputs[case]
    *before, line = records(output.lines)

    # A worker has waited, which here is a second, and says for what.
    waited = case.mode == "queue" and case.code == UNREACHABLE
    assert [record["level"] for record in before] == ["warning"] * waited, output.lines
    assert all("waiting up to 1 seconds for" in record["message"] for record in before)
    assert line["level"] == "error"
    assert re.fullmatch(case.says, line["message"]), line["message"]
    assert line["workload"] == (case.mode or "unknown")
    assert output.code == case.code
    assert PASSWORD not in str(output)


def test_a_plain_line_when_lines_are_wanted(fleet: Fleet) -> None:
    output = fleet.finish("queue", LOG_FORMAT="line", APP_KEY=None)

    assert output.err.startswith("error: APP_KEY is not set.")
    assert len(output.lines) == 1


def test_an_unknown_log_format_is_refused_in_plain_words(fleet: Fleet) -> None:
    output = fleet.finish("proxy", LOG_FORMAT="text")

    assert output.err == "error: LOG_FORMAT must be json or line, not 'text'\n"
    assert output.code == WRONG_SETTINGS
