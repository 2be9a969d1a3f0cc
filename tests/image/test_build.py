"""The way from a fresh clone of this repository to an image."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
import tarfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.command import run
from tests.docs.how_to import blocks, commands
from tests.render import ROOT, commit, copy_sources, files, git

from .docker import Docker, progress

pytestmark = pytest.mark.engine

CANARY = "canary-3f9c1d7e"

# Where secrets and private data lie in a developer's folder; none of it is committed.
PRIVATE = (
    ".env",
    ".env.production",
    ".git/config",
    "auth.json",
    "bootstrap/cache/config.php",
    "database/database.sqlite",
    "storage/app/private/invoice.txt",
    "storage/framework/sessions/a-session",
    "storage/logs/laravel.log",
    "storage/oauth-private.key",
)


def make_new(folder: Path) -> Path:
    """Clone this repository and type the one command; nothing is installed in the clone yet."""
    clone = folder / "copier-laravel-ecs"
    git(ROOT, "clone", "--quiet", str(ROOT), str(clone))
    copy_sources(clone)  # what is not committed yet is tested too
    shutil.copy2(ROOT / "Makefile", clone)
    shutil.copytree(ROOT / "requirements", clone / "requirements", dirs_exist_ok=True)
    commit(clone)
    with progress("make new, in a fresh clone"):
        run(["make", "new", "DEST=../shop", "ARGS=--defaults"], clone)
    return folder / "shop"


@pytest.fixture(scope="module", autouse=True)
def making(docker: Docker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Future[Path]]:
    """It downloads and installs for a while, so it begins before the first test and is used by the last."""
    del docker  # without an engine there is nothing to make it for
    with ThreadPoolExecutor() as pool:
        yield pool.submit(make_new, tmp_path_factory.mktemp("newcomer"))


def unpacked(archive: Path) -> bytes:
    """Everything in a saved image, layers uncompressed."""
    with tarfile.open(archive) as image:
        parts = [file.read() for member in image if (file := image.extractfile(member))]
    return b"".join(gzip.decompress(part) if part.startswith(b"\x1f\x8b") else part for part in parts)


def test_docker_has_nothing_to_say_against_the_dockerfile(docker: Docker, shop: Path) -> None:
    assert "no warnings found" in docker("build", "--check", shop).out


def test_php_can_read_every_file(docker: Docker, shop: Path, image: str) -> None:
    lint = "find /shop -name '*.php' -exec php -l {} + ; php -l /shop/artisan"
    read = ["--entrypoint=sh", "--user=root", f"--volume={shop}:/shop:ro", image, "-c", lint]
    lines = docker("run", "--rm", *read).lines

    assert len(lines) > 20
    assert [line for line in lines if not line.startswith("No syntax errors")] == []


def test_no_secret_is_in_any_layer(docker: Docker, shop: Path, tmp_path: Path) -> None:
    """Neither from files that lie around, nor from the builder's environment, nor from a build secret."""
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder)
    for path in PRIVATE:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(f'SECRET="{CANARY} {path}"\n')
    login = {"username": CANARY, "password": f"{CANARY} auth.json"}
    (folder / "auth.json").write_text(json.dumps({"http-basic": {"packages.example.com": login}}))
    manifest = folder / "composer.json"  # changed, so that Composer runs anew, with the secret
    manifest.write_text(manifest.read_text().replace('"project"', '"library"'))
    secret = f"--secret=id=composer_auth,src={folder / 'auth.json'}"
    with progress("building where secrets lie around"):
        built = docker.build(folder, "--quiet", secret, APP_KEY=CANARY).out.strip()

    archive = tmp_path / "image.tar"
    docker("save", "--output", archive, built)

    assert CANARY not in docker("history", "--no-trunc", built).out
    assert CANARY not in docker("inspect", built).out
    with progress("searching every layer"):
        content = unpacked(archive)
        assert b"SIGQUIT" in content, "the image's description is searched"
        assert b"final class EcsServiceProvider" in content, "its layers are searched"
        leaks = [path for path in PRIVATE if f"{CANARY} {path}".encode() in content]
        assert not leaks
        assert CANARY.encode() not in content


def test_a_builder_with_a_mirror_is_made_as_the_guide_says(docker: Docker, tmp_path: Path) -> None:
    """With the guide's own configuration. It is not started: its image would come from a registry."""
    [mirror] = [block.text for block in blocks("private-registry", "toml")]
    (tmp_path / "buildkitd.toml").write_text(mirror)
    [command] = [line for line in commands("private-registry") if line.startswith("docker buildx create")]
    own = {"BUILDX_CONFIG": str(tmp_path / "buildx")}  # the other tests keep their builder
    docker(*command.split()[1:], cwd=tmp_path, env=own)

    said = docker("buildx", "inspect", env=own).out
    assert re.search(r"^Name: +mirrored$", said, re.MULTILINE)
    assert re.search(r"^Driver: +docker-container$", said, re.MULTILINE)
    node = json.loads((tmp_path / "buildx/instances/mirrored").read_text())["Nodes"][0]
    kept = tomllib.loads(base64.b64decode(node["Files"]["buildkitd.toml"]).decode())
    assert kept == tomllib.loads(mirror)


def test_no_file_lends_anybody_another_users_rights(docker: Docker, image: str) -> None:
    find = ["find", "/", "-xdev", "-type", "f", "-perm", "/6000"]
    assert docker("run", "--rm", "--user=root", f"--entrypoint={find[0]}", image, *find[1:]).out == ""


def test_the_one_command_and_docker_build(docker: Docker, making: Future[Path], shop: Path) -> None:
    """Nothing is edited in between; the tests of the image look at the same rendering."""
    made = making.result()
    with progress("docker build of what it made"):
        built = docker.build(made, "--quiet").out.strip()

    said = docker(
        "run", "--rm", "--env=CONTAINER_MODE=artisan", f"--env=APP_KEY={'k' * 32}", built, "--version"
    )
    assert "Laravel Framework 13." in said.out
    answers = ".copier-answers.yml"  # it names the clone
    assert {**files(made), answers: b""} == {**files(shop), answers: b""}
