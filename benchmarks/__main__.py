"""Measure everything and write ``benchmarks/RESULTS.md``; with names, measure only those and print."""

from __future__ import annotations

import datetime
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from . import deploy, image, queue, rendering, start, tick, web
from .application import Application, application, built
from .measure import Result

HERE = Path(__file__).parent
RESULTS, TRIED = HERE / "RESULTS.md", HERE / "TRIED.md"
WITHOUT_AN_ENGINE = {"rendering": rendering.measure, "deploy": deploy.measure}
OF_THE_APPLICATION: dict[str, Callable[[Application], list[Result]]] = {
    "start": start.measure,
    "tick": tick.measure,
    "web": web.measure,
    "queue": queue.measure,
}
ALL = (*WITHOUT_AN_ENGINE, "image", *OF_THE_APPLICATION)
HEAD = """\
# What it costs

Made by `make bench` in rounds on one machine: ours, and right after it the baseline. What counts is the
ratio, the median of all rounds' ratios; the middle half of them lies where the table says. Ours and the
baseline's are medians, too, and change from machine to machine.
"""


def _machine() -> str:
    today = datetime.datetime.now(tz=datetime.UTC)
    linux, python = platform.release().split("-")[0], platform.python_version()
    return f"{today:%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Linux {linux}, Python {python}"


def _measure(wanted: set[str]) -> list[Result]:
    results = [
        result for name, measure in WITHOUT_AN_ENGINE.items() if name in wanted for result in measure()
    ]
    if wanted.isdisjoint({"image", *OF_THE_APPLICATION}):
        return results
    with built() as docker:
        if "image" in wanted:
            results += image.measure(docker)
        if not wanted.isdisjoint(OF_THE_APPLICATION):
            with application(docker) as running:
                for name, measure in OF_THE_APPLICATION.items():
                    results += measure(running) if name in wanted else []
    return results


def main(names: list[str]) -> None:
    """Print the table, and keep it where it is a whole one."""
    if unknown := set(names).difference(ALL):
        sys.exit(f"bench: error: {', '.join(sorted(unknown))}: there are {', '.join(ALL)}")
    rows = [result.row for result in _measure(set(names or ALL))]
    columns = [
        "| what | ours | baseline | ratio | middle half | target | baseline is |",
        "|---|---|---|---|---|---|---|",
    ]
    table = "\n".join([HEAD, _machine(), "", *columns, *rows, ""])
    if not names:
        RESULTS.write_text(f"{table}\n{TRIED.read_text(encoding='utf-8')}", encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
