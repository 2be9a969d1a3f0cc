"""No answer changes but by a person, or by a release that says so."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest
from copier.errors import TaskError

from tests.releases import versions
from tests.render import commit, files, git, recorded, render, update
from tests.rendered.matrix import PAIRED

from .projects import conflicts, release, released, replaced, shared, source_of

pytestmark = pytest.mark.update

EXAMPLES = 200 if hypothesis.settings().max_examples > 1000 else 10
"""An update takes seconds: the campaign has two hundred."""

NARROWED = ('choices: ["8.3", "8.4", "8.5"]', 'choices: ["8.4", "8.5"]')

some_answers = st.fixed_dictionaries(
    {name: st.sampled_from(values) for name, values in PAIRED.items()}
).filter(lambda answers: "production" in answers["environments"] or not answers["sizing_overrides"])


def narrow(source: Path) -> None:
    """A version of the template that no longer takes PHP 8.3."""
    replaced(source / "copier.yml", *NARROWED)


def narrow_and_say_so(source: Path) -> None:
    """The same, with what takes its place, which is not the default."""
    narrow(source)
    table = source / "extensions/releases.toml"
    text = table.read_text(encoding="utf-8")
    table.write_text(text + '\n["999.0.0"]\nreplaced = {php_version = {"8.3" = "8.5"}}\n', encoding="utf-8")


@hypothesis.given(answers=some_answers, version=st.sampled_from(versions()))
@hypothesis.settings(
    max_examples=EXAMPLES, suppress_health_check=[hypothesis.HealthCheck.too_slow], derandomize=True
)
def test_recorded_answers_stay(answers: dict[str, Any], version: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = released(Path(folder), version, **answers)
        before = recorded(project)
        release(project)
        update(project)
        after = recorded(project)
        assert {name: after[name] for name in before} == before
        assert conflicts(project) == []


def test_an_answer_that_is_no_longer_taken_stops_the_update(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project = released(tmp_path, "0.3.0", php_version="8.3", queue_timeout=60)
    release(project, change=narrow)
    before = files(project)
    with pytest.raises(TaskError):
        update(project)
    said = capfd.readouterr().err
    assert "error: the answer to php_version is no longer taken: 8.3; allowed: 8.4, 8.5" in said
    assert "--data php_version=" in said
    assert files(project) == before
    assert git(project, "status", "--porcelain") == ""

    update(project, php_version="8.5")
    assert recorded(project)["php_version"] == "8.5"
    assert recorded(project)["queue_timeout"] == 60


def test_a_number_that_is_no_longer_taken_stops_it_too(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def lower(source: Path) -> None:
        checks = source / "extensions/laravel_ecs/checks.py"
        checks.write_text(
            checks.read_text(encoding="utf-8") + '\nCHECKS["queue_timeout"] = lambda answer: "at most 30"\n'
        )

    project = released(tmp_path, "0.3.0", queue_timeout=60)
    release(project, change=lower)
    with pytest.raises(TaskError):
        update(project)
    assert "queue_timeout is no longer taken: 60; at most 30" in capfd.readouterr().err


def test_a_pipeline_that_its_repository_cannot_have_stops_it_with_the_reason(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project = released(tmp_path, "0.5.0", ci="github", repository="acme/shops/shop")
    release(project)
    with pytest.raises(TaskError):
        update(project)
    assert "ci is no longer taken: github; it has no groups in groups" in capfd.readouterr().err

    update(project, repository="acme/shop")
    assert recorded(project)["ci"] == "github"


@pytest.mark.parametrize(("name", "answer"), [("project_slug", "store"), ("aws_region", "eu-west-1")])
def test_what_is_in_every_name_on_aws_cannot_change_any_more(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, answer: str
) -> None:
    project = released(tmp_path, "0.5.0")
    release(project)
    replaced(project / "infra/environments/staging.yml", 'account_id: ""', 'account_id: "111122223333"')
    commit(project)
    with pytest.raises(TaskError):
        update(project, **{name: answer})
    assert f"error: {name} cannot change once an environment is on AWS" in capfd.readouterr().err
    assert git(project, "status", "--porcelain") == ""


def test_before_anything_is_on_aws_every_answer_can_change(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project = released(tmp_path, "0.5.0")
    release(project)
    update(project, project_slug="store", database="mysql")
    said = capfd.readouterr().out
    assert 'project_slug: "shop" became "store"\n' in said
    assert "move the data first: a new one is empty, and the platform deletes its own" in said
    assert "docs/ecs/updating.md, Another answer" in said
    assert "cannot change" not in said


def test_a_release_may_replace_an_answer_and_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project = released(tmp_path, "0.3.0", php_version="8.3")
    release(project, change=narrow_and_say_so)
    update(project)
    assert recorded(project)["php_version"] == "8.5"
    assert "php8.5-fpm" in (project / "Dockerfile").read_text(encoding="utf-8")
    said = capfd.readouterr().out
    assert "php_version: 8.3 becomes 8.5" in said
    assert 'php_version: "8.3" became "8.5"' in said


def test_an_environment_that_is_left_out_keeps_its_manifest_while_it_lives(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    project = released(tmp_path, "0.3.0", environments=["development", "staging", "production"])
    manifests = project / "infra/environments"
    replaced(manifests / "development.yml", 'account_id: ""', 'account_id: "111122223333"')
    commit(project)
    kept = (manifests / "development.yml").read_bytes()
    release(project)
    update(project, environments=["production"])

    assert (manifests / "development.yml").read_bytes() == kept
    assert not (manifests / "staging.yml").exists()
    said = capfd.readouterr().out
    assert "development.yml stays: development lives on AWS. bin/ecs destroy development" in said
    assert "staging.yml is gone: staging is no longer answered" in said
    assert "development" not in (project / ".github/workflows/deploy.yml").read_text(encoding="utf-8")

    commit(project)
    release(project, "999.0.1")
    update(project)  # and with the next update it is still there
    assert (manifests / "development.yml").read_bytes() == kept


def test_another_answer_gives_what_a_new_project_has(tmp_path: Path) -> None:
    """One after the other: another size, one environment more, another pipeline, another database."""
    project = released(tmp_path, "0.3.0", repository="acme/shop", environments=["staging", "production"])
    release(project)
    given: dict[str, Any] = {"repository": "acme/shop"}
    for anew in (
        {"size_production": "large"},
        {"environments": ["development", "staging", "production"]},
        {"ci": "gitlab", "database": "external"},
    ):
        given |= anew
        update(project, **anew)
        commit(project)
        fresh = render(tmp_path / f"fresh {len(given)}" / "shop", source=source_of(project), **given)
        assert shared(project) == shared(fresh)
    assert not list(project.glob(".github/workflows/*"))
    assert (project / ".gitlab-ci.yml").exists()
