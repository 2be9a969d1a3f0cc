"""The base images of the rendered files, made here where no registry can be reached.

Each is a stand-in: real software from Debian, PyPI or npm under the official image's name and
with its interface, as far as the rendered files use it. `recipes/` holds a folder for each.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import laravel
from .debian import OFFLINE, install_on_host, sources
from .engine import Engine
from .host import CACHE, EngineError, lock, run, step

BASE = "debian:trixie-slim"
COMPOSER = "composer:2"
RECIPES = {
    BASE: "debian",
    COMPOSER: "composer",
    "node:24-slim": "node",
    "postgres:17-alpine": "postgres",
    "mysql:8.4": "mysql",
    "valkey/valkey:8-alpine": "valkey",
    "rclone/rclone:1": "rclone",
}
IMAGES = tuple(RECIPES)

FOLDER = Path(__file__).parent / "recipes"
LABEL = "copier-laravel-ecs.recipe"
CERTIFICATES = Path("/etc/ssl/certs")


def ensure_images(engine: Engine, names: Iterable[str] = IMAGES) -> None:
    """Make those of the named images that are missing or come from an older recipe."""
    if engine.registry:
        return
    wanted = {BASE, *names}
    if unknown := wanted.difference(IMAGES):
        raise EngineError(f"no stand-in for {', '.join(sorted(unknown))}: write one in {FOLDER}")
    with lock():
        todo = [name for name in IMAGES if name in wanted and not _is_made(engine, name)]
        if todo:
            _make(engine, todo)


def _make(engine: Engine, names: list[str]) -> None:
    with tempfile.TemporaryDirectory(dir=CACHE) as folder, ThreadPoolExecutor(2) as pool:
        packages = Path(folder) / "packages"
        packages.mkdir()
        unpacked = pool.submit(laravel.build, packages) if COMPOSER in names else None
        if BASE in names:
            _make_base(engine, Path(folder))
        rest = [name for name in names if name not in (BASE, COMPOSER)]
        builds = [pool.submit(_build, engine, name, packages) for name in rest]
        if unpacked:
            unpacked.result()
            builds.append(pool.submit(_build, engine, COMPOSER, packages))
        for build in builds:
            build.result()


def _make_base(engine: Engine, folder: Path) -> None:
    install_on_host({"mmdebstrap": "mmdebstrap", "update-ca-certificates": "ca-certificates"})
    lines, tar = folder / "sources.list", folder / "base.tar"
    lines.write_text(sources("trixie", "-updates", "-security"))
    label = f"LABEL {LABEL}={_recipe(BASE)}"
    with step(f"making {BASE}"):
        run([FOLDER / "debian/make.sh", tar, lines], tries=2, hint=OFFLINE)
        run(["docker", "import", '--change=CMD ["bash"]', f"--change={label}", tar, BASE], env=engine.env)


def _build(engine: Engine, name: str, packages: Path) -> None:
    command = [
        *("docker", "build", "--network=host", f"--tag={name}", f"--label={LABEL}={_recipe(name)}"),
        f"--build-context=packages={packages}",
        # The host may reach npm and PyPI only through a proxy whose certificate it trusts.
        f"--build-context=certificates={CERTIFICATES}",
    ]
    with step(f"making {name}"):
        run([*command, FOLDER / RECIPES[name]], env=engine.env, tries=2, hint=OFFLINE)


def _is_made(engine: Engine, name: str) -> bool:
    form = f'{{{{index .Config.Labels "{LABEL}"}}}}'
    try:
        made = run(["docker", "image", "inspect", "--format", form, name], env=engine.env)
    except EngineError:
        return False
    return made.strip() == _recipe(name)


def _recipe(name: str) -> str:
    """A hash of everything an image is made from, but for the packages' versions."""
    files = [path for path in (FOLDER / RECIPES[name]).rglob("*") if path.is_file()]
    if name == COMPOSER:
        files.append(Path(laravel.__file__))
    content = b"".join(path.read_bytes() for path in sorted(files))
    return hashlib.sha256(content).hexdigest() + ("" if name == BASE else _recipe(BASE))
