"""``examples/shop``, the one committed rendering: `python -m tests.example` makes it anew."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import yaml

from tests.render import ROOT, render

EXAMPLES = ROOT / "examples"
ANSWERS_FILE = ".copier-answers.yml"


def render_example(destination: Path) -> Path:
    """Render the example, with a source and a version that every machine and every commit share."""
    answers = yaml.safe_load((EXAMPLES / "answers.yml").read_text(encoding="utf-8"))
    recorded = render(destination, **answers) / ANSWERS_FILE
    text = recorded.read_text(encoding="utf-8")
    text = re.sub(r"^_commit: .*$", "_commit: HEAD", text, flags=re.MULTILINE)
    text = re.sub(r"^_src_path: .*$", "_src_path: ../..", text, flags=re.MULTILINE)
    recorded.write_text(text, encoding="utf-8")
    return destination


def main() -> None:
    """Put a fresh rendering in place of the committed one."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = render_example(Path(folder) / "shop")
        if (EXAMPLES / "shop").exists():
            shutil.rmtree(EXAMPLES / "shop")
        shutil.copytree(fresh, EXAMPLES / "shop")


if __name__ == "__main__":
    main()
