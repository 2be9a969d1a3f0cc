"""What a person sees when Copier or make refuses: exactly what docs/troubleshooting.md says."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import run, tool
from tests.render import ROOT, commit, render, template

COPIER = tool("copier")

HIDE_LOADER = """
import sys

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "copier_template_extensions":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hide())
"""

OLD_COPIER = """
from importlib import metadata

version = metadata.version
metadata.version = lambda name: "9.10.0" if name == "copier" else version(name)
"""


def copy(tmp_path: Path, *arguments: str, patch: str = "") -> list[str]:
    """What a refused `copier copy` prints, in a Python that `patch` has changed; it writes nothing."""
    (tmp_path / "sitecustomize.py").write_text(patch)
    command: list[str | Path] = [
        COPIER,
        "copy",
        "--defaults",
        "--vcs-ref",
        "HEAD",
        *arguments,
        template(),
        "shop",
    ]
    lines = run(command, tmp_path, fails=True, environment={"PYTHONPATH": str(tmp_path)}).splitlines()
    assert not (tmp_path / "shop").exists()
    return lines


def make(tmp_path: Path, *arguments: str) -> list[str]:
    """What a refused `make new` prints, in a copy of this repository where nothing is installed yet."""
    clone = tmp_path / "template"
    shutil.copytree(ROOT / "requirements", clone / "requirements")
    shutil.copy(ROOT / "Makefile", clone)
    lines = run(["make", "--no-print-directory", "new", *arguments], clone, fails=True).splitlines()
    assert not (clone / ".venv").exists()
    return [line for line in lines if not line.startswith("make: ")]


def fake(tmp_path: Path, name: str, script: str) -> Path:
    """Put a program into a folder."""
    program = tmp_path / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def committed(tmp_path: Path) -> Path:
    return commit(render(tmp_path / "shop"))


def without_trust(tmp_path: Path) -> list[str]:
    return copy(tmp_path)


def without_the_loader(tmp_path: Path) -> list[str]:
    return copy(tmp_path, "--trust", patch=HIDE_LOADER)


def with_an_old_copier(tmp_path: Path) -> list[str]:
    return copy(tmp_path, "--trust", patch=OLD_COPIER)


def with_a_bad_answer(tmp_path: Path) -> list[str]:
    return copy(tmp_path, "--trust", "--data", "queue_timeout=0")[-1:]


def make_without_destination(tmp_path: Path) -> list[str]:
    return make(tmp_path)


def make_over_changes(tmp_path: Path) -> list[str]:
    changed = committed(tmp_path) / "Dockerfile"
    changed.write_text("FROM scratch\n")
    lines = make(tmp_path, "DEST=../shop")
    assert changed.read_text() == "FROM scratch\n"
    return lines


def make_over_a_rendering(tmp_path: Path) -> list[str]:
    committed(tmp_path)
    return make(tmp_path, "DEST=../shop")


def make_over_what_git_does_not_know(tmp_path: Path) -> list[str]:
    application = tmp_path / "shop"
    application.mkdir()
    (application / "artisan").write_text("#!/usr/bin/env php\n")
    return make(tmp_path, "DEST=../shop")


def make_with_an_old_python(tmp_path: Path) -> list[str]:
    fake(tmp_path, "python3", "exit 1")
    return make(tmp_path, "DEST=../shop", f"PATH={tmp_path}:{os.environ['PATH']}")


def make_without_python(tmp_path: Path) -> list[str]:
    return make(tmp_path, "DEST=../shop", "PYTHON=python3.13", f"PATH={shell_only(tmp_path)}")


def make_without_venv(tmp_path: Path) -> list[str]:
    fake(tmp_path, "python3", f'case "$2" in *ensurepip*) exit 1 ;; esac; exec "{sys.executable}" "$@"')
    fake(tmp_path, "id", "echo 1000")
    return make(tmp_path, "DEST=../shop", f"PATH={tmp_path}:{os.environ['PATH']}")


def update_outside_git(tmp_path: Path) -> list[str]:
    return run(
        [COPIER, "update", "--trust", "--defaults"], render(tmp_path / "shop"), fails=True
    ).splitlines()


def update_over_changes(tmp_path: Path) -> list[str]:
    project = committed(tmp_path)
    (project / "README.md").write_text("# Mine\n")
    return run([COPIER, "update", "--trust", "--defaults"], project, fails=True).splitlines()


def defaults_over_a_file(tmp_path: Path) -> list[str]:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "Dockerfile").write_text("FROM scratch\n")
    command: list[str | Path] = [
        COPIER,
        "copy",
        "--trust",
        "--defaults",
        "--vcs-ref",
        "HEAD",
        template(),
        "shop",
    ]
    return run(command, tmp_path, fails=True).splitlines()


def shell_only(tmp_path: Path) -> Path:
    """A PATH with a shell, make and git, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in ("sh", "git"):
        (folder / program).symlink_to(str(shutil.which(program)))
    return folder


SCENARIOS: dict[str, Callable[[Path], list[str]]] = {
    "`--trust` is missing": without_trust,
    "the extension loader is missing": without_the_loader,
    "Copier is too old": with_an_old_copier,
    "an answer given with `--data` is refused": with_a_bad_answer,
    "`make new` without a folder": make_without_destination,
    "`make new` over changes that are not committed": make_over_changes,
    "`make new` over an application that is in no git repository": make_over_what_git_does_not_know,
    "`make new` over what it has rendered before": make_over_a_rendering,
    "Python is too old for `make`": make_with_an_old_python,
    "Python is not there": make_without_python,
    "Debian's Python has no `venv`": make_without_venv,
    "`copier update` outside git": update_outside_git,
    "`copier update` over changes that are not committed": update_over_changes,
    "`--defaults` meets a file of yours and nobody can be asked": defaults_over_a_file,
}


def page() -> dict[str, list[str]]:
    """What happened → the lines that docs/troubleshooting.md says are seen."""
    text = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (.+?) \| .+ \|$", text, re.MULTILINE)[1:]
    return {
        happened: [code.strip() for _, code in re.findall(r"(`+)(.+?)\1(?!`)", seen)]
        for happened, seen in rows
    }


def test_every_row_of_the_page_is_tried() -> None:
    assert list(page()) == list(SCENARIOS)


@pytest.mark.parametrize("happened", SCENARIOS)
def test_the_page_says_what_is_seen(tmp_path: Path, happened: str) -> None:
    documented = page()[happened]
    assert documented
    assert [line for line in SCENARIOS[happened](tmp_path) if line in documented] == documented
