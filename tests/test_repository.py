"""This repository itself: what is installed is locked, what CI runs is pinned, nothing vanishes there."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests import releases
from tests.command import run, tool
from tests.render import ROOT

REQUIREMENTS = ROOT / "requirements"
PINNED = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)

ENGINE_TEST = """
import pytest

@pytest.mark.engine
def test_with_an_engine():
    pytest.skip("no engine here")
"""


def locked(name: str) -> dict[str, str]:
    """Package → version, as a lock has them."""
    return dict(PINNED.findall((REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["run", "dev", "audit", "awscli", "docs"])
def test_a_lock_names_no_registry_and_has_a_hash_for_everything(name: str) -> None:
    text = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*--(index|extra|find|trusted)", text, re.MULTILINE)
    for requirement in re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in requirement


def test_the_locks_hold_what_is_asked_for_and_agree() -> None:
    asked = dict(PINNED.findall((REQUIREMENTS / "run.in").read_text(encoding="utf-8")))
    run_lock, dev_lock = locked("run"), locked("dev")
    assert asked.items() <= run_lock.items() <= dev_lock.items()
    wanted = re.findall(
        r"^[A-Za-z][\w-]*", (REQUIREMENTS / "dev.in").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {name.lower() for name in wanted} <= dev_lock.keys()


def test_workflows_are_valid_and_use_actions_by_commit() -> None:
    workflows = sorted((ROOT / ".github/workflows").glob("*.yml"))
    run([tool("check-jsonschema"), "--builtin-schema=vendor.github-workflows", *workflows], ROOT)
    for workflow in workflows:
        used = re.findall(r"uses: (\S+)", workflow.read_text(encoding="utf-8"))
        assert used
        assert [action for action in used if not re.fullmatch(r"[^@]+@[0-9a-f]{40}", action)] == []


def test_the_notes_of_a_release_are_what_the_change_log_says() -> None:
    for version, begins in (
        ("0.1.0", "The first release."),
        ("0.2.0", "Your repository now deploys itself."),
    ):
        assert releases.notes(version).startswith(begins)
        assert "\n## " not in releases.notes(version)
    assert all(releases.archive(version).is_file() for version in releases.versions())


@pytest.mark.parametrize(("ci", "fails"), [("true", True), ("", False)], ids=["in CI", "elsewhere"])
def test_a_missing_engine_skips_a_test_only_outside_ci(tmp_path: Path, ci: str, fails: bool) -> None:
    test = tmp_path / "test_engine.py"
    test.write_text(ENGINE_TEST)
    command: list[str | Path] = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml"]
    seen = run([*command, "-p", "tests.conftest", test], ROOT, fails=fails, environment={"CI": ci})
    assert ("1 failed" if fails else "1 skipped") in seen
    assert "no engine here" in seen
