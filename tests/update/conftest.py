"""What the tests of updates share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.render import quick_copier


@pytest.fixture(scope="session", autouse=True)
def compiled() -> Iterator[None]:
    """An update renders three times, and Copier compiles each file's name and content each time."""
    with quick_copier():
        yield
