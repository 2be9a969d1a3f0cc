"""What the containers log. That every line is JSON, `Fleet` checks for every container of every test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from .docker import until
from .logs import records
from .services import Services
from .workloads import Fleet, Site

pytestmark = pytest.mark.engine

LONG = f"long {'x' * 100_000} end"
TOKEN = "a-token-in-the-query"


@dataclass(frozen=True)
class Logged:
    """What each workload logged, after doing all that could break a line of JSON."""

    web: list[dict[str, Any]]
    proxy: list[dict[str, Any]]
    lonely_proxy: list[dict[str, Any]]
    artisan: list[dict[str, Any]]


@pytest.fixture(scope="module")
def logged(migrated: Services, image: str) -> Iterator[Logged]:
    """Noise from PHP-FPM and from the command line, and answers of all kinds from nginx."""
    with Fleet(migrated, image) as fleet:
        artisan = fleet.start("artisan", "probe:noise")
        lonely = fleet.lonely_proxy()
        site = fleet.site().await_up()
        statuses = [
            site.get(f"{path}?token={TOKEN}", User_Agent='a "quoted" \\ \x7f\xe9 agent').status
            for path in ("/up", "/app.css", "/nowhere", "/probe/noise", "/probe/throw")
        ]
        assert statuses == [200, 200, 404, 200, 500]
        assert lonely.get(f"/up?token={TOKEN}").status == 502
        assert site.proxy.stop() == site.web.stop() == lonely.proxy.stop() == 0
        assert artisan.wait() == 1
        containers = (site.web, site.proxy, lonely.proxy, artisan)
        yield Logged(*(records(container.logs().lines) for container in containers))


def find(lines: list[dict[str, Any]], text: str) -> dict[str, Any]:
    """The one line whose message holds a text."""
    found = [line for line in lines if text in line["message"]]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("workload", ["web", "artisan"])
class TestPhp:
    """PHP-FPM cuts and prefixes lines unless it is told not to; the command line does not."""

    @pytest.fixture
    def lines(self, logged: Logged, workload: str) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = getattr(logged, workload)
        assert {line["workload"] for line in lines} == {workload}
        return lines

    def test_a_message_of_100_kb_stays_whole(self, lines: list[dict[str, Any]]) -> None:
        assert find(lines, "long ")["message"] == LONG

    def test_an_exception_that_nobody_catches_has_its_trace(self, lines: list[dict[str, Any]]) -> None:
        [line] = [line for line in lines if line["message"] == "nobody catches this" and "context" in line]

        assert line["level"] == "error"
        assert line["context"]["exception"]["class"] == "RuntimeException"
        assert any("vendor/laravel/framework" in step for step in line["context"]["exception"]["trace"])

    def test_an_exception_inside_another_is_there_too(self, lines: list[dict[str, Any]]) -> None:
        assert find(lines, "caught")["context"]["exception"]["previous"]["message"] == "inner"

    def test_broken_text_is_mended(self, lines: list[dict[str, Any]]) -> None:
        assert find(lines, "broken ")["message"] == "broken \ufffd1 text"
        assert find(lines, "invalid ")["message"].endswith("invalid \ufffd1 bytes")

    def test_a_warning_of_php_keeps_its_level(self, lines: list[dict[str, Any]]) -> None:
        assert find(lines, "this is a warning")["level"] == "warning"

    def test_lines_of_php_itself_are_wrapped(self, lines: list[dict[str, Any]]) -> None:
        assert find(lines, "a line of PHP itself")
        assert [line["message"] for line in lines if line["message"].endswith(("two", "lines"))]

    def test_debug_is_left_out(self, lines: list[dict[str, Any]]) -> None:
        assert not [line for line in lines if "nobody wants to read this" in line["message"]]


def test_what_a_command_prints_is_wrapped_without_colours(logged: Logged) -> None:
    assert find(logged.artisan, "plain output")["message"] == "plain output"
    assert find(logged.artisan, "| 1 | 2 |")["level"] == "info"


def test_fpm_says_that_it_is_ready(logged: Logged) -> None:
    assert find(logged.web, "ready to handle connections")["level"] == "notice"


def test_health_checks_are_logged_when_they_fail(logged: Logged) -> None:
    assert all(line["status"] != 200 for line in logged.proxy if line.get("path") == "/up")
    assert [line["status"] for line in logged.lonely_proxy if line.get("path") == "/up"] == [502]


def test_each_request_is_one_line(logged: Logged) -> None:
    lines = [line for line in logged.proxy if line.get("path") not in {None, "/up"}]

    assert [(line["path"], line["status"], line["level"]) for line in lines] == [
        ("/app.css", 200, "info"),
        ("/nowhere", 404, "warning"),
        ("/probe/noise", 200, "info"),
        ("/probe/throw", 500, "error"),
    ]
    assert all(line["agent"].startswith('a "quoted" \\ ') for line in lines)


def test_the_proxy_says_what_went_wrong(logged: Logged) -> None:
    assert find(logged.lonely_proxy, "connect() failed")["level"] == "error"


def test_no_query_is_logged(logged: Logged) -> None:
    """It may hold a token."""
    assert TOKEN not in str([logged.web, logged.proxy, logged.lonely_proxy])


def test_plain_lines_are_left_alone(other_site: Site, fleet: Fleet) -> None:
    for path in ("/probe/noise", "/probe/throw", "/app.css"):
        other_site.get(path)
    until(lambda: "/app.css" in other_site.proxy.logs().out, "the last request is logged")

    web, proxy = other_site.web.logs(), other_site.proxy.logs()
    artisan = fleet.finish("artisan", "probe:noise", LOG_FORMAT="line")

    for output in (web, proxy, artisan):
        assert not [line for line in output.lines if line.startswith("{")]
    for output in (web, artisan):
        assert f"production.INFO: {LONG}" in output.err
        assert "production.ERROR: nobody catches this" in output.err
        assert any(line.startswith("#0 /app/") for line in output.lines), (
            "the trace is there, a line for each step"
        )
    assert 'GET /app.css" 200' in proxy.out


@pytest.mark.parametrize("channel", ["single", "daily", "monthly", "stack", "emergency", "unheard-of"])
def test_no_channel_writes_a_file(fleet: Fleet, channel: str) -> None:
    """Nothing but the rules of the image keeps this one from writing."""
    container = fleet.unlocked("artisan", "probe:noise", LOG_CHANNEL=channel)
    container.wait()

    assert "nobody catches this" in container.logs().err
    assert not [path for path in container.changes() if path.startswith("/app")]
