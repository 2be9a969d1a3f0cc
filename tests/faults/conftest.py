"""What the tests of faults share: the image and the services of `tests/image`, and how often to try."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.image.conftest import docker, fleet, image, migrated, probe, services, shop

__all__ = ["docker", "fleet", "image", "migrated", "probe", "services", "shop"]  # fixtures


@pytest.fixture(scope="session")
def times(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """The first of two numbers; in a campaign, the second."""
    campaign = bool(request.config.getoption("--campaign"))
    return lambda normally, in_campaign: in_campaign if campaign else normally
