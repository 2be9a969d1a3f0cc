"""What the entrypoint makes of settings that nobody should have set: a clear error, never a command."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.image.docker import Docker, Output
from tests.image.services import APP_KEY

pytestmark = pytest.mark.engine

WRONG_MODE, UNREACHABLE, WRONG_SETTINGS = 64, 69, 78

# Starts the entrypoint with each environment that it reads, one after the other, and tells of each how it
# ended; the last line lists what lies in /tmp then.
DRIVER = """
foreach (json_decode(stream_get_contents(STDIN), true) as $changes) {
    $environment = array_filter($changes + getenv(), is_string(...));
    $printed = [1 => tmpfile(), 2 => tmpfile()];
    $process = proc_open(['/app/docker/entrypoint.sh'], $printed, $pipes, null, $environment);
    $end = [proc_close($process)];
    foreach ($printed as $stream) {
        rewind($stream);
        $end[] = stream_get_contents($stream);
    }
    echo json_encode($end, JSON_INVALID_UTF8_SUBSTITUTE), "\\n";
}
echo json_encode(scandir('/tmp'));
"""

TOUCH = "touch /tmp/canary"
HOSTILE = [
    " ",
    f"$({TOUCH})",
    f"`{TOUCH}`",
    f"; {TOUCH}",
    f"1; {TOUCH}",
    f"1\n{TOUCH}",
    f"\n{TOUCH}\n",
    f"| {TOUCH}",
    f"1 && {TOUCH}",
    f"1 || {TOUCH}",
    f"a[$({TOUCH})]",
    f"1 + $({TOUCH})",
    f"'; {TOUCH}; '",
    f'"; {TOUCH}; "',
    "${IFS}touch${IFS}/tmp/canary",
    f"}}; {TOUCH}; {{",
    "1+1",
    "-1",
    "0x10",
    "007",
    "1e3",
    "1.5",
    "٣",
    "9" * 1000,
    "a" * 100_000,
    "\\n\\c",
    "%s%n",
    "*",
    "--version",
    "../../bin/sh",
    "\x1b[31mred",
    "\ttab",
]
NUMBERS = {
    "queue": (
        *("QUEUE_MAX_JOBS", "QUEUE_MAX_TIME", "QUEUE_MEMORY", "QUEUE_PATIENCE", "QUEUE_SLEEP"),
        *("QUEUE_TIMEOUT", "QUEUE_TRIES", "STOP_TIMEOUT", "WORKLOAD_MEMORY"),
    ),
    "web": ("FPM_CHILDREN", "OPCACHE_MEMORY", "WORKLOAD_CPU", "WORKLOAD_MEMORY"),
}
NEEDED = ("QUEUE_SLEEP", "QUEUE_TIMEOUT", "QUEUE_TRIES")
MODES = ("web", "proxy", "queue", "schedule", "schedule-loop", "migrate", "artisan")
ALPHABET = "$`;|&<>(){}[]'\"\\\n\r\t *?~#!%@^=+-.,:/_0123456789abzAZé"


@dataclass(frozen=True)
class Case:
    """An environment, and how the entrypoint has to end with it."""

    environment: dict[str, str | None]
    code: int
    says: str


def number(mode: str, name: str, value: str | None) -> Case:
    """A number that is none."""
    says = rf"error: {name} must be a whole number, 1 to 99999, not '.*'"
    return Case({"CONTAINER_MODE": mode, name: value}, WRONG_SETTINGS, says)


def cases(rounds: int) -> list[Case]:
    """What is known to be dangerous, and `rounds` of what chance makes up."""
    chance = random.Random(4)
    made_up = ["".join(chance.choices(ALPHABET, k=chance.randint(1, 40))) for _ in range(rounds)]
    made = [
        number(mode, name, value) for mode, names in NUMBERS.items() for name in names for value in HOSTILE
    ]
    made += [number("queue", name, value) for name in NEEDED for value in ("", None)]
    numbers = [(mode, name) for mode, names in NUMBERS.items() for name in names]
    for value in made_up:
        if not re.fullmatch(r"[1-9][0-9]{0,4}", value):
            made.append(number(*chance.choice(numbers), value))
    modes: list[str | None] = [None, "", *HOSTILE, *made_up]
    for mode in modes:
        if mode not in MODES:
            made.append(
                Case(
                    {"CONTAINER_MODE": mode},
                    WRONG_MODE,
                    "error: CONTAINER_MODE is '.*'; it must be one of: web, .*",
                )
            )
    for value in (*HOSTILE, *made_up):
        made.append(
            Case(
                {"LOG_FORMAT": value, "CONTAINER_MODE": "proxy"},
                WRONG_SETTINGS,
                "error: LOG_FORMAT must be json or line, not '.*'",
            )
        )
        if not re.fullmatch(r"[A-Za-z0-9_.:/{}@-]+(,[A-Za-z0-9_.:/{}@-]+)*", value):
            made.append(
                Case(
                    {"CONTAINER_MODE": "queue", "QUEUES": value},
                    WRONG_SETTINGS,
                    "error: QUEUES must be names of queues like .*",
                )
            )
    return made


def run(
    docker: Docker, image: str, environments: list[dict[str, str | None]]
) -> tuple[list[Output], list[str]]:
    """Start the entrypoint with each, all in one container; return how they ended and what lies in /tmp."""
    options = ["--rm", "--interactive", "--read-only", "--tmpfs=/tmp:mode=1777,size=64m", "--cap-drop=ALL"]
    command = ["run", *options, "--entrypoint=php", image, "-n", "-r", DRIVER]
    done = docker(*command, stdin=json.dumps(environments).encode(), seconds=900)
    *ends, files = map(json.loads, done.out.splitlines())
    return [Output(*end) for end in ends], files


def test_a_setting_is_refused_in_one_line_and_never_run(
    docker: Docker, image: str, times: Callable[[int, int], int]
) -> None:
    wanted = cases(times(100, 2000))
    usual: dict[str, str | None] = {"LOG_FORMAT": "line", "APP_KEY": APP_KEY}

    outputs, files = run(docker, image, [usual | case.environment for case in wanted])

    assert "canary" not in files
    for case, output in zip(wanted, outputs, strict=True):
        shown = {name: (value or "")[:100] for name, value in case.environment.items()}
        assert output.code == case.code, (shown, output)
        assert output.out == "", (shown, output)
        assert re.fullmatch(f"{case.says}\n", output.err), (shown, output)
        assert len(output.err) < 300, "it fits a line"


@pytest.mark.parametrize("log_format", ["json", "line"])
def test_what_needs_no_check_is_never_run_either(docker: Docker, image: str, log_format: str) -> None:
    """Names, prefixes, keys: they go on to PHP as they are, which finds no services here."""
    names = ("APP_KEY", "APP_NAME", "REDIS_PREFIX", "RELEASE", "SESSION_COOKIE", "WORKLOAD")
    usual: dict[str, str | None] = {
        "CONTAINER_MODE": "queue",
        "DB_HOST": "127.0.0.1",
        "LOG_FORMAT": log_format,
        "QUEUE_PATIENCE": "1",
        "QUEUES": "mail,{orders}:high",
        "REDIS_HOST": "127.0.0.1",
    }

    outputs, files = run(docker, image, [usual | dict.fromkeys(names, value) for value in HOSTILE[1:16:3]])

    assert "canary" not in files
    for output in outputs:
        assert output.code == UNREACHABLE, output
        assert "the database at 127.0.0.1:5432 is unreachable" in output.err
