"""The data files beside the code, read once when the package is loaded."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def load(name: str) -> dict[str, Any]:
    """Read ``<name>.toml`` from this folder.

    Raises:
        FileNotFoundError: The package is incomplete.
        tomllib.TOMLDecodeError: The file was edited into something that is not TOML.
    """
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
