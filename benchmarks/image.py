"""The image of the defaults: its size, and how long a container takes to answer.

Size is what a registry stores and every task pulls: each layer compressed with gzip. Start runs from
`docker run` to the first 200 of ``/up``, against `php artisan serve` in the same image.
"""

from __future__ import annotations

import gzip
import json
import tarfile
import tempfile
import time
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

from tests.engine import ensure, ensure_images
from tests.image.docker import Container, Docker
from tests.image.services import Services, services
from tests.render import render

from .measure import Result, interleaved, progress

BASE = "debian:trixie-slim"
TAG = "copier-laravel-ecs-bench"
RUNS = 7
MEGABYTE = 1_000_000
PORT = 18080
# As on ECS: read-only, not root, and the memory of the small size.
LOCKED_UP = (
    "--init", "--read-only", "--tmpfs=/tmp:mode=1777,size=128m", "--cap-drop=ALL",
    "--security-opt=no-new-privileges", "--memory=448m",
)  # fmt: skip


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.extractfile(name)
    assert member, f"{name} is no file"
    return member.read()


def _megabytes(docker: Docker, image: str) -> float:
    """The size of an image's layers, each compressed as a registry keeps it."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "image.tar"
        docker("save", "--output", archive, image)
        with tarfile.open(archive) as tar:
            (manifest,) = json.loads(_member(tar, "manifest.json"))
            return sum(len(gzip.compress(_member(tar, name), 6)) for name in manifest["Layers"]) / MEGABYTE


def _until_up(docker: Docker, given: Services, *containers: tuple[str, ...]) -> float:
    """Seconds from starting containers that share one network to the first 200 of ``/up``."""
    environment = [f"--env={name}={value}" for name, value in given.environment.items()]
    network = [*given.options, f"--publish=127.0.0.1:{PORT}:8080"]
    started: list[Container] = []
    begin = time.perf_counter()
    try:
        for options in containers:
            started.append(docker.run(*LOCKED_UP, *environment, *network, *options))
            network = [f"--network=container:{started[0].id}"]
        while not _is_up():
            time.sleep(0.01)
        return time.perf_counter() - begin
    finally:
        for container in started:
            container.remove()


def _is_up() -> bool:
    with suppress(OSError), urlopen(f"http://127.0.0.1:{PORT}/up", timeout=30) as answer:
        return bool(answer.status == HTTPStatus.OK)
    return False


def _mode(mode: str) -> tuple[str, ...]:
    return f"--env=CONTAINER_MODE={mode}", TAG


def measure() -> list[Result]:
    """Megabytes of the image, seconds from start to ready."""
    engine = ensure()
    ensure_images(engine)
    docker = Docker(engine)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        progress("building the image")
        render(folder / "shop", project_name="Shop")
        docker.build(folder / "shop", f"--tag={TAG}")
        progress("compressing its layers")
        base = f"{BASE}, which it is built on"
        size = Result("image", _megabytes(docker, TAG), _megabytes(docker, BASE), "MB", base)
        (folder / "certificates").mkdir()
        with services(docker, folder / "certificates") as given:
            progress(f"start to ready, {RUNS} times each")
            ours = (_mode("web"), _mode("proxy"))
            serve = (*_mode("artisan"), "serve", "--host=0.0.0.0", "--port=8080")
            start = interleaved(
                RUNS, lambda: _until_up(docker, given, *ours), lambda: _until_up(docker, given, serve)
            )
    return [size, Result("start to /up", *start, "s", "php artisan serve in the same image")]
