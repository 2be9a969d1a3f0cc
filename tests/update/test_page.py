"""docs/ecs/updating.md: its commands, typed one after the other, and its table of whose each file is."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.command import tool
from tests.questions.questionnaire import YOURS
from tests.questions.terminal import COLUMNS, Terminal
from tests.releases import versions
from tests.render import commit, files, git, render

from .projects import edit, release, released, replaced, source_of

pytestmark = pytest.mark.update

BLOCK = re.compile(r"^## ([^\n]+)\n(?:(?!^## ).)*?^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def page(project: Path) -> str:
    return (project / "docs/ecs/updating.md").read_text(encoding="utf-8")


def type_in(project: Path, section: str) -> str:
    """Type the first block of commands of a section, as it stands there."""
    commands = dict(BLOCK.findall(page(project)))[section]
    done = subprocess.run(
        ["bash", "-euxc", f'PATH="{tool("copier").parent}:$PATH"\n{commands}'],
        cwd=project,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The working tree's rendering, edited, with a release that is newer."""
    project = released(tmp_path, versions()[-1])
    release(project, "999.0.0")
    newest = commit(render(tmp_path / "newest" / "shop", source=source_of(project)))
    (newest.parent / "template").symlink_to(source_of(project))
    edit(newest)
    change = ("keepalive_timeout 75s;", "keepalive_timeout 80s;")
    release(newest, "999.1.0", lambda source: replaced(source / "template/docker/nginx.conf", *change))
    return newest


def test_looking_changes_nothing(project: Path) -> None:
    before = files(project)
    said = type_in(project, "What would change")
    assert "+    keepalive_timeout 80s;" in said
    said = type_in(project, "What you have changed")
    assert "+        location = /mine {" in said
    assert "+        php8.4-apcu \\" in said
    assert "keepalive_timeout 80s;" not in said
    assert files(project) == before
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "worktree", "list").count("\n") == 1


def test_an_update_as_it_stands_there(project: Path) -> None:
    said = type_in(project, "An update")
    assert "New template version available" in said
    assert "+    keepalive_timeout 80s;" in said
    commit(project)
    said = type_in(project, "Another answer")
    assert 'size_production: "medium" became "large"' in said
    assert "keepalive_timeout 80s;" in (project / "docker/nginx.conf").read_text(encoding="utf-8")


@pytest.mark.parametrize("ci", ["github", "gitlab", "none"])
def test_the_table_has_each_file_once(tmp_path: Path, ci: str) -> None:
    project = render(tmp_path / "shop", ci=ci)
    rows = re.findall(r"^\| (`.*`) \| (shared|yours|the template's) \|", page(project), re.MULTILINE)
    paths = {path: whose for cell, whose in rows for path in re.findall(r"`([^`]+)`", cell)}
    assert {path for path, whose in paths.items() if whose == "yours"} == set(YOURS)
    owners = {
        file: [path for path in paths if file == path or file.startswith(f"{path.rstrip('/')}/")]
        for file in files(project)
    }
    assert {file: found for file, found in owners.items() if len(found) != 1} == {}
    assert {path for found in owners.values() for path in found} >= {
        p for p, whose in paths.items() if whose == "shared"
    }


def test_no_word_of_what_is_left_to_do_is_broken(tmp_path: Path) -> None:
    project = released(tmp_path, "0.7.0")
    release(project)
    command = [str(tool("copier")), "update", "--trust", "--defaults"]
    with Terminal(command, os.environ | {"TERM": "xterm"}, folder=project) as terminal:
        assert terminal.exit_code() == 0
        end = next(number for number, line in enumerate(terminal.lines) if line.startswith("Read `git diff`"))
        told = [line for line in terminal.lines[:end] if line.startswith(("  - ", "    "))]
    assert told
    assert all(len(line) < COLUMNS for line in told)
