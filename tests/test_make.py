"""`make new` as a newcomer runs it, in a clone of this repository."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests.command import run, tool
from tests.docs.test_docs import commands
from tests.render import ROOT, commit, copy_sources

UVX = "uvx --with copier-template-extensions copier"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it lies in the working tree; what is installed there is installed here too."""
    folder = tmp_path_factory.mktemp("clone") / "template"
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    shutil.copy2(ROOT / "Makefile", folder)
    shutil.copy2(ROOT / ".gitignore", folder)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "run").symlink_to(ROOT / ".venv" / "run")
    copy_sources(folder)
    return commit(folder)


def test_the_gaps_of_the_price_file_are_told() -> None:
    assert re.search(
        r"^nat_hour +34 regions, +0 unverified, +0 missing$", run(["make", "prices"], ROOT), re.MULTILINE
    )


@pytest.mark.update
def test_what_it_renders_can_be_updated_from_anywhere(clone: Path) -> None:
    run(["make", "new", "DEST=../my shop", "ARGS=--defaults --data aws_region=eu-west-1"], clone)

    project = commit(clone.parent / "my shop")
    recorded = yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert recorded["_src_path"] == str(clone)
    assert recorded["aws_region"] == "eu-west-1"

    run([clone / ".venv/run/bin/copier", "update", "--trust", "--defaults"], project)
    run(["make", "update", "DEST=../my shop", "ARGS=--defaults"], clone)
    assert run(["git", "status", "--porcelain"], project) == ""

    answer = "--defaults --vcs-ref :current: --data size_production=large"
    run(["make", "update", "DEST=../my shop", f"ARGS={answer}"], clone)
    recorded = yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert recorded["size_production"] == "large"
    changed = run(["git", "diff", "--name-only"], project).split()
    assert {".copier-answers.yml", "infra/environments/production.yml"} <= set(changed)


@pytest.mark.update
def test_the_benchmarks_measure_and_print_a_table() -> None:
    """What needs no engine, once each; how long all of it takes, nobody would wait for here."""
    results = (ROOT / "benchmarks/RESULTS.md").read_bytes()
    said = run(["make", "bench", "ARGS=rendering"], ROOT, environment={"BENCH_RUNS": "1"})
    assert re.search(r"^\| copier update \| \S+ s \| \S+ s \| \S+ \|  \| ≤ 1\.3", said, re.MULTILINE)
    assert (ROOT / "benchmarks/RESULTS.md").read_bytes() == results, "only a whole run is kept"


@pytest.mark.update
def test_without_a_clone_uvx_renders_and_updates(clone: Path, tmp_path: Path) -> None:
    copy, update = (
        next(line for line in commands((ROOT / "README.md").read_text()) if line.startswith(f"{UVX} {verb}"))
        for verb in ("copy", "update")
    )
    run([tool("uvx"), *copy.replace("REPOSITORY", str(clone)).split()[1:], "--defaults"], tmp_path)
    project = commit(tmp_path / "shop")
    run([tool("uvx"), *update.split()[1:]], project)
    assert run(["git", "status", "--porcelain"], project) == ""


@pytest.mark.update
def test_copier_is_installed_once_as_the_project_says(clone: Path, tmp_path: Path) -> None:
    page = (ROOT / "examples/shop/docs/ecs/updating.md").read_text(encoding="utf-8")
    [command] = re.findall(r"^uv (tool install .+)$", page, re.MULTILINE)
    own = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    run([tool("uv"), *command.split()], tmp_path, environment=own)
    run([tmp_path / "bin/copier", "copy", "--trust", "--defaults", clone, "shop"], tmp_path)
    assert (tmp_path / "shop/Dockerfile").is_file()


def test_a_tilde_is_the_home_folder(clone: Path, tmp_path: Path) -> None:
    run(["make", "new", "DEST=~/shop", "ARGS=--defaults"], clone, environment={"HOME": str(tmp_path)})
    assert (tmp_path / "shop" / "Dockerfile").is_file()
    assert not (clone / "~").exists()


def test_root_on_debian_need_not_install_venv_by_hand(tmp_path: Path) -> None:
    scripts = {
        "python3": 'case "$*" in *ensurepip*) exit 1 ;; *venv*) exit 3 ;; esac\n'
        f'exec "{sys.executable}" "$@"',
        "id": "echo 0",
        "apt-get": f'echo "$@" >> "{tmp_path}/asked"',
    }
    for name, script in scripts.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    shutil.copytree(ROOT / "requirements", tmp_path / "clone" / "requirements")
    shutil.copy(ROOT / "Makefile", tmp_path / "clone")

    command = ["make", "new", "DEST=../shop", f"PATH={tmp_path}:{os.environ['PATH']}"]
    run(command, tmp_path / "clone", fails=True)
    assert [line.split()[0] for line in (tmp_path / "asked").read_text().splitlines()] == [
        "update",
        "install",
    ]
    assert "python3-venv" in (tmp_path / "asked").read_text()


def test_help_names_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)
    shown = run(["make", "--no-print-directory", "help"], ROOT)
    assert re.findall(r"^make ([a-z]+) ", shown, re.MULTILINE) == targets
    assert {"new", "update", "check", "test", "example", "bench", "campaign", "lock", "clean"} <= set(targets)
