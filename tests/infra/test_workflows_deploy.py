"""The pipeline deploys: its jobs are run, with the real bin/ecs, against the emulator.

Played are the runner's own preparations, and the commit's image, which is there: nothing is built. So is
`bin/ecs validate`, which test_static.py runs.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.command import tool
from tests.emulator import Journal, Task
from tests.render import commit, git, render

from .conftest import MakeProject
from .lifecycle import provide
from .project import Project, plain
from .workflows import Machine, Pipeline, Run, act

pytestmark = [pytest.mark.infra, pytest.mark.xdist_group("pipeline")]


def play_validate(project: Path) -> None:
    """Have `bin/ecs validate` say that all is well."""
    validate = project / "bin/ecs.d/validate.sh"
    head = [line for line in validate.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    validate.write_text("\n".join([*head, "", "main() {", "    say 'validated'", "}", ""]), encoding="utf-8")


@pytest.fixture(scope="module")
def shop(make_project: MakeProject) -> Project:
    """Staging with its platform and nothing released; production with an account and no more."""
    project = make_project(
        "pipeline",
        "staging",
        "222233334444",
        installs=True,
        environments=["staging", "production"],
        repository="acme/pipeline",
        database="external",
    )
    play_validate(project.folder)
    project.must("bootstrap", "--yes")
    provide(project)
    project.must("platform", "staging", "--yes")
    return project


@pytest.fixture(scope="module")
def shell(shop: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a job finds: every tool, and no credentials but those it is given."""
    machine = Machine(tmp_path_factory.mktemp("machine"))
    for name in ("apk", "composer", "docker", "php"):
        machine.has(name)
    machine.has("shellcheck", f'exec "{tool("shellcheck")}" "$@"')
    shell = shop.shell | machine.environment(shop.shell["PATH"])
    return {name: value for name, value in shell.items() if not name.startswith("AWS_ACCESS")}


@dataclass(frozen=True)
class Push:
    """A commit whose image is there, and what the pipeline made of it."""

    image: str
    run: Run
    requests: Journal


def push(shop: Project, shell: dict[str, str]) -> Push:
    image, requests = shop.push(shop.commit()), shop.aws.journal.since_now()
    return Push(image, act(shop.folder, "push", "deploy.yml", shell), requests)


@pytest.fixture(scope="module")
def released(shop: Project, shell: dict[str, str]) -> Push:
    """The first push."""
    return push(shop, shell)


def assumed(requests: Journal) -> list[str]:
    return sorted(
        request.parameters["RoleArn"].rpartition("/")[2]
        for request in requests.of("AssumeRoleWithWebIdentity")
    )


def test_github_releases_a_push(shop: Project, released: Push) -> None:
    assert released.run.green, plain(released.run.output)
    assert released.run.jobs == dict.fromkeys(
        ["checks", "build-staging", "build-production", "staging"], True
    )
    assert assumed(released.requests) == ["pipeline-build", "pipeline-build", "pipeline-staging-deploy"]
    assert shop.account not in {request.account for request in released.requests}  # the roles' sessions alone
    assert set(shop.images().values()) == {released.image}
    assert shop.parameter("release/current") == released.image

    migration = released.requests.of("RunTask")[0]
    assert f"{shop.full_name}-migrate" in migration.parameters["taskDefinition"]
    assert all(migration.number < service.number for service in released.requests.of("CreateService"))
    output = plain(released.run.output)
    assert output.index("Plan: ") < output.index("Apply complete!")


def test_github_stops_at_a_failed_migration(shop: Project, released: Push, shell: dict[str, str]) -> None:
    running, line = shop.running(), "SQLSTATE[42P01]: Undefined table"
    shop.aws.play(Task(family=f"{shop.full_name}-migrate", exit_code=1, log=[line]))
    failed = push(shop, shell)

    assert not failed.run.green
    assert failed.run.jobs["staging"] is False
    assert line in failed.run.output
    assert "no service has changed" in failed.run.output
    assert failed.requests.of("CreateService") == failed.requests.of("UpdateService") == []
    assert shop.running() == running
    assert shop.parameter("release/current") == released.image
    assert shop.parameter("release/lock") is None


def test_github_says_that_a_release_has_no_image(shop: Project, shell: dict[str, str]) -> None:
    commit = shop.commit()
    done = act(shop.folder, "release", "deploy.yml", shell, {"action": "published"})
    assert done.jobs == {"production": False}
    assert f"There is no image of {commit}" in done.output


def test_github_leaves_out_what_has_no_platform(shop: Project, shell: dict[str, str]) -> None:
    """`bootstrap` has written the account into every manifest; production's platform may come much later."""
    shop.push(shop.commit())
    done = act(shop.folder, "release", "deploy.yml", shell, {"action": "published"})
    assert done.jobs == {"production": True}, plain(done.output)
    assert "production is left out: it has no platform yet. Run bin/ecs platform production." in done.output


def test_gitlab_releases_a_push(shop: Project, released: Push, shell: dict[str, str], tmp_path: Path) -> None:
    answers = yaml.safe_load((shop.folder / ".copier-answers.yml").read_text(encoding="utf-8"))
    given = {name: answers[name] for name in ("project_name", "environments", "repository", "database")}
    project = render(tmp_path / "shop", ci="gitlab", **given)
    play_validate(project)
    shutil.copytree(shop.folder / "infra/environments", project / "infra/environments", dirs_exist_ok=True)
    image = shop.push(git(commit(project), "rev-parse", "HEAD").strip())
    requests = shop.aws.journal.since_now()

    pipeline = Pipeline(project, {"CI_COMMIT_BRANCH": "main"})
    token = {
        "AWS_TOKEN": "token",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"),
        "AWS_ENDPOINT_URL_STS": shop.aws.url,  # Terraform trades the token there, by this name alone
    }
    ended = pipeline.run(shell | token)
    assert ended == dict.fromkeys(["application", "infrastructure", *ended], True), pipeline.output
    assert list(ended)[2:] == ["build-staging", "build-production", "staging"]
    assert set(assumed(requests)) == {"pipeline-build", "pipeline-staging-deploy"}
    assert set(shop.images().values()) == {image}
    assert shop.parameter("release/current") == image
    assert shop.parameter("release/previous") == released.image

    assert pipeline.run(shell | token, ["production"]) == {"production": True}, pipeline.output["production"]
    assert "production is left out: it has no platform yet." in pipeline.output["production"]
