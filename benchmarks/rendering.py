"""``copier copy`` and ``copier update``, against a trivial template with as many files.

The trivial template asks one question and holds files with our files' names, each with one line of its own
and nothing to fill in: the ratio is what the questions, the plan and the templates add to Copier itself.
(With the same line in all of them git would have one object to write instead of some two hundred: no floor.)

Seconds are those of a `copier` process. The git processes are counted in a run of their own, from what git
itself notes of each (GIT_TRACE2_EVENT).
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

from .measure import Result, Target, alternating, progress, seconds

RUNS = int(os.environ.get("BENCH_RUNS", "9"))
"""Of each kind; ``BENCH_RUNS=1`` for a look at whether it works."""

GROWTH_RUNS = min(RUNS, 5)
ANSWERS = ".copier-answers.yml"
TRIVIAL = """\
_subdirectory: template
name:
  type: str
  default: Shop
"""
ONE = '["staging"]'
THREE = '["development", "staging", "production"]'


def _copier(*arguments: str | Path, cwd: Path, **environment: str) -> None:
    command = [sys.executable, "-m", "copier", *map(str, arguments), "--trust", "--quiet", "--defaults"]
    env = os.environ | GIT_SETTINGS | environment
    subprocess.run(command, cwd=cwd, env=env, check=True, capture_output=True)


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


def _copy(template: Path, project: Path, *options: str, **environment: str) -> float:
    shutil.rmtree(project, ignore_errors=True)
    places = str(template), str(project)
    return seconds(lambda: _copier("copy", "--vcs-ref=1.0.0", *options, *places, cwd=template, **environment))


def _update(template: Path, project: Path, *options: str, **environment: str) -> float:
    _copy(template, project, *options)
    commit(project)
    return seconds(lambda: _copier("update", cwd=project, **environment))


def _git_processes(folder: Path, action: partial[float]) -> int:
    """How many git processes it starts: each writes a file of its own."""
    folder.mkdir()
    action(GIT_TRACE2_EVENT=str(folder))
    return len(list(folder.iterdir()))


def measure() -> list[Result]:
    """Median seconds and git processes of a copy and of an update; how they grow with the environments."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = _ours(folder / "ours")
        _copy(ours, folder / "project")
        against = f"a trivial template of {len(files(folder / 'project'))} files"
        trivial = _trivial(folder / "trivial", folder / "project")
        results = []
        for what, action in (("copier copy", _copy), ("copier update", _update)):
            pair = partial(action, ours, folder / "a"), partial(action, trivial, folder / "b")
            progress(f"{what}, {RUNS} times each")
            results.append(Result(what, alternating(RUNS, *pair), "s", against, Target(1.3)))
            ours_starts, trivial_starts = (
                _git_processes(folder / f"{what} {number}", way) for number, way in enumerate(pair)
            )
            results.append(Result(f"{what}: git processes", [(ours_starts, trivial_starts)], "", against))
        for what, action in (("copier copy", _copy), ("copier update", _update)):
            progress(f"{what} with 1 and 3 environments, {GROWTH_RUNS} times each")
            pair = (
                partial(action, ours, folder / "a", f"--data=environments={THREE}"),
                partial(action, ours, folder / "b", f"--data=environments={ONE}"),
            )
            grown = alternating(GROWTH_RUNS, *pair)
            results.append(Result(f"{what}, 3 environments", grown, "s", "1 environment"))
    return results
