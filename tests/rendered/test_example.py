"""The committed example is what the template gives: a change of the template shows what it changes."""

from __future__ import annotations

from pathlib import Path

from tests.example import EXAMPLES, render_example
from tests.render import files


def test_the_example_is_a_fresh_rendering(tmp_path: Path) -> None:
    fresh, committed = files(render_example(tmp_path / "shop")), files(EXAMPLES / "shop")
    changed = sorted(
        path for path in fresh.keys() | committed.keys() if fresh.get(path) != committed.get(path)
    )
    assert changed == [], "make example renders it anew"
