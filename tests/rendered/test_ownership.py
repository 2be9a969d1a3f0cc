"""What is the user's own stays as it is, in a copy and in every update after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.questions.questionnaire import YOURS
from tests.render import commit, copy_sources, files, git, recorded, render, update

SHARED = {"Dockerfile", "compose.yaml", "docker/entrypoint.sh", "app/Ecs/EcsServiceProvider.php"}
SKELETON = {
    ".env.example",
    ".gitignore",
    "README.md",
    "app/Http/Controllers/HomeController.php",
    "artisan",
    "bootstrap/app.php",
    "composer.json",
    "config/cache.php",
    "config/logging.php",
    "phpunit.xml",
    "public/index.php",
    "routes/web.php",
    "tests/TestCase.php",
}

APPLICATION = {
    ".env.example": b"APP_NAME=Mine\n",
    ".gitignore": b"/vendor\n",
    "README.md": b"# Mine\n",
    "app/Models/User.php": b"<?php // mine\n",
    "artisan": b"#!/usr/bin/env php\n",
    "bootstrap/app.php": b"<?php // mine\n",
    "bootstrap/providers.php": b"<?php return [];\n",
    "composer.json": b"{}\n",
    "config/app.php": b"<?php return [];\n",
    "config/logging.php": b"<?php return []; // mine\n",
    "package.json": b"{}\n",
    "public/index.php": b"<?php // mine\n",
    "routes/web.php": b"<?php // mine\n",
    "tests/TestCase.php": b"<?php // mine\n",
}
"""An application that was there before: some of its files have the name of a skeleton file, others not."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A template of its own, to change."""
    folder = tmp_path / "template"
    folder.mkdir()
    copy_sources(folder)
    return commit(folder, tag="0.0.1")


def write(folder: Path, content: dict[str, bytes]) -> Path:
    for path, data in content.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_an_empty_folder_gets_a_whole_application(tmp_path: Path) -> None:
    project = render(tmp_path / "shop")
    assert files(project).keys() >= SHARED | SKELETON
    assert recorded(project)["application"] == "new"


def test_the_files_of_an_application_stay_and_none_of_the_skeleton_comes(tmp_path: Path) -> None:
    project = render(write(tmp_path / "shop", APPLICATION))
    after = files(project)
    assert {path: after[path] for path in APPLICATION} == APPLICATION
    assert after.keys() & SKELETON == APPLICATION.keys() & SKELETON
    assert after.keys() >= SHARED
    assert recorded(project)["application"] == "existing"


def test_an_application_gets_every_shared_file_and_nothing_else(tmp_path: Path) -> None:
    project = render(write(tmp_path / "shop", APPLICATION))
    added = files(project).keys() - APPLICATION.keys()
    assert added == {path for path in files(render(tmp_path / "new")) if not path.startswith(YOURS)}


def test_what_a_new_repository_on_github_holds_stays(tmp_path: Path) -> None:
    begun = {"README.md": b"# shop\n", ".gitignore": b"/vendor\n", "LICENSE": b"MIT\n"}
    project = render(write(tmp_path / "shop", begun))
    after = files(project)
    assert {path: after[path] for path in begun} == begun
    assert after.keys() >= SHARED | SKELETON
    assert recorded(project)["application"] == "new"


@pytest.mark.update
@pytest.mark.parametrize("kind", ["new", "existing"])
def test_an_update_changes_what_is_shared_and_leaves_the_rest(
    source: Path, tmp_path: Path, kind: str
) -> None:
    folder = tmp_path / "shop"
    if kind == "existing":
        write(folder, APPLICATION)
    project = render(folder, source=source)
    if kind == "new":
        (project / "routes/web.php").unlink()
        (project / "phpunit.xml").unlink()
    append(project / "README.md", "Edited.\n")
    append(project / "Dockerfile", "# Edited here.\n")
    commit(project)
    mine = {
        path: content for path, content in files(project).items() if path in SKELETON | APPLICATION.keys()
    }

    dockerfile = source / "template/Dockerfile.jinja"
    dockerfile.write_text("# Changed there.\n" + dockerfile.read_text(encoding="utf-8"), encoding="utf-8")
    for path in ("README.md", "routes/web.php", "phpunit.xml", "public/index.php", "config/new.php"):
        write(source / "template", {path: b"changed there\n"})
    commit(source, tag="0.0.2")
    update(project)

    after = files(project)
    assert {path: after.get(path) for path in mine} == mine
    assert after.keys() & (SKELETON | {"config/new.php"}) == mine.keys() & SKELETON
    lines = after["Dockerfile"].splitlines()
    assert (lines[0], lines[-1]) == (b"# Changed there.", b"# Edited here.")
    assert set(git(project, "diff", "--name-only").split()) == {".copier-answers.yml", "Dockerfile"}
    assert recorded(project)["application"] == kind
