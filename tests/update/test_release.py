"""From every release to the working tree: a project that nobody touched becomes what a new one is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.releases import cut, earlier, versions
from tests.render import ROOT, files, git, recorded, render, update

from .projects import release, released, shared, source_of

ANSWERS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "nothing by default": {
        "project_name": "Müller & Söhne",
        "aws_region": "ap-northeast-1",
        "environments": ["development", "production"],
        "size_development": "medium",
        "size_production": "large",
        "database": "aurora-mysql",
        "domain_name": "shop.example.com",
        "repository": "acme/shop",
        "advanced": True,
        "project_slug": "mueller",
        "ci": "gitlab",
        "php_version": "8.5",
        "cpu_architecture": "x86_64",
        "network": "public",
        "schedule_trigger": "service",
        "schedule_capacity": "spot",
        "queue_timeout": 110,
        "queue_tries": 1,
        "queue_sleep": 10,
        "log_format": "line",
        "log_retention_days": 365,
        "alarm_email": "oncall@example.com",
        "sizing_overrides": {"production": {"web": {"cpu": 2048, "max": 20}}},
    },
    "an external database in one environment": {
        "environments": ["production"],
        "database": "external",
        "php_version": "8.3",
        "network": "existing",
        "ci": "none",
    },
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The oldest and the newest release with every set of answers, the others with one; a campaign, all."""
    if "given" not in metafunc.fixturenames:
        return
    campaign = metafunc.config.getoption("--campaign")
    whole = earlier() if campaign else earlier()[:1] + earlier()[-1:]
    metafunc.parametrize(
        ("version", "given"),
        [
            pytest.param(version, given, id=f"{version}-{name}")
            for release, version in enumerate(earlier())
            for number, (name, given) in enumerate(ANSWERS.items())
            if version in whole or number == release % len(ANSWERS)
        ],
    )


@pytest.mark.update
def test_a_project_of_a_release_becomes_what_a_new_one_is(
    tmp_path: Path, version: str, given: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    project = released(tmp_path, version, **given)
    before, yours = recorded(project), files(project).keys() - shared(project).keys()
    release(project)
    update(project)

    assert shared(project) == shared(render(tmp_path / "new" / "shop", source=source_of(project), **given))
    assert files(project).keys() - shared(project).keys() == yours
    assert {name: answer for name, answer in recorded(project).items() if name in before} == before
    assert git(project, "diff", "--name-only", "--", *yours) == ""
    told = re.findall(r"^  - (\d+\.\d+\.\d+): ", capfd.readouterr().out, re.MULTILINE)
    since = versions()[versions().index(version) + 1 :]
    assert told == [name for name in since for _ in asks(name)]


def asks(version: str) -> list[str]:
    """What a release has people do; the first had nobody to ask."""
    table = tomllib.loads((ROOT / "extensions/releases.toml").read_text(encoding="utf-8"))
    return table[version]["asks"] if version != versions()[0] else []


@pytest.mark.parametrize("version", versions())
def test_every_release_says_what_it_asks(version: str) -> None:
    """`copier update` shows it."""
    assert all(asks(version))


def test_the_same_template_makes_the_same_archive(tmp_path: Path) -> None:
    cut(tmp_path / "one.tar.gz")
    cut(tmp_path / "other.tar.gz")
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "other.tar.gz").read_bytes()


def test_an_archive_is_never_made_anew(tmp_path: Path) -> None:
    cut(tmp_path / "one.tar.gz")
    with pytest.raises(FileExistsError):
        cut(tmp_path / "one.tar.gz")
