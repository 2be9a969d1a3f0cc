"""Links lead somewhere; commands are run by a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.render import ROOT, render

LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TREE = re.compile(r"\S+ {2,}")
"""A line of a listing of files, which stands in a block like a command does."""

RUN_BY = {
    "make new": "tests/image/test_build.py",
    "make update": "tests/test_make.py",
    "make check": ".ci/run",
    "make test": ".ci/run",
    "make updates": ".ci/run",
    "make bench": "by hand, before a release",
    "make demo": "tests/infra/test_demo.py",
    "make example": "tests/rendered/test_example.py",
    "make prices": "tests/test_make.py",
    "bin/ecs": "tests/infra/test_lifecycle.py",
    "docker compose up --build": "tests/image/test_compose.py",
    "cd": "",
    "git": "tests/update",
    "uvx --with copier-template-extensions copier copy": "tests/questions/test_refusals.py, without uvx",
    "uvx --with copier-template-extensions copier update": "tests/update/test_page.py, without uvx",
}
"""How a documented command begins → where it is run."""


def _documents(folder: Path) -> list[Path]:
    return [*folder.glob("*.md"), *folder.glob("docs/**/*.md")]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("docs") / "shop", project_name="Shop")


def test_every_link_leads_to_a_file(rendered: Path) -> None:
    broken = [
        f"{document}: {link}"
        for document in _documents(ROOT) + _documents(rendered)
        for link in LINK.findall(document.read_text(encoding="utf-8"))
        if not (document.parent / link).exists()
    ]

    assert not broken


def test_every_command_of_the_readme_is_run_somewhere() -> None:
    commands = [
        line.strip()
        for language, block in BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
        for line in block.splitlines()
        if not language and not TREE.match(line)
    ]

    assert commands
    unknown = [line for line in commands if not any(line.startswith(known) for known in RUN_BY)]
    assert not unknown, f"name the test that runs it in RUN_BY: {unknown}"


def test_the_tests_named_there_exist() -> None:
    for where in RUN_BY.values():
        path = where.split(",")[0]
        if "/" in path:
            assert (ROOT / path).exists(), path
