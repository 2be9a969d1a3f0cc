"""What all tests share: git without the user's settings, the container engine, how deep to search."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator

import hypothesis
import pytest

from tests.engine import Engine, EngineError, ensure
from tests.render import GIT_SETTINGS

hypothesis.settings.register_profile("check", max_examples=300, deadline=None, database=None)
hypothesis.settings.register_profile("campaign", max_examples=50_000, deadline=None, database=None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--campaign", action="store_true", help="every triple of answers, and many more examples"
    )


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.load_profile("campaign" if config.getoption("--campaign") else "check")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail what CI would skip for lack of a tool: a suite that vanishes there proves nothing."""
    report = yield
    needs = next((what for what in ("browser", "engine", "infra") if item.get_closest_marker(what)), None)
    if report.skipped and os.environ.get("CI") and needs:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"CI may skip no test marked {needs}: {reason}"
    return report


@pytest.fixture(scope="session", autouse=True)
def git_settings() -> Iterator[None]:
    """Give every git here, also Copier's own, the same settings whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in GIT_SETTINGS.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def engine() -> Engine:
    """A container engine that answers."""
    try:
        return ensure()
    except EngineError as error:
        pytest.skip(str(error))
