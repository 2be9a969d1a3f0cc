"""Markdown taken apart: blocks of code, what is code within sentences, the names of sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token


@dataclass(frozen=True)
class Block:
    """A block of code without its indentation; no language means commands."""

    language: str
    text: str


@cache
def tokens(text: str) -> tuple[Token, ...]:
    """What a page consists of, what stands within lines included."""
    blocks = MarkdownIt("commonmark").enable("table").parse(text)
    return tuple(token for block in blocks for token in (block, *(block.children or ())))


def blocks(text: str, language: str | None = None) -> list[Block]:
    """The blocks of a page, or those of one language."""
    found = (
        Block(token.info, token.content) for token in tokens(text) if token.type in {"fence", "code_block"}
    )
    return [block for block in found if language in (None, block.language)]


def commands(text: str) -> Iterator[str]:
    """The lines of blocks that name no language, a broken line as one."""
    for block in blocks(text, ""):
        lines = re.sub(r" *\\\n *", " ", block.text).splitlines()
        yield from (line.strip() for line in lines if line.strip())


def named(text: str) -> Iterator[str]:
    """What stands as code within sentences."""
    yield from (token.content for token in tokens(text) if token.type == "code_inline")


def anchors(text: str) -> set[str]:
    """The names of a page's sections, as GitHub makes them."""
    titles = [after for token, after in pairwise(tokens(text)) if token.type == "heading_open"]
    plain = ("".join(part.content for part in title.children or ()).lower() for title in titles)
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in plain}


def broken_links(document: Path) -> Iterator[str]:
    """Links of a page to a file that is not there, or to a section that it has not."""
    for token in tokens(document.read_text(encoding="utf-8")):
        link = str(token.attrs.get("href") or token.attrs.get("src") or "")
        if link and not re.match(r"[a-z]+:", link):
            path, _, anchor = link.partition("#")
            target = document.parent / path if path else document
            if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
                yield f"{document}: {link}"
