"""GitLab's pipeline: the jobs a commit gets, each run in a clone of its own.

Knows what `.gitlab-ci.yml` here uses: extends, stages, needs, variables and the rules' `if`, nothing else.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.render import git

KEYWORDS = {"default", "stages", "variables", "workflow"}
CONDITION = re.compile(r'\$(\w+) == "([^"]*)"')

Job = dict[str, Any]


@dataclass
class Pipeline:
    """The pipeline of a project's commit."""

    project: Path
    variables: Mapping[str, str]
    output: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.definition = yaml.safe_load((self.project / ".gitlab-ci.yml").read_text(encoding="utf-8"))

    @property
    def all_jobs(self) -> dict[str, Job]:
        """Every job with what it extends in it."""
        names = [name for name in self.definition if name not in KEYWORDS and not name.startswith(".")]
        return {name: self._extended(self.definition[name]) for name in names}

    @property
    def jobs(self) -> dict[str, Job]:
        """The jobs that these variables bring, in the order in which they run one after the other."""
        if not any(map(self._applies, self.definition["workflow"]["rules"])):
            return {}
        jobs = {}
        for name, job in self.all_jobs.items():
            rule = next(filter(self._applies, job.get("rules", [{}])), None)
            if rule is not None:
                jobs[name] = {"when": "on_success", **job, **rule}
        stages = self.definition["stages"]
        return dict(sorted(jobs.items(), key=lambda named: stages.index(named[1]["stage"])))

    def run(self, environment: Mapping[str, str], names: Sequence[str] = ()) -> dict[str, bool]:
        """Run what starts by itself, or these; a job whose forerunner failed does not run."""
        ended: dict[str, bool] = {}
        for name, job in self.jobs.items():
            wanted = name in names if names else job["when"] == "on_success"
            if wanted and all(ended.get(need, bool(names)) for need in job.get("needs", list(ended))):
                ended[name] = self._run(name, job, environment)
        return ended

    def _run(self, name: str, job: Job, environment: Mapping[str, str]) -> bool:
        clone = self.project.parent / f"{self.project.name}-{name}"
        git(self.project, "clone", "--quiet", "--no-local", str(self.project), str(clone))
        home = clone.with_name(f"{clone.name}-home")  # the AWS CLI keeps a role's session there for an hour
        home.mkdir()
        done = subprocess.run(
            ["sh", "-e", "-c", "\n".join([*job.get("before_script", []), *job["script"]])],
            cwd=clone,
            env={
                **os.environ,
                **job.get("variables", {}),
                **self.variables,
                **environment,
                "HOME": str(home),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.output[name] = done.stdout
        return done.returncode == 0

    def _applies(self, rule: Mapping[str, Any]) -> bool:
        if "if" not in rule:
            return True
        match = CONDITION.fullmatch(rule["if"])
        assert match, f"a condition this stand-in does not know: {rule['if']}"
        return self.variables.get(match[1]) == match[2]

    def _extended(self, job: Job) -> Job:
        extends = job.get("extends", [])
        whole: Job = {}
        for name in [extends] if isinstance(extends, str) else extends:
            whole = _merge(whole, self._extended(self.definition[name]))
        return _merge(whole, {key: value for key, value in job.items() if key != "extends"})


def _merge(one: Job, other: Job) -> Job:
    """As GitLab does: maps are merged, all else is replaced."""
    merged = dict(one)
    for key, value in other.items():
        both_maps = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both_maps else value
    return merged
