"""A file that a release gives another name takes its edits along."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.render import commit, update

from .projects import release, released, replaced_bytes

pytestmark = pytest.mark.update

OLD, NEW = "docker/php.ini", "docker/laravel.ini"


def moved(old: str, new: str, version: str) -> str:
    return f'\n["{version}"]\nmoved = {{"{old}" = "{new}"}}\n'


def note(source: Path, *moves: str) -> None:
    table = source / "extensions/releases.toml"
    table.write_text(table.read_text(encoding="utf-8") + "".join(moves), encoding="utf-8")


def move(source: Path) -> None:
    """A version in which php.ini has another name, and one line more at its end."""
    text = (source / "template" / OLD).read_text(encoding="utf-8")
    (source / "template" / OLD).unlink()
    (source / "template" / NEW).write_text(text + "assert.exception = 1\n", encoding="utf-8")
    note(source, moved(OLD, NEW, "999.0.0"))


def move_twice(source: Path) -> None:
    """The same, by way of another name in a release before."""
    move(source)
    table = source / "extensions/releases.toml"
    table.write_text(table.read_text(encoding="utf-8").partition('\n["999.0.0"]')[0], encoding="utf-8")
    note(source, moved(OLD, "docker/second.ini", "998.0.0"), moved("docker/second.ini", NEW, "999.0.0"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return released(tmp_path, "0.3.0")


@pytest.mark.parametrize("change", [move, move_twice])
def test_edits_go_along(
    project: Path, change: Callable[[Path], None], capfd: pytest.CaptureFixture[str]
) -> None:
    (project / OLD).write_bytes((project / OLD).read_bytes() + b"; f\xfcr uns\n")  # what is no UTF-8
    replaced_bytes(project / OLD, b"display_errors = Off", b"display_errors = On")
    commit(project)
    release(project, change=change)
    update(project)
    assert not (project / OLD).exists()
    text = (project / NEW).read_bytes()
    assert b"display_errors = On" in text
    assert b"assert.exception = 1\n" in text
    assert b"; f\xfcr uns\n" in text
    assert f"{NEW}: was {OLD}; your edits came along" in capfd.readouterr().out


def test_what_nobody_edited_is_simply_the_new_one(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    release(project, change=move)
    update(project)
    assert not (project / OLD).exists()
    assert "display_errors = Off" in (project / NEW).read_text(encoding="utf-8")
    assert "your edits" not in capfd.readouterr().out


def test_a_file_that_the_project_never_had_comes_under_its_new_name(tmp_path: Path) -> None:
    """0.1.0 had no infra/: that the old name is not there does not mean that somebody has deleted it."""

    def move_alarms(source: Path) -> None:
        folder = source / "template/infra/services"
        (folder / "alarms.tf").rename(folder / "alerts.tf")
        note(source, moved("infra/services/alarms.tf", "infra/services/alerts.tf", "999.0.0"))

    project = released(tmp_path, "0.1.0")
    release(project, change=move_alarms)
    update(project)
    assert (project / "infra/services/alerts.tf").exists()


def test_what_was_deleted_stays_deleted(project: Path) -> None:
    (project / OLD).unlink()
    commit(project)
    release(project, change=move)
    update(project)
    assert not (project / OLD).exists()
    assert not (project / NEW).exists()
