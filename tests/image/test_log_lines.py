"""The filter that makes every line JSON (docker/log-lines.php), by itself, in the image."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from .docker import Container, Docker, Output
from .logs import records

pytestmark = pytest.mark.engine

FILTER = ("php", "-n", "/app/docker/log-lines.php")
Filter = Callable[..., Output]


@pytest.fixture(scope="module")
def filtered(docker: Docker, image: str) -> Iterator[Filter]:
    """Run a shell command under the filter."""
    container = docker.run("--init", "--env=WORKLOAD=test", "--entrypoint=sleep", image, "600")
    yield lambda command, stdin=b"": container.exec(*FILTER, "sh", "-c", command, stdin=stdin)
    container.remove()


@pytest.fixture
def started(docker: Docker, image: str) -> Iterator[Callable[[str], Container]]:
    """Start a shell command under the filter, in a container of its own."""
    containers: list[Container] = []

    def start(command: str) -> Container:
        filtered = [*FILTER, "sh", "-c", command]
        containers.append(docker.run("--init", "--entrypoint=php", image, *filtered[1:]))
        return containers[-1]

    yield start
    for container in containers:
        container.remove()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("exit 0", 0),
        ("exit 7", 7),
        ("exit 255", 255),
        ("kill -KILL $$", 137),
        ("kill -TERM $$", 143),
        ("kill -QUIT $$", 131),
    ],
)
def test_the_exit_code_is_the_commands(filtered: Filter, command: str, code: int) -> None:
    assert filtered(f"echo said; {command}").code == code


def test_a_command_that_is_not_there(docker: Docker, image: str) -> None:
    done = docker("run", "--rm", "--entrypoint=php", image, *FILTER[1:], "/no/such/program", check=False)

    assert done.code in {126, 127}


@pytest.mark.parametrize("signal", ["TERM", "QUIT", "INT", "HUP", "USR1", "USR2"])
def test_signals_reach_the_command(started: Callable[[str], Container], signal: str) -> None:
    container = started(f"trap 'echo heard; exit 3' {signal}; echo ready; while :; do sleep 0.1; done")
    container.await_line("ready")

    container.kill(signal)

    assert container.wait() == 3
    assert [line["message"] for line in records(container.logs().lines)] == ["ready", "heard"]


def test_each_stream_stays_itself(filtered: Filter) -> None:
    done = filtered("echo a; echo b >&2")

    [out], [err] = records(done.out.splitlines()), records(done.err.splitlines())
    assert (out["message"], out["level"], out["workload"]) == ("a", "info", "test")
    assert (err["message"], err["level"], err["workload"]) == ("b", "error", "test")


def test_the_last_line_may_lack_its_end(filtered: Filter) -> None:
    done = filtered("printf 'one\\ntwo'; printf three >&2; exit 4")

    assert [line["message"] for line in records(done.lines)] == ["one", "two", "three"]
    assert done.code == 4


def test_nothing_is_lost_when_much_is_said_at_the_end(filtered: Filter) -> None:
    done = filtered("seq 20000; seq 20000 >&2")

    assert [line["message"] for line in records(done.out.splitlines())] == [str(n) for n in range(1, 20001)]
    assert len(done.err.splitlines()) == 20000


def test_a_line_that_comes_in_pieces_is_one(filtered: Filter) -> None:
    done = filtered("printf o; sleep 0.2; printf n; sleep 0.2; echo e; echo; echo two")

    assert [line["message"] for line in records(done.lines)] == ["one", "two"]


def test_an_object_with_every_field_is_left_as_it_is(filtered: Filter) -> None:
    line = '{ "time":"2026-11-23T10:00:00Z", "level":"info","message":"\\u00e9 \\/","workload":"web","n":1.0}'

    assert filtered("cat", stdin=line.encode() + b"\n").out == line + "\n"


def test_an_object_that_lacks_fields_gets_them(filtered: Filter) -> None:
    [line] = records(filtered("cat", stdin=b'{"message":"m","order":{"id":7,"total":1.0},"none":{}}').lines)

    assert line.pop("time")
    assert line == {
        "level": "info",
        "message": "m",
        "workload": "test",
        "order": {"id": 7, "total": 1.0},
        "none": {},
    }


@pytest.mark.parametrize(
    "line",
    ["[1, 2]", '"text"', "null", "7", "{", "{broken}", '{"time":1}{"time":2}', "{}"],
)
def test_whatever_else_is_a_message(filtered: Filter, line: str) -> None:
    [read] = records(filtered("cat", stdin=line.encode()).lines)

    assert read["message"] == line


def test_fields_of_another_type_do_not_pass_as_they_are(filtered: Filter) -> None:
    """A reader that finds a number where the level should be can filter nothing by it."""
    line = json.dumps({"time": 1, "level": {"a": 1}, "message": ["m"], "workload": 2})

    assert records(filtered("cat", stdin=line.encode()).lines)


def test_the_level_of_monologs_own_format_is_understood(filtered: Filter) -> None:
    line = json.dumps({"message": "m", "context": {}, "level": 400, "level_name": "ERROR", "channel": "c"})

    [read] = records(filtered("cat", stdin=line.encode()).lines)
    assert (read["message"], read["level"], read["channel"]) == ("m", "error", "c")


def test_bytes_that_are_no_text_are_mended(filtered: Filter) -> None:
    done = filtered("cat", stdin=b"plain \xb1\n" + b'{"message":"object \xb1","path":"/\xff"}\n')

    plain, read = records(done.lines)
    assert plain["message"] == "plain \ufffd"
    assert (read["message"], read["path"]) == ("object \ufffd", "/\ufffd")


def test_a_line_that_is_far_too_long_is_cut_into_lines(filtered: Filter) -> None:
    done = filtered("head -c 3000000 /dev/zero | tr '\\0' x")

    lines = records(done.lines)
    assert "".join(line["message"] for line in lines) == "x" * 3_000_000
    assert max(map(len, done.lines)) < 1_100_000


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2026/11/23 10:00:00 [emerg] 7#7: bind() failed", "emergency"),
        ("2026/11/23 10:00:00 [crit] 7#7: *1 open() failed", "critical"),
        ("2026/11/23 10:00:00 [error] 7#7: *1 connect() failed", "error"),
        ("2026/11/23 10:00:00 [warn] 7#7: *1 a body is buffered", "warning"),
        ("[23-Nov-2026 10:00:00] NOTICE: ready to handle connections", "notice"),
        ("[23-Nov-2026 10:00:00] WARNING: [pool www] server reached pm.max_children", "warning"),
        ("[23-Nov-2026 10:00:00] ALERT: no workers", "alert"),
        ("NOTICE: PHP message: PHP Warning:  Undefined variable $x in /app/x.php on line 1", "warning"),
        ("NOTICE: PHP message: PHP Fatal error:  Uncaught Exception in /app/x.php:1", "critical"),
        ("PHP Warning:  Undefined variable $x in /app/x.php on line 1", "warning"),
        ("PHP Fatal error:  Allowed memory size exhausted", "critical"),
        ("PHP Parse error:  syntax error", "critical"),
        ("PHP Notice:  something", "notice"),
        ("PHP Deprecated:  something", "notice"),
        ("error: APP_KEY is not set", "error"),
        ("anything else", "error"),
    ],
)
def test_a_line_on_stderr_has_the_level_it_names(filtered: Filter, line: str, level: str) -> None:
    [read] = records(filtered("cat >&2", stdin=line.encode()).lines)

    assert read["level"] == level
