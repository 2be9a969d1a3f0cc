"""What the tests of faults share: the image and the services of `tests/image`, and how often to try."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.campaign import publish
from tests.image.conftest import docker, fleet, image, migrated, probe, services, shop

__all__ = ["docker", "fleet", "image", "migrated", "probe", "services", "shop"]  # fixtures


TEXT = """\
Containers of the real image, with Laravel, PostgreSQL and Valkey, and what happened to them. *Times*: so many
jobs, pairs of migrations, clients, inputs of the entrypoint, or seconds that a service was away."""

OUTCOMES = ("passed", "failed", "error")


@pytest.fixture
def times(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """The first of two numbers; in a campaign, the second."""

    def choose(normally: int, in_campaign: int) -> int:
        chosen = in_campaign if request.config.getoption("--campaign") else normally
        request.node.user_properties.append(("times", chosen))
        return chosen

    return choose


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write down what a campaign found."""
    if not config.getoption("--campaign"):
        return
    rows = [
        [
            report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " "),
            dict(report.user_properties).get("times", 1),
            outcome,
            f"{report.duration:.0f}",
        ]
        for outcome in OUTCOMES
        for report in terminalreporter.stats.get(outcome, [])
        if report.nodeid.startswith("tests/faults/") and report.when == "call"
    ]
    publish(
        "faults",
        "Workers, migrations and health under faults",
        TEXT,
        ["what", "times", "outcome", "seconds"],
        rows,
    )
