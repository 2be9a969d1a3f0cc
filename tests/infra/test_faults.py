"""What goes wrong is told in one line with what to do, leaves nothing half-way, and can be repeated.

One environment, deployed once; each test leaves it in order, and the next one would notice if not.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.emulator import OTHER_ACCOUNT, Delay, Refusal, Rollout, Task, credentials

from .conftest import MakeProject
from .lifecycle import provide
from .project import Done, Project, plain

pytestmark = [pytest.mark.infra, pytest.mark.xdist_group("faults")]

ANSWERS = {
    "database": "external",
    "environments": ["staging"],
    "network": "existing",
    "repository": "acme/faulty",
}
CHANGED = ("CreateService", "UpdateService", "PutTargets", "PutRule")


@dataclass
class Deployed:
    """A project with a release, and what it said on the way there where it should not have gone yet."""

    project: Project
    image: str
    early: dict[str, Done] = field(default_factory=dict)

    def images(self) -> set[str]:
        return set(self.project.images().values())

    def release(self, image: str) -> Done:
        return self.project.ecs("deploy", "staging", "--image", image)


@pytest.fixture(scope="module")
def shared(make_project: MakeProject) -> Deployed:
    """A small environment with its first release."""
    project = make_project("faulty", "staging", **ANSWERS)
    early = {"no account": project.ecs("deploy", "staging")}
    project.client("s3").create_bucket(Bucket=project.state_bucket)  # where a bootstrap was broken off
    project.must("bootstrap", "--yes")
    early["no image registry"] = project.ecs("build", "staging", "--existing")
    early["nothing given"] = project.ecs("platform", "staging", "--yes")
    provide(project)
    early["no platform"] = project.ecs("deploy", "staging")
    project.must("platform", "staging", "--yes")
    project.must("bootstrap", "--yes")  # again, and nothing comes of it
    image = project.push(project.commit())
    project.aws.play(Rollout(service="web"))
    early["a first release that fails"] = project.ecs("deploy", "staging")
    early["the same again"] = project.must("deploy", "staging")
    return Deployed(project, image, early)


@pytest.fixture
def deployed(shared: Deployed) -> Iterator[Deployed]:
    """The same, with nothing to be played; what a test has released stays."""
    shared.project.aws.reset()
    before = shared.project.manifest_file.read_text(encoding="utf-8")
    yield shared
    shared.project.aws.reset()
    shared.project.manifest_file.write_text(before, encoding="utf-8")


def until(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.2)


def recorded(project: Project) -> dict[str, str]:
    """Workload → the task definition that the release which runs is known by."""
    found: dict[str, str] = json.loads(project.parameter("release/definitions") or "{}")
    return found


def secret_label(project: Project, definition: str) -> str:
    """Which APP_KEY a task definition was made for: the one thing in it that another value changes."""
    described = project.client("ecs").describe_task_definition(taskDefinition=definition)["taskDefinition"]
    return str(described["containerDefinitions"][0]["dockerLabels"]["secret.APP_KEY"])


def last_line(done: Done) -> str:
    """The line with the error, which is what a person reads first."""
    errors = [line for line in plain(done.output).splitlines() if line.startswith("error: ")]
    assert errors, str(done)
    return errors[-1]


# ── Too early ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("no account", "staging has no AWS account yet: run bin/ecs bootstrap staging first."),
        ("no image registry", "There is no image of"),
        ("nothing given", "run bin/ecs platform staging again."),
        ("no platform", "staging has no platform yet: run bin/ecs platform staging first."),
    ],
)
def test_a_command_that_comes_too_early_says_what_comes_first(
    deployed: Deployed, when: str, says: str
) -> None:
    done = deployed.early[when]
    assert done.code == 1
    assert says in plain(done.output)


def test_a_bootstrap_that_was_broken_off_is_made_whole(deployed: Deployed) -> None:
    s3, bucket = deployed.project.client("s3"), deployed.project.state_bucket
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]


def test_a_first_release_that_failed_can_be_repeated(deployed: Deployed) -> None:
    """Terraform has nothing to change then, and ECS has given up."""
    assert "This was the first release of staging" in last_line(deployed.early["a first release that fails"])
    again = deployed.early["the same again"]
    assert "services: nothing to change." in again.output
    assert again.requests.one("UpdateService", service="web")["forceNewDeployment"] is True


# ── Migrations ───────────────────────────────────────────────────────────────────────────────────


def test_a_migration_that_fails_stops_the_release(deployed: Deployed) -> None:
    project = deployed.project
    log = ["Running migrations.", "SQLSTATE[42P01]: Undefined table"]
    project.aws.play(Task(family="faulty-staging-migrate", exit_code=3, log=log))
    before = project.running()
    done = deployed.release(project.push("bad migration"))

    assert done.code not in (0, 75)
    assert "the release stops here: no service has changed" in last_line(done)
    assert "SQLSTATE[42P01]: Undefined table" in done.output
    assert "exit code 3" in done.output
    assert [r.action for r in done.requests if r.action in CHANGED] == []
    assert project.running() == before
    assert deployed.images() == {deployed.image}
    assert project.parameter("release/lock") is None


@pytest.mark.parametrize(
    ("task", "code", "says"),
    [
        (Task(exit_code=75, log=["another one is running"]), 75, "ended with exit code 75"),
        (Task(starts=False, reason="CannotPullContainerError: no such image"), 1, "CannotPullContainerError"),
    ],
    ids=["another one runs", "it never starts"],
)
def test_a_migration_by_hand_ends_as_its_task_does(
    deployed: Deployed, task: Task, code: int, says: str
) -> None:
    deployed.project.aws.play(task)
    done = deployed.project.ecs("migrate", "staging")
    assert done.code == code
    assert says in last_line(done)


def test_artisan_shows_the_log_and_ends_with_its_code(deployed: Deployed) -> None:
    project = deployed.project
    lines = ["first", *(f"line {number}" for number in range(50)), "the last line"]
    project.aws.play(Task(family="faulty-staging-artisan", exit_code=7, log=lines, seconds=2))
    done = project.ecs("artisan", "staging", "--", "report:send", 'it\'s "quoted" & more')
    assert done.code == 7
    shown = done.output.splitlines()
    assert [line for line in lines if line not in shown] == []
    sent = done.requests.one("RunTask")
    assert sent["taskDefinition"] == recorded(project)["artisan"]  # not what a failed release has registered
    overrides = sent["overrides"]["containerOverrides"]
    assert overrides == [{"name": "artisan", "command": ["report:send", 'it\'s "quoted" & more']}]


# ── Roll-outs ────────────────────────────────────────────────────────────────────────────────────


def test_a_rollout_that_never_gets_healthy_takes_every_workload_back(deployed: Deployed) -> None:
    project = deployed.project
    project.aws.play(Rollout(service="web"))
    done = deployed.release(project.push("unhealthy"))

    assert done.code == 1
    assert f"The release failed. staging runs {deployed.image} again, as before." in last_line(done)
    assert deployed.images() == {deployed.image}
    assert project.images().keys() == set(project.services) | {"schedule"}
    assert project.parameter("release/current") == deployed.image
    assert project.parameter("release/lock") is None
    assert "Task failed container health checks" in done.output
    assert [r.parameters["taskDefinition"] for r in done.requests.of("RunTask")] != []


def test_a_worker_that_never_gets_healthy_takes_web_back_too(deployed: Deployed) -> None:
    deployed.project.aws.play(Rollout(service="queue"))
    done = deployed.release(deployed.project.push("unhealthy worker"))
    assert done.code == 1
    assert deployed.images() == {deployed.image}


def test_settings_that_break_a_rollout_are_taken_back_with_it(deployed: Deployed) -> None:
    """The image is the same: it is the manifest's new line that no task gets healthy with."""
    project = deployed.project
    project.edit("environment:\n", "environment:\n  DB_HOST: nowhere.example.com\n")
    project.aws.play(Rollout(service="web"))
    before = project.running() | project.scheduled()
    done = deployed.release(deployed.image)
    assert f"staging runs {deployed.image} again, as before." in last_line(done)
    assert project.running() | project.scheduled() == before
    assert recorded(project).items() >= before.items()


def test_a_rollback_from_a_release_that_was_broken_off_goes_to_the_one_before_it(deployed: Deployed) -> None:
    project, ecs = deployed.project, deployed.project.client("ecs")
    before, previous = project.running() | project.scheduled(), project.parameter("release/previous")
    family = ecs.list_task_definitions(familyPrefix="faulty-staging-queue")["taskDefinitionArns"]
    another = next(arn for arn in family if arn != before["queue"])
    ecs.update_service(cluster=project.full_name, service="queue", taskDefinition=another)

    shown = project.ecs("rollback", "staging", "--dry-run")
    assert f"would release {deployed.image} again: the release after it was broken off" in shown.output
    assert project.ecs("rollback", "staging").code == 0
    assert project.running() | project.scheduled() == before
    assert project.parameter("release/current") == deployed.image
    assert project.parameter("release/previous") == previous


# ── Secrets that change ──────────────────────────────────────────────────────────────────────────


def test_a_secret_that_was_set_anew_replaces_every_task(deployed: Deployed) -> None:
    project = deployed.project
    before = project.running() | project.scheduled()
    project.must("secret", "staging", "set", "APP_KEY", "--yes", given="base64:not-the-one-before")
    project.must("secret", "staging", "generate", "APP_KEY_NEXT")  # no container gets this one
    done = deployed.release(deployed.image)
    assert done.code == 0, str(done)
    after = project.running() | project.scheduled()
    assert [name for name in before if after[name] == before[name]] == []
    replaced = {r.parameters["service"].rpartition("/")[2] for r in done.requests.of("UpdateService")}
    assert replaced == set(project.services)
    assert deployed.images() == {deployed.image}
    assert "not-the-one-before" not in done.output
    assert "_NEXT" not in done.output
    for definitions, version in ((before, "version 1"), (after, "version 2")):
        assert {secret_label(project, arn) for arn in definitions.values()} == {version}

    again = project.ecs("deploy", "staging", "--image", deployed.image, "--dry-run")
    assert "tasks: nothing to change." in again.output


# ── Two at once, and Ctrl-C ──────────────────────────────────────────────────────────────────────


def test_of_two_deploys_the_second_waits_or_says_who_is_at_it(deployed: Deployed) -> None:
    project = deployed.project
    project.aws.play(Task(family="faulty-staging-migrate", seconds=20))
    first_image, second_image = project.push("one of two"), project.push("two of two")

    first = project.start("deploy", "staging", "--image", first_image)
    until(lambda: project.parameter("release/lock") is not None)
    impatient = project.ecs("deploy", "staging", "--image", second_image, "--no-wait")
    patient = project.start("deploy", "staging", "--image", second_image)
    ends = first.wait(), patient.wait()

    assert impatient.code == 75
    assert f"staging is locked: arn:aws:sts::{project.account}:" in last_line(impatient)
    assert "deploy staging, since" in last_line(impatient)
    assert [end.code for end in ends] == [0, 0], "\n".join(map(str, ends))
    assert "waiting: " in ends[1].output
    deployed.image = second_image
    assert deployed.images() == {second_image}
    assert project.parameter("release/previous") == first_image
    assert project.parameter("release/lock") is None


def test_after_ctrl_c_it_finishes_when_run_again(deployed: Deployed) -> None:
    """Once while the migration runs, and once while Terraform changes the services."""
    project = deployed.project
    image = project.push("interrupted")
    project.aws.play(Task(family="faulty-staging-migrate", seconds=60))
    project.aws.play(Delay(action="PutTargets", seconds=30))
    for action in ("RunTask", "UpdateService"):
        running = project.start("deploy", "staging", "--image", image)
        until(lambda: running.requests.of(action) != [])  # noqa: B023
        running.interrupt()
        broken_off = running.wait()
        assert broken_off.code == 130, str(broken_off)
        assert "run bin/ecs deploy staging again, and it finishes" in last_line(broken_off)
        assert project.parameter("release/lock") is None
        assert project.parameter("release/current") == deployed.image
    until(
        lambda: running.requests.of("PutTargets") != []
    )  # it was held for longer, and is not for the next test

    again = deployed.release(image)
    assert again.code == 0, str(again)
    deployed.image = image
    assert deployed.images() == {image}


# ── Locks ────────────────────────────────────────────────────────────────────────────────────────


def test_a_lock_that_a_lost_run_has_left_is_shown_and_can_be_removed(deployed: Deployed) -> None:
    project = deployed.project
    lock = {
        "ID": "0b5f7e0c-0000-0000-0000-000000000000",
        "Operation": "OperationTypeApply",
        "Info": "",
        "Who": "ann@laptop",
        "Version": "1.11.4",
        "Created": "2026-11-01T08:00:00Z",
        "Path": f"{project.state_bucket}/staging/tasks.tfstate",
    }
    project.client("s3").put_object(
        Bucket=project.state_bucket, Key="staging/tasks.tfstate.tflock", Body=json.dumps(lock).encode()
    )
    refused = deployed.release(deployed.image)
    assert refused.code == 1
    assert "tasks: its state is locked by ann@laptop since 2026-11-01" in last_line(refused)
    assert "bin/ecs unlock staging" in last_line(refused)

    shown = project.ecs("unlock", "staging", "--dry-run")
    assert "state staging/tasks.tfstate.tflock: ann@laptop since 2026-11-01T08:00:00Z" in shown.output
    assert project.ecs("unlock", "staging", "--yes").code == 0
    assert deployed.release(deployed.image).code == 0


def test_a_release_lock_that_a_lost_run_has_left_can_be_removed(deployed: Deployed) -> None:
    project = deployed.project
    lock = {"who": "ann", "host": "laptop", "since": "2026-11-01T08:00:00Z", "command": "deploy staging"}
    project.client("ssm").put_parameter(
        Name="/faulty/staging/release/lock", Type="String", Value=json.dumps(lock)
    )
    refused = project.ecs("deploy", "staging", "--image", deployed.image, "--no-wait")
    assert refused.code == 75
    assert "ann on laptop, deploy staging, since 2026-11-01T08:00:00Z" in last_line(refused)
    assert project.ecs("unlock", "staging", "--yes").code == 0
    assert project.parameter("release/lock") is None


# ── Credentials, accounts, regions ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", ["deploy", "status", "platform", "migrate", "doctor"])
def test_expired_credentials_are_told_in_one_line(deployed: Deployed, command: str) -> None:
    shell = credentials(deployed.project.account, expired=True)
    done = deployed.project.ecs(command, "staging", shell=shell)
    if command == "doctor":  # it looks at what needs none
        assert "not signed in to AWS" in done.output
        return
    assert done.code == 1
    assert "The AWS credentials have expired: log in again (aws login, aws sso login)" in last_line(done)
    assert [r for r in done.requests if r.status < 400] == []


def test_credentials_that_expire_within_a_release_are_told_in_one_line(deployed: Deployed) -> None:
    project = deployed.project
    expired = Refusal(service="ecs", action="RegisterTaskDefinition", code="ExpiredTokenException", times=-1)
    expired.message = "The security token included in the request is expired"
    project.aws.play(expired)
    done = deployed.release(project.push("too late"))
    assert done.code == 1
    assert "tasks: the AWS credentials have expired" in last_line(done)
    assert project.parameter("release/lock") is None


def test_another_account_is_refused_before_anything_is_asked(deployed: Deployed) -> None:
    for command in ("deploy", "platform", "destroy"):
        done = deployed.project.ecs(command, "staging", shell=credentials(OTHER_ACCOUNT))
        assert done.code == 1
        assert f"lives in account {deployed.project.account}, but these are" in last_line(done)
        assert f"credentials of {OTHER_ACCOUNT}" in last_line(done)
        assert {r.action for r in done.requests} == {"GetCallerIdentity"}


def test_another_region_has_no_platform(deployed: Deployed) -> None:
    file = deployed.project.folder / "infra/project.yml"
    before = file.read_text(encoding="utf-8")
    file.write_text(before.replace("region: us-east-1", "region: eu-west-1"), encoding="utf-8")
    try:
        done = deployed.project.ecs("deploy", "staging", "--image", deployed.image)
    finally:
        file.write_text(before, encoding="utf-8")
    assert done.code == 1
    assert "staging has no platform yet" in last_line(done)
    assert [r for r in done.requests if r.changes and r.service != "sts"] == []


def test_what_these_credentials_may_not_is_told_in_one_line(deployed: Deployed) -> None:
    refusal = Refusal(
        service="ecs", action="RunTask", message="User: a is not authorized to perform: ecs:RunTask"
    )
    deployed.project.aws.play(refusal)
    done = deployed.project.ecs("migrate", "staging")
    assert done.code == 1
    assert "These credentials may not do that:" in last_line(done)
    assert "ecs:RunTask" in last_line(done)


# ── What is missing ──────────────────────────────────────────────────────────────────────────────


def test_a_secret_that_is_missing_is_named_before_anything_is_done(deployed: Deployed) -> None:
    project = deployed.project
    project.edit("  - APP_KEY\n", "  - APP_KEY\n  - STRIPE_KEY\n")
    done = deployed.release(deployed.image)
    assert done.code == 1
    assert "These secrets are missing: STRIPE_KEY. Set each: bin/ecs secret staging set NAME" in last_line(
        done
    )
    assert [r for r in done.requests if r.changes and r.service != "sts"] == []


def test_an_image_that_is_not_there_is_refused(deployed: Deployed) -> None:
    done = deployed.release(f"sha256:{'0' * 64}")
    assert done.code == 1
    assert "There is no image sha256:000" in last_line(done)
    assert deployed.project.ecs("deploy", "staging", "--image", "latest").code == 64


@pytest.fixture(scope="module")
def basics(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs that every Unix has, and none of those that bin/ecs asks for."""
    folder = tmp_path_factory.mktemp("basics")
    for place in ("/usr/bin", "/bin"):
        for program in Path(place).iterdir():
            if program.name not in ("aws", "docker", "git", "terraform", "tofu") and os.access(
                program, os.X_OK
            ):
                link = folder / program.name
                if not link.exists():
                    link.symlink_to(program)
    return folder


def test_a_missing_tool_is_named_with_where_to_get_it(deployed: Deployed, basics: Path) -> None:
    project = deployed.project
    bare = {"PATH": str(basics), "TERRAFORM": ""}
    assert "get the AWS CLI 2 from https://" in last_line(project.ecs("migrate", "staging", shell=bare))
    assert "terraform is not installed: get Terraform from https://" in last_line(
        project.ecs("deploy", "staging", shell=bare)
    )
    doctor = project.ecs("doctor", "staging", shell=bare)
    assert doctor.code == 1
    for tool in ("AWS CLI", "Terraform", "git", "Docker"):
        assert f"✗ {tool}" in doctor.output


def test_a_terraform_that_is_too_old_is_refused(deployed: Deployed, tmp_path: Path) -> None:
    old = tmp_path / "terraform"
    old.write_text("#!/bin/sh\necho 'Terraform v1.10.5'\n", encoding="utf-8")
    old.chmod(0o755)
    done = deployed.project.ecs("deploy", "staging", shell={"TERRAFORM": str(old)})
    assert done.code == 1
    assert "is 1.10.5: install 1.11 or newer" in last_line(done)


def test_no_session_at_all_is_told_in_one_line(deployed: Deployed) -> None:
    nothing = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    done = deployed.project.ecs("migrate", "staging", shell=nothing)
    assert done.code == 1
    assert "There are no AWS credentials: log in" in last_line(done)


# ── And when all is well ─────────────────────────────────────────────────────────────────────────


def test_status_and_doctor_tell_that_all_is_well(deployed: Deployed) -> None:
    project = deployed.project
    status = project.ecs("status", "staging")
    assert status.code == 0
    for name in project.services:
        assert name in status.output
    assert deployed.image[:19] in status.output
    doctor = project.ecs("doctor", "staging")
    for name in (
        "manifest",
        "account",
        "credentials",
        "Terraform's state",
        "platform",
        "secrets",
        "services",
        "image",
    ):
        assert f"✓ {name}" in doctor.output, doctor.output


def test_doctor_finds_that_the_registry_has_let_go_of_what_runs(deployed: Deployed) -> None:
    project = deployed.project
    ecr, running = project.client("ecr"), [{"imageDigest": deployed.image}]
    kept = ecr.batch_get_image(repositoryName=project.slug, imageIds=running)["images"][0]
    ecr.batch_delete_image(repositoryName=project.slug, imageIds=running)
    try:
        doctor = project.ecs("doctor", "staging")
    finally:
        ecr.put_image(
            repositoryName=project.slug,
            imageManifest=kept["imageManifest"],
            imageTag=kept["imageId"]["imageTag"],
        )
    assert "✗ image: the registry no longer has what runs" in doctor.output


def test_logs_are_found_by_workload_and_by_task(deployed: Deployed) -> None:
    project = deployed.project
    assert "web is running" in project.ecs("logs", "staging", "web").output
    project.aws.play(Task(family="faulty-staging-migrate", log=["only this task says so"]))
    done = project.ecs("migrate", "staging")
    assert done.code == 0
    assert "only this task says so" in done.output
    tasks = project.client("ecs").list_tasks(
        cluster=project.full_name, family="faulty-staging-migrate", desiredStatus="STOPPED"
    )["taskArns"]
    found = project.ecs("logs", "staging", "migrate", "--task", tasks[-1].rpartition("/")[2])
    assert "only this task says so" in found.output


def test_logs_of_a_task_whose_proxy_never_started_are_those_of_php(deployed: Deployed) -> None:
    """In the emulator no proxy says anything. AWS refuses to look for a stream that is not there."""
    project = deployed.project
    [task, *_] = project.client("ecs").list_tasks(cluster=project.full_name, serviceName="web")["taskArns"]
    shown = project.ecs("logs", "staging", "web", "--task", task.rpartition("/")[2])
    assert (shown.code, "web is running" in shown.output) == (0, True), str(shown)
    unknown = project.ecs("logs", "staging", "web", "--task", "0123456789abcdef")
    assert "There is no task 0123456789abcdef of web with a log" in last_line(unknown)
