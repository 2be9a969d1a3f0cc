"""`make demo` gets to its end, and says how to get what is missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.command import run
from tests.render import ROOT

from . import demo
from .demo import COMMANDS

pytestmark = pytest.mark.infra


@pytest.mark.usefixtures("tools")
def test_the_demo_deploys() -> None:
    said = run(["make", "--no-print-directory", "demo"], ROOT)
    for command in COMMANDS:
        assert f"$ {' '.join(command)}" in said
    assert "That was the first deploy" in said


def test_without_terraform_it_says_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "python3").symlink_to(sys.executable)
    said = run(
        [sys.executable, "-m", demo.__name__],
        ROOT,
        fails=True,
        environment={"PATH": str(tmp_path), "TERRAFORM": "terraform"},
    )
    assert "error: neither Terraform nor OpenTofu is here: install Terraform or OpenTofu 1.11" in said
    assert "Traceback" not in said


def test_the_commands_are_those_of_the_runbook_and_the_readme() -> None:
    runbook = (ROOT / "template/docs/ecs/runbook.md.jinja").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        words = [f'"{word}"' if " " in word else word for word in command if word not in ("--yes", "--quiet")]
        assert " ".join(words).replace("staging", "{{ first.name }}") in runbook
        assert " ".join(words) in readme
