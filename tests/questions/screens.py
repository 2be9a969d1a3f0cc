"""The questions as they are seen, kept as text in ``screens/`` and as pictures in ``docs/pictures/``.

python -m tests.questions.screens       write both anew
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from io import StringIO
from itertools import groupby
from pathlib import Path

from pyte.screens import Char
from rich.console import Console
from rich.text import Text

from tests.command import tool
from tests.render import GIT_SETTINGS, ROOT, template

from .questionnaire import ADVANCED, ALWAYS, QUESTIONS
from .terminal import ENTER, Terminal

WIDTHS = (80, 120)
SCREENS = Path(__file__).parent / "screens"
PICTURES = ROOT / "docs" / "pictures"

PICTURED = {"size_production": "sizes", "advanced": "summary"}
"""Question → the name of its picture, which begins where the question does."""

MARK = "🎤"
"""How Copier begins a question."""

COLOURS = {"default": "", "brown": "yellow"}
"""Pyte's names for colours that Rich calls otherwise."""

RRGGBB = 6
"""Of a colour without a name, pyte gives the digits."""

SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; white-space: pre; }}
{styles}
</style>
<rect fill="#1e1e1e" width="100%" height="100%" rx="8"/>
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's picture of a terminal, without its window and without fonts from elsewhere."""


def asked(*, advanced: bool) -> tuple[str, ...]:
    """The questions in their order, with the default environments."""
    always = tuple(name for name in ALWAYS if name != "size_development")
    return always + (ADVANCED if advanced else ())


def tour(columns: int, folder: Path, *, advanced: bool) -> Iterator[tuple[str, Terminal]]:
    """Go through all questions by their defaults: the name of each, and the terminal; at last ``done``.

    Args:
        columns: How wide the terminal is.
        folder: Where ``shop`` is rendered.
        advanced: Whether to ask the advanced questions, too.
    """
    command = [str(tool("copier")), "copy", "--trust", "--vcs-ref", "HEAD", str(template()), "shop"]
    environment = {**os.environ, **GIT_SETTINGS, "TERM": "xterm-256color", "HOME": str(folder)}
    with Terminal(command, environment, columns, folder) as terminal:
        for name in asked(advanced=advanced):
            terminal.wait_for(QUESTIONS[name]["help"].splitlines()[-1])
            if "choices" in QUESTIONS[name]:
                terminal.wait_for("Use arrow keys")
            yield name, terminal
            terminal.type("y" if name == "advanced" and advanced else ENTER)
        assert terminal.exit_code() == 0
        yield "done", terminal


def screens(columns: int, folder: Path) -> str:
    """All screens, one below the other."""
    parts = []
    for name, terminal in tour(columns, folder, advanced=True):
        shown = "\n".join(terminal.lines).strip("\n")
        parts.append(f"{f'── {name} '.ljust(columns, '─')}\n{shown}\n")
    return "\n".join(parts)


def kept(columns: int) -> Path:
    """Where the text of a width is kept."""
    return SCREENS / f"{columns}.txt"


def picture(terminal: Terminal) -> str:
    """The question that is asked, as SVG."""
    console = Console(record=True, width=terminal.screen.columns, file=StringIO())
    last = max(row for row, line in enumerate(terminal.lines) if line)
    first = max(row for row, line in enumerate(terminal.lines) if line.startswith(MARK))
    for row in range(first, last + 1):
        cells = [terminal.screen.buffer[row][column] for column in range(terminal.screen.columns)]
        line = Text(no_wrap=True)
        for style, run in groupby(cells, key=_style):
            line.append("".join(cell.data for cell in run), style)
        console.print(line)
    return console.export_svg(code_format=SVG, unique_id="screen")


def _style(cell: Char) -> str:
    """How Rich calls a cell's colour and weight."""
    colour = COLOURS.get(cell.fg, cell.fg)
    if len(colour) == RRGGBB:
        colour = f"#{colour}"
    return f"bold {colour}".strip() if cell.bold else colour


def main() -> None:
    """Write texts and pictures anew."""
    for columns in WIDTHS:
        with tempfile.TemporaryDirectory() as folder:
            kept(columns).write_text(screens(columns, Path(folder)), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for name, terminal in tour(WIDTHS[0], Path(folder), advanced=False):
            if name in PICTURED:
                target = PICTURES / f"questions-{PICTURED[name]}.svg"
                target.write_text(picture(terminal), encoding="utf-8")


if __name__ == "__main__":
    main()
