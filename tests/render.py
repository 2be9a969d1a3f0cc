"""Render the template as Copier does for a user, from a snapshot of the working tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import copier
import jinja2
import yaml

from tests.command import run

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("copier.yml", "extensions", "template")
"""What a rendering is made from; a release archives the same."""

GIT_SETTINGS = {
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_COUNT": "5",
    "GIT_CONFIG_KEY_0": "user.name",
    "GIT_CONFIG_VALUE_0": "Tests",
    "GIT_CONFIG_KEY_1": "user.email",
    "GIT_CONFIG_VALUE_1": "tests@example.com",
    "GIT_CONFIG_KEY_2": "commit.gpgSign",
    "GIT_CONFIG_VALUE_2": "false",
    "GIT_CONFIG_KEY_3": "core.hooksPath",
    "GIT_CONFIG_VALUE_3": os.devnull,
    "GIT_CONFIG_KEY_4": "init.defaultBranch",
    "GIT_CONFIG_VALUE_4": "main",
}
"""Everything git would take from the user, and times that make equal content an equal commit."""


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder and return what it prints."""
    return run(["git", *arguments], folder, environment=GIT_SETTINGS)


def copy_sources(target: Path, origin: Path = ROOT) -> None:
    """Put the template's sources into a folder, in place of those that lie there."""
    for name in SOURCES:
        if (target / name).is_dir():
            shutil.rmtree(target / name)
        if (origin / name).is_dir():
            shutil.copytree(
                origin / name, target / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(origin / name, target / name)


def commit(folder: Path, tag: str = "") -> Path:
    """Commit everything in a folder, which becomes a repository if it lies in none."""
    if subprocess.run(["git", "rev-parse"], cwd=folder, capture_output=True, check=False).returncode:
        git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Test", "--allow-empty")
    if tag:
        git(folder, "tag", tag)
    return folder


@cache
def _temporary() -> tempfile.TemporaryDirectory[str]:
    """Kept until this process ends."""
    return tempfile.TemporaryDirectory(prefix="template-")


@cache
def template() -> Path:
    """A repository with the template as it lies in the working tree.

    Copier would take the working tree itself too, but warns when something is not committed, and
    copies far more of it.
    """
    folder = Path(_temporary().name).resolve()
    copy_sources(folder)
    return commit(folder)


def render(destination: Path, *, source: Path | None = None, **answers: Any) -> Path:
    """Copy the template to a folder with these answers, and the defaults for the others."""
    copier.run_copy(
        str(source or template()),
        destination,
        data=answers,
        vcs_ref="HEAD",
        defaults=True,
        overwrite=True,
        unsafe=True,
        quiet=True,
    )
    return destination


@contextmanager
def quick_copier() -> Iterator[None]:
    """Spare Copier what comes to the same each time, half of its cost: with the same result.

    It compiles every file's name and content anew for each rendering, and asks git for every file whether
    it ignores executable bits, which it does on Windows.
    """
    compile_template = jinja2.Environment.compile
    codes: dict[tuple[Any, ...], Any] = {}

    def compile_once(environment: jinja2.Environment, *source: Any) -> Any:
        if "{% yield" in source[0]:
            return compile_template(environment, *source)
        environment.preprocess(source[0])  # where Copier forgets the loop of the name before
        if source not in codes:
            codes[source] = compile_template(environment, *source)
        return codes[source]

    with (
        patch.object(jinja2.Environment, "compile", compile_once),
        patch("copier._main.Worker._sync_git_index_executable_bit"),
    ):
        yield


def update(project: Path, **answers: Any) -> Path:
    """Update a project to the newest commit of the template it was rendered from.

    Raises:
        copier.errors.CopierError: Copier refuses, or what it runs before and after has failed.
    """
    copier.run_update(
        project, data=answers, vcs_ref="HEAD", defaults=True, overwrite=True, unsafe=True, quiet=True
    )
    return project


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but git's own: path → content."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def recorded(project: Path) -> dict[str, Any]:
    """The answers that a project keeps for its next update, without what Copier adds of its own."""
    answers = yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8"))
    return {name: answer for name, answer in answers.items() if not name.startswith("_")}
