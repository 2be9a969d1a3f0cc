"""Each kind of wrong manifest is refused, with its key and with what is allowed, before anything is done."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.emulator.tools import Tools
from tests.render import commit, render

from .project import plain

pytestmark = [pytest.mark.infra, pytest.mark.xdist_group("manifest")]

FAULTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # What is wrong: (the line as it is, the line as it is written wrongly, what the refusal says)
    "account without quotes": ('account_id: ""', "account_id: 123", ("account_id: twelve digits in quotes",)),
    "retention that CloudWatch lacks": (
        "log_retention_days: 30",
        "log_retention_days: 31",
        ("log_retention_days: 1, 3, 5, 7, 14, 30,", "3653; not 31"),
    ),
    "no truth value": ("protected: true", "protected: maybe", ("protected: true or false; not",)),
    "no address": ('alarm_email: ""', "alarm_email: nobody", ("alarm_email: an address",)),
    "unknown key": (
        "\nplatform:",
        "\nregion: eu-west-1\nplatform:",
        ("region: unknown; known are account_id,",),
    ),
    "unknown network": (
        "network: private",
        "network: open",
        ("platform.network: private, private-ha, public, existing; not",),
    ),
    "a network that is not private": (
        "  cidr: 10.",
        "  cidr: 52.",
        ("platform.cidr: a private network of 16 bits, such as 10.30.0.0/16; not",),
    ),
    "unknown database": (
        "database: postgres",
        "database: oracle",
        ("platform.database: mysql, postgres, aurora-mysql, aurora-postgres, external; not",),
    ),
    "unknown key of the platform": (
        "  zones: ",
        "  zone: c\n  zones: ",
        ("platform.zone: unknown; known are", "zones"),
    ),
    "days that RDS lacks": (
        "database_backup_days: 14",
        "database_backup_days: 36",
        ("platform.database_backup_days: 1 to 35; not 36",),
    ),
    "instances": ("valkey_instances: 2", "valkey_instances: 3", ("platform.valkey_instances: 1, 2; not 3",)),
    "a class that is none": (
        "valkey_class: cache.",
        "valkey_class: db.",
        ("platform.valkey_class: a class of ElastiCache",),
    ),
    "cpu that Fargate lacks": (
        "  web:\n    cpu: 512",
        "  web:\n    cpu: 500",
        ("workloads.web.cpu: 256, 512, 1024, 2048, 4096, 8192, 16384; not 500",),
    ),
    "memory that Fargate lacks": (
        "  migrate:\n    cpu: 256\n    memory: 512",
        "  migrate:\n    cpu: 256\n    memory: 600",
        ("workloads.migrate.memory: with cpu 256 Fargate has 512, 1024, 2048; not 600",),
    ),
    "unknown key of a workload": (
        "    trigger: rule",
        "    trigger: rule\n    when: now",
        ("workloads.schedule.when: unknown; known are", "capacity"),
    ),
    "unknown trigger": (
        "    trigger: rule",
        "    trigger: cron",
        ("workloads.schedule.trigger: rule, scheduler, service; not",),
    ),
    "unknown capacity": (
        "    capacity: on-demand",
        "    capacity: cheap",
        ("workloads.schedule.capacity: on-demand, spot; not",),
    ),
    "a timeout longer than a day": (
        "    timeout: 90",
        "    timeout: 86401",
        (
            "workloads.queue.timeout: 1 to 110, or up to 86400, where ECS protects the task",
            "while a job runs; not 86401",
        ),
    ),
    "no time at all": (
        "    timeout: 90",
        "    timeout: 0",
        ("workloads.queue.timeout: 1 to 110, or up to 86400",),
    ),
    "no backlog": (
        "    backlog_per_task: 100",
        "    backlog_per_task: 0",
        ("workloads.queue.backlog_per_task: 1 to 100000; not 0",),
    ),
    "no tries": ("    tries: 3", "    tries: 0", ("workloads.queue.tries: 1 to 100; not 0",)),
    "no list": ("      - default", "      default: 1", ("workloads.queue.queues: a list of names",)),
    "unknown kind": (
        "  schedule:\n",
        "  mails:\n    kind: worker\n    cpu: 256\n    memory: 512\n  schedule:\n",
        ("workloads.mails.kind: queue",),
    ),
    "a worker with a name that is taken": (
        "  schedule:\n",
        "  proxy:\n    kind: queue\n    cpu: 256\n    memory: 512\n    min: 1\n    max: 1\n  schedule:\n",
        ("workloads.proxy: this name is taken, choose another one",),
    ),
    "a worker with the name of a kind": (
        "  schedule:\n",
        "  artisan:\n    kind: queue\n    cpu: 256\n    memory: 512\n    min: 1\n    max: 1\n  schedule:\n",
        ("workloads.artisan.kind: artisan is a kind itself; a worker needs another name",),
    ),
    "a setting that is the task definition's": (
        "environment:\n",
        "environment:\n  CONTAINER_MODE: web\n",
        ("environment.CONTAINER_MODE: the task definition sets it",),
    ),
    "a setting that is none": (
        "environment:\n",
        "environment:\n  MAIL-FROM: a\n",
        ("MAIL-FROM: a variable is named like this: MAIL_FROM_2",),
    ),
    "a setting that is a secret, too": (
        "environment:\n",
        "environment:\n  DB_PASSWORD: a\n",
        ("environment.DB_PASSWORD: it stands below secrets, too",),
    ),
    "a setting of several values": (
        "environment:\n",
        "environment:\n  SIZES: [1, 2]\n",
        ("environment.SIZES: one value",),
    ),
    "TLS without a value": (
        "environment:\n",
        "environment:\n  DB_TLS:\n",
        ("environment.DB_TLS: one value",),
    ),
    "TLS that is neither on nor off": (
        "environment:\n",
        "environment:\n  DB_TLS: 1\n",
        ("environment.DB_TLS: true or false; not 1",),
    ),
    "a secret that no container starts without": (
        "  - APP_KEY\n",
        "",
        ("secrets: APP_KEY is missing, no container starts without it",),
    ),
    "a secret without a name": (
        "  - APP_KEY\n",
        "  - APP_KEY\n  -\n",
        ("secrets: a line without a name",),
    ),
    "a secret with its value": (
        "  - APP_KEY\n",
        "  - APP_KEY\n  - MAIL_PASSWORD: hunter2\n",
        ("secrets: MAIL_PASSWORD alone, and its value with bin/ecs secret production set MAIL_PASSWORD",),
    ),
    "min above max": (
        "    min: 2\n    max: 6",
        "    min: 9\n    max: 6",
        ("workloads.web.min: at most max, which is 6; not 9",),
    ),
    "no web task": ("    min: 2\n    max: 6", "    min: 0\n    max: 6", ("workloads.web.min: at least 1",)),
    "no workload": ("  migrate:\n", "  migrations:\n", ("workloads.migrate: missing",)),
    "not YAML": ("workloads:\n", "workloads: {\n", ("not a mapping, or not YAML at all",)),
}
TOGETHER = (
    "account without quotes",
    "retention that CloudWatch lacks",
    "unknown network",
    "memory that Fargate lacks",
    "min above max",
    "unknown key",
    "a setting that is none",
)
"""Faults that one manifest may have at once: all of them are told at once."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Path:
    """A rendering whose manifests are ready to be read."""
    folder = tmp_path_factory.mktemp("manifest") / "shop"
    project = commit(render(folder, environments=["production"]))
    terraform(project, tools, "init", "-backend=false", "-input=false")
    return project


def terraform(project: Path, tools: Tools, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [tools.terraform, f"-chdir={project / 'infra/manifest'}", *arguments],
        env=shell(tools),
        capture_output=True,
        text=True,
        check=False,
    )


def shell(tools: Tools) -> dict[str, str]:
    return tools.env | {
        "HOME": "/nonexistent",
        "CHECKPOINT_DISABLE": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def spoil(project: Path, *faults: str) -> str:
    """Write these faults into the manifest; what it was before."""
    manifest = project / "infra/environments/production.yml"
    before = text = manifest.read_text(encoding="utf-8")
    for fault in faults:
        right, wrong, _ = FAULTS[fault]
        assert text.count(right) == 1, f"{fault}: {right!r} stands there {text.count(right)} times"
        text = text.replace(right, wrong)
    manifest.write_text(text, encoding="utf-8")
    return before


def refusal(project: Path, tools: Tools) -> str:
    """What `terraform plan` says in infra/manifest, its frame and line breaks taken away."""
    done = terraform(project, tools, "plan", "-lock=false", "-no-color", "-var=environment=production")
    assert done.returncode == 1, done.stdout
    return re.sub(r"\s+", " ", re.sub(r"[│╷╵]", "", plain(done.stdout + done.stderr)))


@pytest.mark.parametrize("fault", FAULTS)
def test_terraform_refuses(fault: str, project: Path, tools: Tools) -> None:
    before = spoil(project, fault)
    try:
        said = refusal(project, tools)
    finally:
        (project / "infra/environments/production.yml").write_text(before, encoding="utf-8")
    assert [part for part in FAULTS[fault][2] if part not in said] == [], said
    assert "infra/environments/production.yml cannot be used" in said


def test_terraform_accepts_what_is_right(project: Path, tools: Tools) -> None:
    done = terraform(project, tools, "plan", "-lock=false", "-no-color", "-var=environment=production")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("timeout", "stop"),
    [(1, 11), (110, 120), (111, 120), (600, 120), (9999, 120), (86399, 120), (86400, 120)],
)
def test_a_stop_waits_as_long_as_a_job_or_as_fargate_lets_it(
    project: Path, tools: Tools, timeout: int, stop: int
) -> None:
    manifest = project / "infra/environments/production.yml"
    before = manifest.read_text(encoding="utf-8")
    manifest.write_text(before.replace("    timeout: 90", f"    timeout: {timeout}"), encoding="utf-8")
    try:
        done = terraform(project, tools, "plan", "-lock=false", "-no-color", "-var=environment=production")
    finally:
        manifest.write_text(before, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    queue = done.stdout.partition("+ queue ")[2].partition("}")[0]
    assert re.search(rf"stop_timeout += {stop}\n", queue), queue
    assert re.search(rf"is_long += {str(timeout > 110).lower()}\n", queue), queue


def test_what_the_task_definition_sets_nobody_else_may(project: Path, tools: Tools) -> None:
    names = ["METRICS_NAMESPACE", "BACKLOG_QUEUES", "RELEASE", "STOP_TIMEOUT", "SCHEDULE_TIME", "QUEUES"]
    manifest = project / "infra/environments/production.yml"
    before = manifest.read_text(encoding="utf-8")
    lines = "".join(f"  {name}: mine\n" for name in [*names, "RELEASE_NOTES"])
    manifest.write_text(before.replace("environment:\n", "environment:\n" + lines), encoding="utf-8")
    try:
        said = refusal(project, tools)
    finally:
        manifest.write_text(before, encoding="utf-8")
    assert [name for name in names if f"environment.{name}: the task definition sets it" not in said] == []
    assert "environment.RELEASE_NOTES" not in said


def test_every_fault_is_told_at_once_by_terraform_and_by_doctor(project: Path, tools: Tools) -> None:
    wanted = [part for fault in TOGETHER for part in FAULTS[fault][2]]
    before = spoil(project, *TOGETHER)
    try:
        said = refusal(project, tools)
        told = doctor(project, tools)
    finally:
        (project / "infra/environments/production.yml").write_text(before, encoding="utf-8")
    assert [part for part in wanted if part not in said] == []
    assert [part for part in wanted if part not in told] == [], told
    assert "\n✗ manifest:\n  " in told


def doctor(project: Path, tools: Tools) -> str:
    """What `bin/ecs doctor production` says of a manifest with faults."""
    done = subprocess.run(
        [project / "bin/ecs", "doctor", "production"],
        cwd=project,
        env=shell(tools),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    return done.stdout


MANIFEST, PROJECT = "infra/environments/production.yml", "infra/project.yml"
TOLD = {
    "a mapping twice": (
        MANIFEST,
        "  - APP_KEY\n",
        "  - APP_KEY\n\nenvironment: # once more\n  MAIL_MAILER: ses\n",
        rf"\n✗ manifest:\n  environment: twice, on lines \d+ and \d+\n{MANIFEST} cannot be used: ",
    ),
    "a key twice": (
        MANIFEST,
        "    timeout: 90",
        "    timeout: 90\n    timeout: 80",
        r"\n  workloads.queue.timeout: twice, on lines \d+ and \d+\n",
    ),
    "a conflict": (
        MANIFEST,
        "    timeout: 90",
        "<<<<<<< before updating\n    timeout: 90\n=======\n    timeout: 80\n>>>>>>> after updating",
        rf"✗ manifest: {MANIFEST} has a conflict that an update left",
    ),
    "a secret of two words": (
        MANIFEST,
        "  - APP_KEY\n",
        "  - APP_KEY\n  - MAIL PASSWORD\n",
        r"✗ manifest:\n  secrets.MAIL PASSWORD: a variable is named like this: MAIL_FROM_2\n",
    ),
    "a processor that is none, and an unknown key": (
        PROJECT,
        "architecture: arm64",
        "architecture: arm\nregoin: eu-west-1",
        r'✗ manifest:\n  architecture: arm64, x86_64; not "arm"\n'
        rf"  regoin: unknown; known are architecture, .*\n{PROJECT} cannot be used: ",
    ),
    "a repository's address": (
        PROJECT,
        'repository: ""',
        "repository: https://github.com/acme/shop",
        r'\n  repository: owner/name, without host and .git, or ""; not "https:',
    ),
    "a repository with its host": (
        PROJECT,
        'repository: ""',
        "repository: github.com/acme/shop",
        r'\n  repository: owner/name, without host and .git, or ""; not "github.com/',
    ),
    "no slug": (PROJECT, "slug: shop", "", r"\n  slug: missing\n"),
    "a project that is not YAML": (
        PROJECT,
        "slug: shop",
        "slug: {",
        rf"✗ manifest: {PROJECT} is not YAML: on line ",
    ),
}
"""A file, what stands there, what takes its place, and what `bin/ecs doctor` says then."""


@pytest.mark.parametrize("fault", TOLD)
def test_doctor_tells_what_yaml_lets_pass(fault: str, project: Path, tools: Tools) -> None:
    file, right, wrong, says = TOLD[fault]
    before = (project / file).read_text(encoding="utf-8")
    assert before.count(right) == 1
    (project / file).write_text(before.replace(right, wrong), encoding="utf-8")
    try:
        said = doctor(project, tools)
    finally:
        (project / file).write_text(before, encoding="utf-8")
    assert re.search(says, said), said


def test_a_setting_that_yaml_would_change_has_to_be_quoted(project: Path, tools: Tools) -> None:
    """What YAML makes of it, asked of Terraform, decides which those are."""
    values = [
        *("01234", "1.10", "1.0", "1e3", "0x1f", "0o17", "1_000", "12345678901234567890", "+5", "-0"),
        *("on", "Off", "yes", "NO", "y", "2026-01-01", "2026-01-01T10:00:00Z"),
        *("1", "0", "-5", "1.5", "0.25", "true", "false", "1.2.3", "192.0.2.1", "a", "10M", "0-23", "12:30"),
        *(
            "True",
            "FALSE",
            "2026-01-01 10:00:00",
            ".5",
            "5.",
            "-01",
            "00",
            "1.5e3",
            "0.12",
            "-0.5",
            "1..2",
            ".",
        ),
        *("smtp.example.com", "2026", "noreply@example.com", "2026-01", "1,5", "1e", "off-peak", "x # y"),
    ]
    lines = "".join(f"  V{number}: {value}\n" for number, value in enumerate(values))
    manifest = project / MANIFEST
    before = manifest.read_text(encoding="utf-8")
    manifest.write_text(before.replace("environment:\n", "environment:\n" + lines), encoding="utf-8")
    asked = "jsonencode({for name, value in local.manifest.environment : name => tostring(value)})"
    try:
        said = doctor(project, tools)
        done = subprocess.run(
            [
                tools.terraform,
                f"-chdir={project / 'infra/manifest'}",
                "console",
                "-var=environment=production",
            ],
            env=shell(tools),
            input=asked,
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        manifest.write_text(before, encoding="utf-8")
    became = json.loads(json.loads(done.stdout))
    written = {f"V{number}": value.partition(" #")[0] for number, value in enumerate(values)}
    changed = {name for name, value in written.items() if became[name] != value}
    told = set(re.findall(r"^  environment\.(V\d+): in quotes, please: ", said, re.MULTILINE))
    assert {written[name] for name in told} == {written[name] for name in changed}


@pytest.mark.parametrize(
    ("what", "empty", "says"),
    [
        (r'domain: ""', "domain:", 'platform.domain: a host name, or ""; not null'),
        (r'hosted_zone: ""', "hosted_zone:", 'platform.hosted_zone: a domain in Route 53, or ""; not null'),
        (r"secrets:\n(  .*\n)+", "secrets:\n", "secrets: a list; not null"),
        (
            r"    cpu: 512\n",
            "    cpu:\n",
            "workloads.web.cpu: 256, 512, 1024, 2048, 4096, 8192, 16384; not null",
        ),
        (r"    timeout: 90 ", "    timeout:\n    kind: ", "workloads.queue.kind: queue, or nothing"),
        (r"environment:\n(  .*\n)+", "environment:\n", ""),
    ],
)
def test_what_is_left_empty_is_told_in_one_line(
    what: str, empty: str, says: str, project: Path, tools: Tools
) -> None:
    manifest = project / MANIFEST
    before = manifest.read_text(encoding="utf-8")
    spoilt, times = re.subn(what, empty, before)
    assert times == 1
    manifest.write_text(spoilt, encoding="utf-8")
    try:
        said = doctor(project, tools)
    finally:
        manifest.write_text(before, encoding="utf-8")
    assert "Error: " not in said
    assert f"\n  {says}" in said if says else "✓ manifest\n" in said


def test_the_value_of_a_secret_is_not_repeated(project: Path, tools: Tools) -> None:
    before = spoil(project, "a secret with its value")
    try:
        said = doctor(project, tools)
    finally:
        (project / "infra/environments/production.yml").write_text(before, encoding="utf-8")
    assert "hunter2" not in said
    assert "no container starts without it" not in said


def test_an_environment_that_is_not_there_is_refused(project: Path, tools: Tools) -> None:
    done = terraform(project, tools, "plan", "-lock=false", "-no-color", "-var=environment=prod")
    assert done.returncode == 1
    assert "there is none; the environments are production" in re.sub(
        r"\s+", " ", done.stderr.replace("│", "")
    )
