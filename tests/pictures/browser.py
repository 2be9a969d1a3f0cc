"""Mermaid in a headless Chromium: what a diagram looks like, as SVG, or what is wrong with it.

python -m tests.pictures.browser        draw docs/pictures/deployment.svg anew, from examples/shop
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests import npm
from tests.docs import markdown
from tests.engine import EngineError
from tests.engine.debian import install_on_host, require_root_on_debian
from tests.render import ROOT

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--allow-file-access-from-files",
    "--virtual-time-budget=60000",
)  # fmt: skip
PAGE = """\
<!doctype html>
<meta charset="utf-8">
<script src="{mermaid}"></script>
<body><script>
  mermaid.initialize({{ startOnLoad: false, htmlLabels: false, flowchart: {{ wrappingWidth: 600 }} }});
  (async () => {{
    const drawn = [];
    for (const [number, diagram] of {diagrams}.entries()) {{
      try {{
        const {{ svg }} = await mermaid.render('diagram' + number, diagram);
        const parsed = new DOMParser().parseFromString(svg, 'text/html').querySelector('svg');
        drawn.push(new XMLSerializer().serializeToString(parsed));
      }} catch (error) {{
        drawn.push('error: ' + error.message);
      }}
    }}
    document.body.textContent = JSON.stringify(drawn);
  }})();
</script>
"""


@cache
def chromium() -> str:
    """The browser; on Debian, root gets it installed.

    Raises:
        EngineError: There is none, with what to do about it.
    """
    if not any(map(shutil.which, NAMES)):
        require_root_on_debian("no Chromium is here: install it")
        install_on_host({"chromium": "chromium"})
    return next(path for path in map(shutil.which, NAMES) if path)


def diagrams(document: Path) -> list[str]:
    """The diagrams of a Markdown document."""
    return [block.text for block in markdown.blocks(document.read_text(encoding="utf-8"), "mermaid")]


def draw(sources: Sequence[str]) -> list[str]:
    """Each diagram as SVG; where Mermaid refuses it, ``error: `` and why."""
    script = npm.installed(npm.MERMAID) / "dist/mermaid.min.js"
    with tempfile.TemporaryDirectory() as name:
        page = Path(name, "page.html")
        shown = json.dumps(list(sources)).replace("<", "\\u003c")
        page.write_text(PAGE.format(mermaid=script.as_uri(), diagrams=shown), encoding="utf-8")
        command = [chromium(), *FLAGS, f"--user-data-dir={name}/profile", "--dump-dom", page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    body = re.search(r"<body>(.*)</body>", done.stdout, re.DOTALL)
    assert body, done.stdout
    drawn: list[str] = json.loads(html.unescape(body[1]))
    return drawn


def main() -> None:
    """Draw the picture anew."""
    *_, production = diagrams(ROOT / "examples/shop/docs/ecs/README.md")
    try:
        (drawn,) = draw([production])
    except EngineError as error:
        sys.exit(f"pictures: error: {error}")
    (ROOT / "docs/pictures/deployment.svg").write_text(drawn + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
