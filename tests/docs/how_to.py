"""The pages of docs/how-to, taken apart: their blocks, commands, manifests and changes to files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.render import ROOT

FOLDER = ROOT / "docs/how-to"
PAGES = sorted(path.stem for path in FOLDER.glob("*.md"))
MANIFESTS = "infra/environments/"

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
CONTINUED = re.compile(r"\\\n *")


@dataclass(frozen=True)
class Block:
    """A fenced block without its indentation; no language means commands."""

    language: str
    text: str


def read(page: str) -> str:
    return (FOLDER / f"{page}.md").read_text(encoding="utf-8")


def blocks(page: str, language: str | None = None) -> list[Block]:
    """The blocks of a page, or those of one language."""
    found = [
        Block(name, re.sub(rf"^ {{0,{len(indent)}}}", "", text, flags=re.MULTILINE))
        for indent, name, text in FENCE.findall(read(page))
    ]
    return [block for block in found if language in (None, block.language)]


def commands(page: str) -> list[str]:
    """Every command of a page's blocks, each on one line."""
    return [
        line.strip()
        for block in blocks(page, "")
        for line in CONTINUED.sub(" ", block.text).splitlines()
        if line.strip()
    ]


def named(page: str) -> list[str]:
    """What the page has in its sentences as code."""
    return INLINE.findall(FENCE.sub("", read(page)))


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
