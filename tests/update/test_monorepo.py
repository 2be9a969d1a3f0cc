"""Two applications in one repository, updated one after the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.render import commit, git, recorded, render, update

from .projects import conflicts, edit, release, released, replaced, source_of

pytestmark = pytest.mark.update


def test_each_is_updated_by_itself(tmp_path: Path) -> None:
    source = source_of(released(tmp_path, "0.3.0"))
    repository = tmp_path / "both"
    shop, blog = (
        render(repository / name, source=source, project_name=name.title(), database=database)
        for name, database in (("shop", "postgres"), ("blog", "mysql"))
    )
    commit(repository)
    edit(repository / "shop")
    release(tmp_path / "shop")

    assert not (shop / ".git").exists()

    update(shop)
    changed = git(repository, "status", "--porcelain", "--untracked-files=all").splitlines()
    assert changed
    assert all(line[3:].startswith("shop/") for line in changed)
    assert conflicts(repository) == []
    assert "location = /mine" in (shop / "docker/nginx.conf").read_text(encoding="utf-8")
    commit(repository)

    update(blog)
    changed = git(repository, "status", "--porcelain", "--untracked-files=all").splitlines()
    assert changed
    assert all(line[3:].startswith("blog/") for line in changed)
    assert recorded(blog)["database"] == "mysql"


def test_an_environment_that_is_left_out_keeps_its_manifest_there_too(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = source_of(released(tmp_path, "0.3.0"))
    shop = render(tmp_path / "both" / "shop", source=source, project_name="Shop")
    manifest = shop / "infra/environments/staging.yml"
    replaced(manifest, 'account_id: ""', 'account_id: "111122223333"')
    commit(tmp_path / "both")
    release(tmp_path / "shop")

    update(shop, environments=["production"])
    assert "111122223333" in manifest.read_text(encoding="utf-8")
    assert "staging.yml stays: staging lives on AWS" in capfd.readouterr().out
