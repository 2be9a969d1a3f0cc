"""Somebody's own application, the template rendered over it, and what comes of that."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.conftest import docker, services, shop
from tests.image.docker import Docker, Output, progress
from tests.image.services import Services
from tests.image.workloads import Fleet
from tests.render import ROOT, render

__all__ = ["docker", "services", "shop"]  # fixtures

FERRIES = ROOT / "tests/fixtures/existing"
PROVIDERS = "bootstrap/providers.php"
LINE = "App\\Ecs\\EcsServiceProvider::class,"


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The application, as it is right after the copy."""
    folder = tmp_path_factory.mktemp("existing") / "ferries"
    shutil.copytree(FERRIES, folder)
    return render(folder)


@pytest.fixture(scope="session")
def ferries(rendered: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with the one line that its owner has to add."""
    folder = tmp_path_factory.mktemp("adopted") / "ferries"
    shutil.copytree(rendered, folder)
    providers = folder / PROVIDERS
    before = providers.read_text(encoding="utf-8")
    after = before.replace("];", f"    {LINE}\n];")
    assert after != before
    providers.write_text(after, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def refused(docker: Docker, rendered: Path) -> Output:
    """What a build without that line ends with."""
    with progress("building without the provider's line"):
        return docker.build(rendered, "--progress=plain", check=False)


@pytest.fixture(scope="session")
def image(docker: Docker, ferries: Path) -> Iterator[str]:
    """The application's image."""
    with progress("building the existing application"):
        built = docker.build(ferries, "--quiet").out.strip()
    yield built
    docker("rmi", "--force", built, check=False)


@pytest.fixture(scope="session")
def fleet(services: Services, image: str) -> Iterator[Fleet]:
    """Its containers, with its tables in a database of its own."""
    with Fleet(services, image, DB_DATABASE=services.new_database()) as started:
        done = started.finish("migrate")
        assert done.code == 0, done
        yield started
