"""How Sphinx makes a site of these pages: `make docs`.

The pages are plain Markdown with relative links, so that they read as well on GitHub. What only the site
wants, such as the order of its pages, stands in comments that begin with ``site``; GitHub hides them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

project = "copier-laravel-ecs"
extensions = ["myst_parser"]
exclude_patterns = ["conf.py"]

myst_heading_anchors = 4
myst_links_external_new_tab = False

highlight_language = "none"  # a block without a language is what one types

html_theme = "furo"
html_title = project
html_copy_source = False
html_show_copyright = False
html_show_sourcelink = False

FOR_THE_SITE = re.compile(r"^<!-- site\n(.*?)^-->$", re.MULTILINE | re.DOTALL)


def uncover(_app: Sphinx, _docname: str, source: list[str]) -> None:
    """Show Sphinx what a page hides from GitHub."""
    source[0] = FOR_THE_SITE.sub(r"\1", source[0])


def address(path: Path) -> str:
    """Where a file or folder of the repository can be read: on GitHub if built there, else in this clone."""
    if "GITHUB_REPOSITORY" not in os.environ:
        return path.as_uri()
    repository = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}".format_map(os.environ)
    kind = "tree" if path.is_dir() else "blob"
    return f"{repository}/{kind}/{os.environ['GITHUB_SHA']}/{path.relative_to(ROOT).as_posix()}"


class LinksIntoTheRepository(SphinxTransform):
    """Links to what is there but no page of the site, such as ``../examples/shop``.

    What is not there is left as it is: Sphinx then warns of it.
    """

    default_priority = 200

    def apply(self) -> None:
        """Replace each by a plain link."""
        for kind in (addnodes.pending_xref, addnodes.download_reference):
            for link in list(self.document.findall(kind)):
                path, fragment = self.target(link)
                if path.exists() and path.is_relative_to(ROOT) and not path.is_relative_to(HERE):
                    plain = nodes.reference("", "", *link.children, refuri=address(path) + fragment)
                    link.replace_self(plain)

    def target(self, link: nodes.Element) -> tuple[Path, str]:
        """The file or folder that is meant, and what of it."""
        if link.get("refdomain") == "doc":  # MyST takes any Markdown for a page, and its suffix away
            fragment = link["reftargetid"]
            return HERE / f"{link['reftarget']}.md", f"#{fragment}" if fragment else ""
        path, hash_, fragment = link["reftarget"].partition("#")
        page = Path(self.env.doc2path(self.env.docname))
        return page.parent.joinpath(path).resolve(), hash_ + fragment


def setup(app: Sphinx) -> None:
    """Connect the two to Sphinx."""
    app.connect("source-read", uncover)
    app.add_transform(LinksIntoTheRepository)
