"""``bin/ecs deploy`` of a new image, against the Terraform, the AWS CLI and the waiting in it.

AWS is the emulator of the tests, with a roll-out of some seconds; Terraform, its provider and the AWS CLI are
real. What is left of the time is what `bin/ecs` needs itself.
"""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from functools import partial
from pathlib import Path

from tests.emulator.aws import emulator
from tests.emulator.tools import ensure_tools
from tests.infra.project import Project
from tests.render import GIT_SETTINGS, commit, render

from .measure import Result, progress, seconds

RUNS = 3
STOPWATCH = """\
#!/bin/bash
began=$EPOCHREALTIME
{program} "$@"
code=$?
echo "$began $EPOCHREALTIME" >> {log}
exit $code
"""


def _stopwatch(folder: Path, log: Path, name: str, program: Path) -> Path:
    """A program that notes when the real one ran."""
    script = folder / name
    script.write_text(STOPWATCH.format(program=shlex.quote(str(program)), log=shlex.quote(str(log))))
    script.chmod(0o755)
    return script


def _covered(log: Path) -> float:
    """Seconds in which at least one of them ran."""
    spans = sorted(tuple(map(float, line.split())) for line in log.read_text().splitlines())
    total, until = 0.0, 0.0
    for began, ended in spans:
        total += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return total


def measure() -> list[Result]:
    """Median seconds of a deploy, and of what it waits for."""
    tools = ensure_tools()
    os.environ.update(GIT_SETTINGS)
    with tempfile.TemporaryDirectory() as name, emulator(Path(name)) as aws:
        folder, log = Path(name), Path(name) / "log"
        programs = {"aws": tools.aws, "sleep": Path(shutil.which("sleep") or "/bin/sleep")}
        for program, path in programs.items():
            _stopwatch(folder, log, program, path)
        watched = {
            "PATH": os.pathsep.join([name, tools.env["PATH"]]),
            "TERRAFORM": str(_stopwatch(folder, log, "terraform", tools.terraform)),
        }
        project = Project(
            commit(render(folder / "shop", project_name="Shop", environments=["staging"], network="public")),
            "staging",
            aws,
            tools,
            provider=tools.unchecked,
        )
        progress("bin/ecs: an environment to deploy to")
        project.must("bootstrap", "--yes")
        project.must("platform", "staging", "--yes")
        rounds = []
        for number in range(RUNS):
            image = project.push(f"release {number}")
            log.write_text("")
            deploy = partial(project.ecs, "deploy", "staging", "--image", image, shell=watched)
            rounds.append((seconds(deploy), _covered(log)))
    return [Result("bin/ecs deploy", rounds, "s", "the Terraform, the AWS CLI and the waiting in it")]
