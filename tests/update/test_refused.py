"""An update that cannot be is refused in a line that says why, and leaves the project as it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import run, tool
from tests.render import commit, files, git

from .projects import release, released, replaced, source_of

pytestmark = pytest.mark.update


def dirty(project: Path) -> None:
    (project / "Dockerfile").write_text("FROM scratch\n", encoding="utf-8")


def without_answers(project: Path) -> None:
    (project / ".copier-answers.yml").unlink()
    commit(project)


def nonsense(project: Path) -> None:
    (project / ".copier-answers.yml").write_text("_src_path: [\n", encoding="utf-8")
    commit(project)


def no_template(project: Path) -> None:
    shutil.rmtree(source_of(project))


def newer_copier(project: Path) -> None:
    release(project, "999.1.0", lambda source: replaced(source / "copier.yml", '"9.19"', '"99.0"'))


def nothing(_: Path) -> None:
    pass


CASES: dict[str, tuple[Callable[[Path], None], list[str], str]] = {
    "uncommitted changes": (dirty, ["--trust"], "Destination repository is dirty"),
    "no answers file": (
        without_answers,
        ["--trust"],
        "Cannot update because cannot obtain old template references",
    ),
    "an answers file that is no YAML, Copier's own": (nonsense, ["--trust"], ".copier-answers.yml"),
    "no template there": (no_template, ["--trust"], "Updating is only supported in git-tracked templates"),
    "no trust": (nothing, [], "--trust"),
    "an older Copier": (newer_copier, ["--trust"], "99.0"),
}


@pytest.mark.parametrize(("prepare", "options", "says"), CASES.values(), ids=CASES)
def test_it_is_refused_and_nothing_is_changed(
    tmp_path: Path, prepare: Callable[[Path], None], options: list[str], says: str
) -> None:
    project = released(tmp_path, "0.3.0")
    release(project)
    prepare(project)
    before, status = files(project), git(project, "status", "--porcelain")
    said = run([tool("copier"), "update", "--defaults", "--vcs-ref", "HEAD", *options], project, fails=True)
    assert says in said, said
    assert "Traceback" not in said or prepare is nonsense
    assert files(project) == before
    assert git(project, "status", "--porcelain") == status


def test_trust_can_be_given_once_for_all(tmp_path: Path) -> None:
    """By the file that docs/ecs/updating.md shows."""
    project = released(tmp_path, "0.3.0")
    release(project)
    settings = tmp_path / "settings.yml"
    settings.write_text(f"trust:\n  - {source_of(project)}\n", encoding="utf-8")
    said = run(
        [tool("copier"), "update", "--defaults"], project, environment={"COPIER_SETTINGS_PATH": str(settings)}
    )
    assert "Read `git diff`" in said
