"""Links lead somewhere; commands are run by a test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.questions.questionnaire import CONTRACT
from tests.render import ROOT, render

from . import markdown

TREE = re.compile(r"\S+ {2,}")
"""A line of a listing of files, which stands in a block like a command does."""

RUN_BY = {
    "make new": "tests/image/test_build.py",
    "make update": "tests/test_make.py",
    "make check": ".ci/run",
    "make test": ".ci/run",
    "make updates": ".ci/run",
    "make bench": "tests/test_make.py, the part that needs no engine; the rest by hand, before a release",
    "make demo": "tests/infra/test_demo.py",
    "make docs": "tests/docs/test_site.py",
    "make example": "tests/rendered/test_example.py",
    "make pictures": "tests/pictures/test_pictures.py, which holds them current",
    "make prices": "tests/test_make.py",
    "bin/ecs": "tests/infra/test_lifecycle.py",
    "docker compose up --build": "tests/image/test_compose.py",
    "cd": "",
    "git": "tests/update",
    "copier update": "tests/update/test_page.py",
    "uvx --with copier-template-extensions copier copy": "tests/test_make.py",
    "uvx --with copier-template-extensions copier update": "tests/test_make.py",
}
"""How a documented command begins → where it is run."""

OWN = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
"""The pages of this repository."""

ELSEWHERE = {"docs/how-to": "tests/docs/test_how_to.py"}
"""Pages whose commands have a test of their own → that test."""


def _documents(folder: Path) -> list[Path]:
    return [*folder.glob("*.md"), *folder.glob("docs/**/*.md")]


def commands(text: str) -> Iterator[str]:
    """What a page has one type: not the lines of a listing of files."""
    yield from (line for line in markdown.commands(text) if not TREE.match(line))


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("docs") / "shop", project_name="Shop")


def test_every_link_leads_to_a_file_and_to_its_section(rendered: Path) -> None:
    documents = OWN + _documents(rendered)
    assert [link for document in documents for link in markdown.broken_links(document)] == []


@pytest.mark.parametrize("link", ["nowhere.md", "#nowhere", "other.md#nowhere", "nowhere/"])
def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, link: str) -> None:
    (tmp_path / "other.md").write_text("# Other\n\n## A section, with `code`\n")
    page = tmp_path / "page.md"
    good = "[b](other.md#a-section-with-code) [c](#page) [d](https://example.com/#f)"
    page.write_text(f"# Page\n\n[a]({link}) {good}\n")
    assert list(markdown.broken_links(page)) == [f"{page}: {link}"]


@pytest.mark.parametrize("document", OWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_is_run_somewhere(document: Path) -> None:
    if document.parent.relative_to(ROOT).as_posix() in ELSEWHERE:
        return
    found = commands(document.read_text(encoding="utf-8"))
    unknown = [line for line in found if not any(f"{line} ".startswith(f"{known} ") for known in RUN_BY)]
    assert not unknown, f"name the test that runs it in RUN_BY: {unknown}"


def test_what_is_tested_elsewhere_is_tested_there() -> None:
    missing = [
        test for folder, test in ELSEWHERE.items() if (ROOT / folder).exists() and not (ROOT / test).exists()
    ]
    assert missing == []


def test_commands_are_seen_wherever_they_stand() -> None:
    page = "```\nmake new \\\n    DEST=../shop\n```\n\n1. First:\n\n   ```\n   cd ../shop\n   ```\n\n"
    assert list(commands(page)) == ["make new DEST=../shop", "cd ../shop"]
    assert list(commands("```text\nmake new\n```\n\n```\nREADME.md   the door\n```\n")) == []


def test_the_tests_named_there_exist() -> None:
    for where in RUN_BY.values():
        path = where.split(",")[0]
        if "/" in path:
            assert (ROOT / path).exists(), path


def test_the_page_on_updates_tells_of_each_answer_what_another_one_asks_for(rendered: Path) -> None:
    page = (rendered / "docs/ecs/updating.md").read_text(encoding="utf-8")
    section = page.partition("\n## Another answer\n")[2].partition("\n## ")[0]
    rows = [row.split(" | ")[0] for row in section.splitlines() if row.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`(\w+)", row)}
    assert "`project_slug` and `aws_region` cannot change" in section
    asked = {re.sub("^size_.*", "size_", name) for name in CONTRACT}
    assert told == asked - {"project_slug", "aws_region", "advanced", "application"}


# ── What is mentioned within a sentence ──────────────────────────────────────────────────────────


def mentioned(text: str, begin: str) -> Iterator[str]:
    """What begins like this, in blocks and within sentences."""
    parts = [*(block.text for block in markdown.blocks(text)), *markdown.named(text)]
    lines = (line.strip() for part in parts for line in part.splitlines())
    yield from (line for line in lines if line.startswith(begin) and not TREE.match(line))


@pytest.fixture(scope="module")
def helps() -> dict[str, str]:
    """Each command of bin/ecs → what it says of itself."""
    page = (ROOT / "template/docs/ecs/commands.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))


def misused(line: str, helps: dict[str, str]) -> bool:
    """Whether bin/ecs has no such command, or the command no such option."""
    words = line.partition(" -- ")[0].split()[1:]
    if not words or words[0].startswith("-"):
        return False
    options = [word for word in words if word.startswith("--")]
    return words[0] not in helps or any(option not in helps[words[0]].split() for option in options)


@pytest.mark.parametrize("document", OWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_bin_ecs_is_told_to_do_it_knows(document: Path, helps: dict[str, str]) -> None:
    text = document.read_text(encoding="utf-8")
    assert [line for line in mentioned(text, "bin/ecs ") if misused(line, helps)] == []


def test_what_bin_ecs_does_not_know_is_found(helps: dict[str, str]) -> None:
    page = "Type `bin/ecs install`, `bin/ecs status staging`, `bin/ecs logs staging web --tail 3`.\n"
    assert [misused(line, helps) for line in mentioned(page, "bin/ecs ")] == [True, False, True]


@pytest.mark.parametrize("document", OWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_make_is_told_to_do_it_knows(document: Path) -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = {line.split()[1] for line in mentioned(document.read_text(encoding="utf-8"), "make ")}
    assert {name for name in named if name.isalpha()} <= set(targets)
