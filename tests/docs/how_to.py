"""The pages of docs/how-to, taken apart: their blocks, commands, manifests and changes to files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.render import ROOT

from . import markdown
from .markdown import Block

FOLDER = ROOT / "docs/how-to"
PAGES = sorted(path.stem for path in FOLDER.glob("*.md"))
MANIFESTS = "infra/environments/"


def read(page: str) -> str:
    return (FOLDER / f"{page}.md").read_text(encoding="utf-8")


def blocks(page: str, language: str | None = None) -> list[Block]:
    """The blocks of a page, or those of one language."""
    return markdown.blocks(read(page), language)


def commands(page: str) -> list[str]:
    """Every command of a page's blocks, each on one line."""
    return list(markdown.commands(read(page)))


def named(page: str) -> list[str]:
    """What the page has in its sentences as code."""
    return list(markdown.named(read(page)))


def manifests(page: str) -> dict[str, dict[str, Any]]:
    """Environment → what the page has one write into its manifest, all of its snippets together."""
    found: dict[str, dict[str, Any]] = {}
    for block in blocks(page, "yaml"):
        file = block.text.splitlines()[0].removeprefix("# ")
        assert file.startswith(MANIFESTS), (
            f"{page}: a block of YAML begins with its file's name, not {file!r}"
        )
        environment = Path(file).stem
        found[environment] = merged(found.get(environment, {}), yaml.safe_load(block.text))
    return found


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Both in one: mappings key by key, lists one after the other, and else what is written last."""
    result = dict(one)
    for key, value in other.items():
        before = result.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            result[key] = merged(before, value)
        elif isinstance(before, list) and isinstance(value, list) and key == "secrets":
            result[key] = before + value
        else:
            result[key] = value
    return result
