"""The machine a job finds: a clean checkout, a few programs that only write down how they were called."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROGRAM = """#!/bin/sh
echo "{name} $*" >> "{calls}"
{script}
"""


@dataclass(frozen=True)
class Machine:
    """A folder of programs that come before all others, and the list of their calls."""

    folder: Path

    @property
    def calls(self) -> list[str]:
        """Each call so far: the program and its arguments."""
        journal = self.folder / "calls"
        return journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []

    def has(self, name: str, script: str = "") -> None:
        """Put a program there."""
        write_program(self.folder / name, name, script, self.folder / "calls")

    def environment(self, path: str = "") -> dict[str, str]:
        """What a job's shell gets."""
        return {"PATH": f"{self.folder}:{path or os.environ['PATH']}"}


def write_program(path: Path, name: str, script: str, calls: Path) -> None:
    """Write a program that notes its call and then runs a script of its own."""
    path.write_text(PROGRAM.format(name=name, calls=calls, script=script), encoding="utf-8")
    path.chmod(0o755)
