"""What docker/build.sh compiled, and what is preloaded: that is taken, and nothing goes stale or grows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from .docker import Container, Docker, progress
from .services import Services
from .workloads import LOCKED_UP, Fleet, Site

pytestmark = pytest.mark.engine

# Added to each PHP process of a container: at its end it says how many files of the application it has
# loaded, and which of them were not compiled already.
LISTENER = """\
<?php register_shutdown_function(function () {
    [$compiled] = glob('/tmp/app/opcache/*');
    $ours = array_filter(get_included_files(), fn ($file) => str_starts_with($file, '/app/'));
    $missing = array_filter($ours, fn ($file) => ! is_file("$compiled$file.bin"));
    fwrite(STDERR, json_encode(['loaded' => count($ours), 'missing' => array_values($missing)])."\\n");
});
"""
FEW = 0.05
"""The share of its files that a process may compile itself: the task's own code, mostly."""

CONSOLE = """\
<?php
use Illuminate\\Support\\Facades\\Artisan;

Artisan::command('probe:changed', function () {
    $this->line('The changed file.');
});
Artisan::command('probe:later', function () {
    sleep(3); // OPcache leaves alone what is younger than two seconds when PHP starts
    passthru('php artisan probe:views');
});
Artisan::command('probe:views', function () {
    $render = fn () => view('home', ['visits' => 1, 'queue' => null, 'schedule' => null])->render();
    $render();
    $before = memory_get_usage();
    for ($i = 0; $i < 1000; $i++) {
        $render();
    }
    $this->line('grown by '.(memory_get_usage() - $before));
});
"""


@pytest.fixture
def started(migrated: Services, image: str) -> Iterator[Any]:
    """Start a container of the image with files of the test's own; removed in the end."""
    containers: list[Container] = []

    def start(mode: str, *arguments: str, files: dict[str, Path]) -> Container:
        given = migrated.environment | {
            "CONTAINER_MODE": mode,
            "LOG_FORMAT": "line",
            "REDIS_PREFIX": "compiled:",
        }
        options = [f"--env={name}={value}" for name, value in given.items()]
        volumes = [f"--volume={path}:{target}:ro" for target, path in files.items()]
        container = migrated.docker.run(*LOCKED_UP, *migrated.options, *options, *volumes, image, *arguments)
        containers.append(container)
        return container

    yield start
    for container in containers:
        container.remove()


@pytest.fixture
def console(tmp_path: Path) -> dict[str, Path]:
    """Another routes/console.php than the one that was compiled."""
    (tmp_path / "console.php").write_text(CONSOLE)
    return {"/app/routes/console.php": tmp_path / "console.php"}


@pytest.mark.parametrize("mode", ["schedule", "migrate"])
def test_a_start_compiles_next_to_nothing(started: Any, tmp_path: Path, mode: str) -> None:
    (tmp_path / "listener.php").write_text(LISTENER)
    (tmp_path / "listener.ini").write_text("auto_prepend_file = /listener.php\n")
    files = {
        "/listener.php": tmp_path / "listener.php",
        "/app/docker/zz-listener.ini": tmp_path / "listener.ini",
    }
    container = started(mode, files=files)
    assert container.wait() == 0

    processes = [json.loads(line) for line in container.logs().lines if line.startswith('{"loaded"')]

    assert processes
    for process in processes:
        assert process["loaded"] > 400
        assert len(process["missing"]) < FEW * process["loaded"], process["missing"]


def test_a_file_that_was_replaced_counts(started: Any, console: dict[str, Path]) -> None:
    container = started("artisan", "probe:changed", files=console)

    assert container.wait() == 0
    assert "The changed file." in container.logs().out


def test_a_command_that_renders_a_view_many_times_does_not_grow(
    started: Any, console: dict[str, Path]
) -> None:
    container = started("artisan", "probe:later", files=console)

    assert container.wait() == 0
    (grown,) = [line for line in container.logs().lines if line.startswith("grown by")]
    assert int(grown.split()[-1]) < 100_000


def test_a_page_finds_laravel_in_memory(site: Site) -> None:
    settings = site.get("/probe/settings").json

    assert settings["preloaded"] > 400
    # What Composer loads for every request (functions), the caches, and the application's own code.
    assert settings["loaded"] < 100
    assert not [line for line in site.web.logs().lines if "preload" in line]


def test_without_it_pages_load_it_themselves(fleet: Fleet) -> None:
    settings = fleet.site(OPCACHE_PRELOAD="").await_up().get("/probe/settings").json

    assert settings["preloaded"] == 0
    assert settings["loaded"] > 300


def test_a_list_that_php_does_not_take_is_left_out(
    docker: Docker, migrated: Services, probe: Path, tmp_path: Path
) -> None:
    """Otherwise PHP-FPM would not start, in any container of the image."""
    shutil.copytree(probe, tmp_path / "shop", symlinks=True)
    broken = (
        f'<?php echo "<?php no_function_of_this_name();"; // {uuid4()}: of this build, not of a cached one'
    )
    (tmp_path / "shop/docker/preload.php").write_text(broken)
    with progress("docker build without what is preloaded"):
        built = docker.build(tmp_path / "shop", "--progress=plain", f"--iidfile={tmp_path / 'image'}")
    image = (tmp_path / "image").read_text()
    try:
        assert "warning: nothing is preloaded; pages will take longer" in "\n".join(built.lines)
        with Fleet(migrated, image) as fleet:
            settings = fleet.site().await_up().get("/probe/settings").json
        assert settings["preloaded"] == 1  # the empty list
    finally:
        docker("rmi", "--force", image, check=False)
