"""`make docs` builds the site; a link that leads nowhere breaks the build; nothing comes from elsewhere."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.command import run
from tests.render import ROOT

FROM_ELSEWHERE = re.compile(r"""(?:\bsrc=|<link\b[^>]*\bhref=|\burl\(|@import )\s*["']?(?:https?:)?//""")
"""A script, a style, a font or a picture of somebody else's server; plain links are none of these."""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with a site of one page; what is installed here is installed there too."""
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    shutil.copy2(ROOT / "Makefile", tmp_path)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs/conf.py", tmp_path / "docs")
    return tmp_path


def build(clone: Path, page: str, *, fails: bool = False, **environment: str) -> str:
    """What is said when a site of this page and another one is built, or the page that comes of it."""
    (clone / "docs/index.md").write_text(f"# First\n\n{page}\n\n<!-- site\n```{{toctree}}\nother\n```\n-->\n")
    (clone / "docs/other.md").write_text("# Other\n\n## Part of it\n")
    said = run(["make", "docs"], clone, fails=fails, environment=environment)
    return said if fails else (clone / ".cache/site/index.html").read_text(encoding="utf-8")


def test_the_site_is_built_and_needs_no_other_server() -> None:
    run(["make", "docs"], ROOT)

    site = ROOT / ".cache/site"
    pages = [page.relative_to(ROOT / "docs") for page in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if not (site / page).with_suffix(".html").exists()] == []
    assert "0.1.0" in (site / "changelog.html").read_text(encoding="utf-8")
    parts = [path for path in site.rglob("*") if path.suffix in {".html", ".css", ".js"}]
    assert [path for path in parts if FROM_ELSEWHERE.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("[a page that is not there](nowhere.md)", "nowhere.md"),
        ("[an anchor that is not there](other.md#another-part)", "another-part"),
        ("[an anchor of the same page](#second)", "second"),
        ("[a file outside that is not there](../nowhere)", "../nowhere"),
        ("![a picture that is not there](nowhere.svg)", "nowhere.svg"),
    ],
)
def test_a_link_that_leads_nowhere_breaks_the_build(clone: Path, link: str, said: str) -> None:
    assert re.search(rf"index\.md.*WARNING.*{re.escape(said)}", build(clone, link, fails=True))


def test_a_page_that_nothing_leads_to_breaks_the_build(clone: Path) -> None:
    (clone / "docs/lost.md").write_text("# Lost\n")
    assert "lost.md" in build(clone, "", fails=True)


def test_links_into_the_repository_lead_there(clone: Path) -> None:
    page = "[1](other.md#part-of-it) [2](../Makefile) [3](../requirements) [4](../README.md#try-it)"
    (clone / "README.md").write_text("# Try it\n")

    here = build(
        clone, page, GITHUB_REPOSITORY="acme/shop", GITHUB_SERVER_URL="https://git.test", GITHUB_SHA="1"
    )
    assert 'href="other.html#part-of-it"' in here
    for address in ("blob/1/Makefile", "tree/1/requirements", "blob/1/README.md#try-it"):
        assert f'href="https://git.test/acme/shop/{address}"' in here


def test_what_github_hides_is_shown(clone: Path) -> None:
    assert 'href="other.html"' in build(clone, "<!-- site\n[A page](other.md)\n-->")
