"""Measure everything and write ``benchmarks/RESULTS.md``."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path

from . import deploy, image, rendering

RESULTS = Path(__file__).parent / "RESULTS.md"


def _machine() -> str:
    today = datetime.datetime.now(tz=datetime.UTC)
    linux, python = platform.release().split("-")[0], platform.python_version()
    return f"{today:%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Linux {linux}, Python {python}"


def main() -> None:
    """Print the table and keep it."""
    rows = [
        result.row for measure in (rendering.measure, deploy.measure, image.measure) for result in measure()
    ]
    table = "\n".join(
        [
            "# What it costs",
            "",
            "Made by `make bench`: medians of alternating runs on one machine. The ratio is what counts; the",
            "absolute numbers change from machine to machine.",
            "",
            _machine(),
            "",
            "| what | ours | baseline | ratio | baseline is |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )
    RESULTS.write_text(table, encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
