"""What people have changed survives an update, and stands where they would have written it today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.releases import earlier, versions
from tests.render import commit, files, git, render, update
from tests.rendered.test_linters import lint

from .projects import conflicts, edit, release, released, replaced, shared, source_of

pytestmark = pytest.mark.update

UNTOUCHED_BY_EDITS = ".copier-answers.yml"


def look(project: Path) -> None:
    """Have the linters look at it that look at every rendering."""
    lint("hadolint", [project / "Dockerfile"])
    lint("shellcheck", [project / "docker/entrypoint.sh", project / "bin/ecs"])
    lint("compose", [project / "compose.yaml"])
    lint("yamllint", [project / "compose.yaml", *project.glob("infra/environments/*.yml")])


@pytest.mark.parametrize("version", earlier())
def test_every_edit_survives(tmp_path: Path, version: str) -> None:
    """An edited project, updated, is a new project with the same edits."""
    project = released(tmp_path, version)
    edit(project)
    release(project)
    update(project)
    assert conflicts(project) == []
    look(project)

    fresh = render(tmp_path / "fresh" / "shop", source=source_of(project))
    commit(fresh)
    if version < "0.2.0":  # which had no infra/ to edit
        before = {
            path: content
            for path, content in shared(fresh).items()
            if path.startswith(("infra/", ".github/"))
        }
        edit(fresh)
        expected = shared(fresh) | before
        expected = {path: content for path, content in expected.items() if path != "infra/platform/mine.tf"}
    else:
        edit(fresh)
        expected = shared(fresh)
    assert shared(project) == expected
    assert "docs/ecs/guide.md" not in files(project)
    assert "routes/console.php" not in files(project)
    assert (project / "routes/mine.php").exists()
    assert "'mine'" in (project / "config/logging.php").read_text(encoding="utf-8")


def test_skipping_releases_gives_the_same_as_going_through_each(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The last three; all of them in a campaign."""
    oldest, *later = versions() if request.config.getoption("--campaign") else versions()[-3:]
    at_once, step_by_step = (released(tmp_path / name, oldest) for name in ("once", "steps"))
    for project in (at_once, step_by_step):
        edit(project)
    for version in later:
        release(step_by_step, version)
        update(step_by_step)
        commit(step_by_step)
    for project in (at_once, step_by_step):
        release(project)
        update(project)
    assert shared(step_by_step).keys() == shared(at_once).keys()
    addresses = {path for path, content in shared(at_once).items() if content != shared(step_by_step)[path]}
    assert addresses <= {UNTOUCHED_BY_EDITS}  # it holds the folder of the template


def test_where_both_sides_changed_a_line_a_person_decides(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project = released(tmp_path, versions()[-1])
    replaced(project / "docker/nginx.conf", "client_max_body_size 33m;", "client_max_body_size 64m;")
    replaced(project / "compose.yaml", "stop_grace_period: 60s", "stop_grace_period: 90s")
    commit(project)

    def change(source: Path) -> None:
        replaced(
            source / "template/docker/nginx.conf", "client_max_body_size 33m;", "client_max_body_size 48m;"
        )

    release(project, change=change)
    update(project)

    assert conflicts(project) == ["docker/nginx.conf"]
    text = (project / "docker/nginx.conf").read_text(encoding="utf-8")
    assert "client_max_body_size 64m;" in text
    assert "client_max_body_size 48m;" in text
    assert "stop_grace_period: 90s" in (project / "compose.yaml").read_text(encoding="utf-8")
    assert "docker/nginx.conf: both sides changed the same lines" in capfd.readouterr().out
    assert git(project, "diff", "--name-only", "--diff-filter=U").split() == ["docker/nginx.conf"]


def test_a_manifest_that_met_another_size_is_one_of_the_conflicts(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project = released(tmp_path, versions()[-1])
    release(project)
    manifest = project / "infra/environments/production.yml"
    replaced(manifest, 'account_id: ""', 'account_id: "111122223333"')
    queue = manifest.read_text(encoding="utf-8").index("  queue:\n")
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text[:queue] + re.sub(r"min: \d+", "min: 7", text[queue:], count=1), encoding="utf-8")
    commit(project)

    update(project, size_production="large")

    assert conflicts(project) == ["infra/environments/production.yml"]
    said = capfd.readouterr().out
    assert "infra/environments/production.yml: both sides changed the same lines" in said
    assert 'size_production: "medium" became "large"' in said
