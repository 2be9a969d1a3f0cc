"""GitHub's workflows, run by act as it runs them on a machine of one's own.

Another's action is played by the one of its name in stubs/, or does nothing: what it prepares is there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.command import tool

STUBS = Path(__file__).parent / "stubs"
USED = re.compile(r"uses: (([\w-]+/[\w-]+)@[0-9a-f]{40})")
ENDED = re.compile(r"^\[([^/\]]+)/.*?\]\s+🏁\s+Job (succeeded|failed)", re.MULTILINE)

# act reads no further once the shell of a step has failed: now and then its last words were lost.
SHELL = """#!/bin/sh
{bash} "$@" && exit
code=$?
sleep 0.3
exit "$code"
"""


@dataclass(frozen=True)
class Run:
    """A run that has ended: whether it is green, each job by its name in the first workflow, what it said."""

    green: bool
    jobs: dict[str, bool]
    output: str


def act(
    project: Path,
    event: str,
    workflow: str,
    environment: Mapping[str, str],
    payload: Mapping[str, Any] | None = None,
) -> Run:
    """Run a workflow of a committed project as this event starts it."""
    event_file = project.parent / f"{project.name}-event.json"
    event_file.write_text(json.dumps(payload or {}), encoding="utf-8")
    command: list[str | Path] = [tool("act"), event, "--workflows", f".github/workflows/{workflow}"]
    command += ["--eventpath", event_file]
    for runner in ("ubuntu-24.04", "ubuntu-24.04-arm"):
        command += ["--platform", f"{runner}=-self-hosted"]
    for action, repository in sorted(_used(project)):
        stub = STUBS / repository.rpartition("/")[2]
        command += ["--local-repository", f"{action}={stub if stub.is_dir() else STUBS / 'nothing'}"]
    settings = {**os.environ, **environment, "XDG_CACHE_HOME": str(project.parent / "act")}
    settings["PATH"] = f"{_shell(project.parent / 'shell')}:{settings['PATH']}"
    done = subprocess.run(
        command,
        cwd=project,
        env=settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    jobs: dict[str, bool] = {}
    for job, how in ENDED.findall(done.stdout):
        jobs[job] = jobs.get(job, True) and how == "succeeded"
    return Run(done.returncode == 0, jobs, done.stdout)


def _shell(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    shell = folder / "bash"
    shell.write_text(SHELL.format(bash=shutil.which("bash")), encoding="utf-8")
    shell.chmod(0o755)
    return folder


def _used(project: Path) -> set[tuple[str, str]]:
    return {
        (action, repository)
        for path in (project / ".github").rglob("*.yml")
        for action, repository in USED.findall(path.read_text(encoding="utf-8"))
    }
