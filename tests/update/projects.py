"""Projects of earlier releases, and what their people have done to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.questions.questionnaire import YOURS
from tests.releases import archive, unpack, versions
from tests.render import SOURCES, commit, copy_sources, files, git, render

NEXT = "999.0.0"
"""The working tree's version here: it comes after every release."""

MARKERS = (b"<<<<<<< ", b">>>>>>> ")


def released(folder: Path, version: str, **answers: Any) -> Path:
    """A project `shop` of a release, committed; the template it was rendered from lies beside it."""
    assert archive(version).is_file(), f"python -m tests.releases cut {version}"
    source = folder / "template"
    unpack(version, source)
    commit(source, tag=version)
    return commit(render(folder / "shop", source=source, **answers))


def source_of(project: Path) -> Path:
    """The template that `released` has put beside a project."""
    return project.parent / "template"


def release(project: Path, version: str = NEXT, change: Callable[[Path], None] | None = None) -> None:
    """Publish another version of its template: an earlier release, or the working tree, perhaps changed."""
    source = source_of(project)
    for name in SOURCES:
        git(source, "rm", "-r", "--quiet", "--ignore-unmatch", name)
    if version in versions():
        unpack(version, source)
    else:
        copy_sources(source)
    if change:
        change(source)
    commit(source, tag=version)


def shared(project: Path) -> dict[str, bytes]:
    """Its files, without those that are the user's own."""
    return {path: content for path, content in files(project).items() if not path.startswith(YOURS)}


def replaced(path: Path, old: str, new: str) -> None:
    """Change a file at one place, as a person would."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")


def replaced_bytes(path: Path, old: bytes, new: bytes) -> None:
    """The same for a file that may be no UTF-8."""
    content = path.read_bytes()
    assert content.count(old) == 1, f"{path} has {old!r} {content.count(old)} times"
    path.write_bytes(content.replace(old, new))


def conflicts(project: Path) -> list[str]:
    """Files with a conflict marker, and rejected edits."""
    return [
        path
        for path, content in files(project).items()
        if path.endswith(".rej") or any(line.startswith(MARKERS) for line in content.splitlines())
    ]


def answers_file(project: Path) -> dict[str, Any]:
    """The answers file, with what Copier adds of its own."""
    content: dict[str, Any] = yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8"))
    return content


def edit(project: Path) -> None:
    """What people do to a project, as far as its release has the files for it. Committed.

    A PHP extension, a location in nginx, a log channel, a secret and a variable, a container beside, a step
    in the pipeline, commands of their own; one file deleted, one of the skeleton under another name.
    """
    package = "        php8.4-bcmath \\\n"
    replaced(project / "Dockerfile", package, "        php8.4-apcu \\\n" + package)
    own = "        location ~ \\.php$ {\n"
    replaced(
        project / "docker/nginx.conf",
        own,
        "        location = /mine {\n            return 204;\n        }\n" + own,
    )
    replaced(
        project / "config/logging.php",
        "    'channels' => [\n",
        "    'channels' => [\n        'mine' => ['driver' => 'null'],\n",
    )
    replaced(
        project / "compose.yaml", "\nvolumes:\n", "\n  mine:\n    image: debian:trixie-slim\n\nvolumes:\n"
    )
    (project / "Makefile").write_text("mine:\n\tphp artisan mine\n", encoding="utf-8")
    (project / "docs/ecs/guide.md").unlink()
    (project / "routes/console.php").rename(project / "routes/mine.php")
    if (project / "infra").exists():
        manifest = project / "infra/environments/staging.yml"
        replaced(manifest, "environment:\n", "environment:\n  MINE: mine\n")
        replaced(manifest, "secrets:\n", "secrets:\n  - MINE\n")
        replaced(manifest, 'account_id: ""', 'account_id: "111122223333"')
        (project / "infra/platform/mine.tf").write_text("locals {\n  mine = 1\n}\n", encoding="utf-8")
        containers = project / "infra/tasks/containers.tf"
        replaced(
            containers,
            "\n  # ── What every container has ",
            '\n  mine = { name = "mine" }\n\n  # ── What every container has ',
        )
        step = "      - run: composer test\n"
        replaced(project / ".github/workflows/checks.yml", step, step + "      - run: make mine\n")
    commit(project)
