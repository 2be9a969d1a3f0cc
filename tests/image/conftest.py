"""What the tests of the image share: one build of it, one database, one Valkey, one running site."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.engine import Engine, ensure_images
from tests.render import ROOT, render

from .docker import Docker, progress
from .services import Services
from .services import services as start_services
from .workloads import Fleet, Site

PROBE = ROOT / "tests/fixtures/probe"
BASES = ("debian:trixie-slim", "composer:2", "node:24-slim")


@pytest.fixture(scope="session")
def docker(engine: Engine) -> Docker:
    """The engine, and the images that a rendered Dockerfile begins with."""
    ensure_images(engine, BASES)
    return Docker(engine)


@pytest.fixture(scope="session")
def services(docker: Docker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A database and a Valkey."""
    with start_services(docker, tmp_path_factory.mktemp("certificates")) as started:
        yield started


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new application with the default answers."""
    return render(tmp_path_factory.mktemp("rendered") / "shop")


@pytest.fixture(scope="session")
def probe(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with routes, jobs, commands and migrations of the tests' own."""
    folder = tmp_path_factory.mktemp("probe") / "shop"
    shutil.copytree(shop, folder)
    shutil.copytree(PROBE, folder, dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def image(docker: Docker, probe: Path) -> Iterator[str]:
    """The image of that application: every test runs this one."""
    with progress("building the image"):
        built = docker.build(probe, "--quiet").out.strip()
    yield built
    docker("rmi", "--force", built, check=False)


@pytest.fixture(scope="session")
def migrated(services: Services, image: str) -> Services:
    """The services, with the application's tables in the database."""
    with progress("migrating"), Fleet(services, image) as fleet:
        done = fleet.finish("migrate")
    assert done.code == 0, done
    return services


@pytest.fixture(scope="session")
def site(migrated: Services, image: str) -> Iterator[Site]:
    """The web service, for tests that only ask it something."""
    with Fleet(migrated, image) as fleet, progress("starting web and proxy"):
        yield fleet.site().await_up()


@pytest.fixture(scope="session")
def other_site(migrated: Services, image: str) -> Iterator[Site]:
    """The same image with another environment: large, plain lines, trusting somebody else."""
    with Fleet(migrated, image) as fleet, progress("starting web and proxy, large"):
        large = fleet.site(
            memory="1984m",
            APP_NAME="Other",
            CACHE_PREFIX="other-cache:",
            LOG_FORMAT="line",
            TRUSTED_PROXIES="10.255.0.1",
            WORKLOAD_CPU="1024",
            WORKLOAD_MEMORY="2048",
        )
        yield large.await_up()


@pytest.fixture
def fleet(migrated: Services, image: str) -> Iterator[Fleet]:
    """Containers that end with the test; nothing of theirs in Valkey meets anybody else's."""
    with Fleet(migrated, image, REDIS_PREFIX=f"{uuid4().hex}:") as started:
        yield started
