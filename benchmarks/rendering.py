"""``copier copy`` and ``copier update``, against a trivial template with as many files.

The trivial template asks one question and holds files with our files' names, each with one line of its own
and nothing to fill in: the ratio is what the questions, the plan and the templates add to Copier itself.
(With the same line in all of them git would have one object to write instead of some two hundred: no floor.)
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.render import GIT_SETTINGS, commit, copy_sources, files

from .measure import Result, interleaved, progress, seconds

RUNS = 9
ANSWERS = ".copier-answers.yml"
TRIVIAL = """\
_subdirectory: template
name:
  type: str
  default: Shop
"""


def _copier(*arguments: str | Path, cwd: Path) -> None:
    command = [sys.executable, "-m", "copier", *map(str, arguments), "--trust", "--quiet", "--defaults"]
    subprocess.run(command, cwd=cwd, env=os.environ | GIT_SETTINGS, check=True, capture_output=True)


def _two_versions(folder: Path, file: str) -> Path:
    """Commit a template twice; the second version has one more line in one file."""
    commit(folder, "1.0.0")
    with (folder / "template" / file).open("a") as opened:
        opened.write("# another line\n")
    return commit(folder, "2.0.0")


def _ours(folder: Path) -> Path:
    folder.mkdir()
    copy_sources(folder)
    return _two_versions(folder, "Dockerfile.jinja")


def _trivial(folder: Path, rendered: Path) -> Path:
    """A template of as many files as a rendering of ours, none with anything to fill in."""
    for name in files(rendered):
        (folder / "template" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "template" / name).write_text(f"{name}\n")
    (folder / "template" / ANSWERS).unlink()
    (folder / "template" / f"{ANSWERS}.jinja").write_text("{{ _copier_answers | to_nice_yaml }}")
    (folder / "copier.yml").write_text(TRIVIAL)
    return _two_versions(folder, "Dockerfile")


def _copy(template: Path, project: Path) -> float:
    shutil.rmtree(project, ignore_errors=True)
    return seconds(lambda: _copier("copy", "--vcs-ref=1.0.0", template, project, cwd=template))


def _update(template: Path, project: Path) -> float:
    _copy(template, project)
    commit(project)
    return seconds(lambda: _copier("update", cwd=project))


def measure() -> list[Result]:
    """Median seconds of a copy and of an update, ours and the trivial template's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = _ours(folder / "ours")
        _copy(ours, folder / "project")
        against = f"a trivial template of {len(files(folder / 'project'))} files"
        trivial = _trivial(folder / "trivial", folder / "project")
        results = []
        for what, action in (("copier copy", _copy), ("copier update", _update)):
            progress(f"{what}, {RUNS} times each")
            medians = interleaved(
                RUNS, partial(action, ours, folder / "a"), partial(action, trivial, folder / "b")
            )
            results.append(Result(what, *medians, "s", against))
    return results
