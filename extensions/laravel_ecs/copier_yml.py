"""``copier.yml``, as far as code needs what it says: it is read once, and nothing of it is said twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).resolve().parents[2] / "copier.yml"

QUICK = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _first_document() -> dict[str, Any]:
    with FILE.open(encoding="utf-8") as file:
        document: dict[str, Any] = next(yaml.load_all(file, Loader=QUICK))
    return document


_DOCUMENT = _first_document()

YOURS: tuple[str, ...] = tuple(path.removeprefix("/") for path in _DOCUMENT["_skip_if_exists"])
"""Paths of files and folders that a new application gets once, relative to the project."""

DEFAULTS: dict[str, Any] = {
    name: question["default"]
    for name, question in _DOCUMENT.items()
    if not name.startswith("_") and "{{" not in str(question["default"])
}
"""Question → its default, where that follows from no other answer."""
