"""What a campaign found, as a page of docs/campaigns: with the date, and the machine that it ran on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.render import ROOT

FOLDER = ROOT / "docs/campaigns"


def publish(
    name: str, title: str, text: str, header: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Write a page with one table."""
    FOLDER.mkdir(exist_ok=True)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()}"
    lines = [
        f"# {title}",
        "",
        f"Written by `make campaign` on {datetime.now(UTC):%Y-%m-%d}: {machine}.",
        "",
        text,
        "",
        f"| {' | '.join(header)} |",
        f"|{'---|' * len(header)}",
        *(f"| {' | '.join(map(str, row))} |" for row in rows),
        "",
    ]
    (FOLDER / f"{name}.md").write_text("\n".join(lines), encoding="utf-8")
