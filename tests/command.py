"""Run a program as a person would, and see what they see."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def tool(name: str) -> Path:
    """A program that was installed beside the Python of the tests."""
    return Path(sys.executable).with_name(name)


def run(
    command: Sequence[str | Path],
    cwd: Path,
    *,
    fails: bool = False,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Return what a program prints, errors included; it has to succeed, or to fail if that is the point."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert (done.returncode != 0) == fails, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout
