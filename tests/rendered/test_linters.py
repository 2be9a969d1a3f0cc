"""Every rendered file is clean under the linter of its language, and every linter is awake."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from tests.command import run, tool
from tests.render import ROOT

from .conftest import Renderings

SHELL = (b"#!/bin/sh", b"#!/bin/bash", b"#!/usr/bin/env bash", b"# shellcheck shell=bash")
"""How a shell script begins; the last one is read by another script and never runs by itself."""

LINTERS: dict[str, list[str | Path]] = {
    "yamllint": [tool("yamllint"), "--strict", "--config-file", ROOT / ".yamllint.yml"],
    "shellcheck": [tool("shellcheck"), "--severity=style"],
    "hadolint": [tool("hadolint"), "--failure-threshold=info"],
    "compose": [tool("check-jsonschema"), "--builtin-schema=vendor.compose-spec"],
}

FAULTS = {
    "yamllint": "a: [1,2]\n",
    "shellcheck": "#!/bin/sh\necho $1\n",
    "hadolint": "FROM debian:trixie-slim\nRUN cd /tmp && echo a | cat\n",
    "compose": "services:\n  web:\n    imagee: debian\n",
}


def lint(linter: str, files: list[Path], *, fails: bool = False) -> None:
    run([*LINTERS[linter], *files], ROOT, fails=fails)


@pytest.mark.parametrize("linter", LINTERS)
def test_a_linter_finds_a_fault(linter: str, tmp_path: Path) -> None:
    (tmp_path / "fault").write_text(FAULTS[linter])
    lint(linter, [tmp_path / "fault"], fails=True)


@pytest.mark.xdist_group("matrix")
def test_yaml(renderings: Renderings) -> None:
    found = renderings.named(".yml", ".yaml")
    for path in found:
        list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    lint("yamllint", found)


@pytest.mark.xdist_group("matrix")
def test_json(renderings: Renderings) -> None:
    for path in renderings.named(".json"):
        json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.xdist_group("matrix")
def test_xml(renderings: Renderings) -> None:
    for path in renderings.named(".xml"):
        ET.fromstring(path.read_text(encoding="utf-8"))


@pytest.mark.xdist_group("matrix")
def test_shell_scripts(renderings: Renderings) -> None:
    lint("shellcheck", list(renderings.distinct(lambda _, content: content.startswith(SHELL))))
    assert all(path.read_bytes().startswith(SHELL) for path in renderings.named(".sh"))


@pytest.mark.xdist_group("matrix")
def test_dockerfile(renderings: Renderings) -> None:
    lint("hadolint", renderings.named("Dockerfile"))


@pytest.mark.xdist_group("matrix")
def test_compose(renderings: Renderings) -> None:
    lint("compose", renderings.named("compose.yaml"))
