"""Which files are the user's own, as ``copier.yml`` says it to Copier."""

from __future__ import annotations

from pathlib import Path

import yaml

COPIER_YML = Path(__file__).resolve().parents[2] / "copier.yml"

QUICK = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _yours() -> tuple[str, ...]:
    with COPIER_YML.open(encoding="utf-8") as file:
        settings = next(yaml.load_all(file, Loader=QUICK))
    return tuple(path.removeprefix("/") for path in settings["_skip_if_exists"])


YOURS = _yours()
"""Paths of files and folders that a new application gets once, relative to the project."""
