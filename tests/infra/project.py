"""A rendered project whose `bin/ecs` speaks to the emulator."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tests.emulator import ACCOUNT, Emulator, Journal
from tests.emulator.tools import Tools
from tests.render import commit

TIMEOUT = 420


@dataclass(frozen=True)
class Done:
    """What a command did: its exit code, what it printed, what it asked of AWS, and how long it took."""

    command: str
    code: int
    output: str
    requests: Journal
    seconds: float

    def __str__(self) -> str:
        lines = self.output.splitlines()
        return "\n".join([f"{self.command} ended with {self.code} after {self.seconds:.0f} s:", *lines[-50:]])


@dataclass
class Running:
    """A command under way."""

    process: subprocess.Popen[str]
    command: str
    requests: Journal
    began: float

    def interrupt(self) -> None:
        """Ctrl-C, which a terminal sends to the command and to all that it has started."""
        os.killpg(self.process.pid, signal.SIGINT)

    def wait(self) -> Done:
        """Its end."""
        try:
            output, _ = self.process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            output, _ = self.process.communicate()
            output += f"\n(still running after {TIMEOUT} s)"
        requests = Journal(self.requests.path, self.requests.after, self.requests.since_now().after)
        return Done(self.command, self.process.returncode, output, requests, time.monotonic() - self.began)


@dataclass
class Project:
    """A rendering, committed, with one of its environments."""

    folder: Path
    environment: str
    aws: Emulator
    tools: Tools
    account: str = ACCOUNT
    provider: dict[str, str] = field(default_factory=dict)  # how Terraform gets it, where not by installing
    said: list[Done] = field(default_factory=list)

    # ── What it is ───────────────────────────────────────────────────────────────────────────────

    @cached_property
    def project(self) -> dict[str, Any]:
        """infra/project.yml."""
        content: dict[str, Any] = yaml.safe_load(
            (self.folder / "infra/project.yml").read_text(encoding="utf-8")
        )
        return content

    @property
    def slug(self) -> str:
        return str(self.project["slug"])

    @property
    def region(self) -> str:
        return str(self.project["region"])

    @property
    def full_name(self) -> str:
        return f"{self.slug}-{self.environment}"

    @property
    def here(self) -> str:
        """The region and the account, as they stand in the middle of an ARN."""
        return f"{self.region}:{self.account}"

    @property
    def state_bucket(self) -> str:
        return f"{self.slug}-state-{self.account}-{self.region}"

    @property
    def manifest_file(self) -> Path:
        return self.folder / f"infra/environments/{self.environment}.yml"

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest as it is now."""
        content: dict[str, Any] = yaml.safe_load(self.manifest_file.read_text(encoding="utf-8"))
        return content

    @property
    def workloads(self) -> dict[str, dict[str, Any]]:
        """Every workload with its kind; `artisan` is never declared and always there."""
        declared = self.manifest["workloads"]
        return {
            name: {"kind": name} | workload
            for name, workload in ({"artisan": declared["migrate"]} | declared).items()
        }

    @property
    def services(self) -> dict[str, dict[str, Any]]:
        """The workloads that run as services."""
        return {
            name: workload
            for name, workload in self.workloads.items()
            if workload["kind"] in ("web", "queue") or workload.get("trigger") == "service"
        }

    def edit(self, old: str, new: str) -> None:
        """Change the manifest at one place, as a person would."""
        text = self.manifest_file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{self.manifest_file.name} has {old!r} {text.count(old)} times"
        self.manifest_file.write_text(text.replace(old, new), encoding="utf-8")

    # ── What is done with it ─────────────────────────────────────────────────────────────────────

    @property
    def shell(self) -> dict[str, str]:
        """The environment of a person's shell, with credentials of the emulator."""
        shell = self.aws.environment(self.account, self.region) | self.tools.env
        return shell | self.provider | {"ECS_POLL_SECONDS": "1"}

    def start(self, *arguments: str, shell: Mapping[str, str] | None = None, given: str = "") -> Running:
        """Begin `bin/ecs` with these arguments; `given` is its standard input."""
        command = f"bin/ecs {' '.join(arguments)}"
        process = subprocess.Popen(
            [self.folder / "bin/ecs", *arguments],
            cwd=self.folder,
            env=self.shell | dict(shell or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=hear_ctrl_c,  # noqa: PLW1509 - it takes no lock
        )
        assert process.stdin
        process.stdin.write(given)
        process.stdin.close()
        process.stdin = None
        return Running(process, command, self.aws.journal.since_now(), time.monotonic())

    def ecs(self, *arguments: str, shell: Mapping[str, str] | None = None, given: str = "") -> Done:
        """Run `bin/ecs` to its end, whatever that is."""
        done = self.start(*arguments, shell=shell, given=given).wait()
        self.said.append(done)
        print(f"{self.full_name}: {done.command}: {done.seconds:.0f} s, exit {done.code}", file=sys.stderr)
        return done

    def must(self, *arguments: str, given: str = "") -> Done:
        """The same, where anything but success would make the rest pointless."""
        done = self.ecs(*arguments, given=given)
        assert done.code == 0, str(done)
        return done

    def restore_backup(self) -> None:
        """Type what the runbook says, up to where the restored database has the name of the old one."""
        self._type("## Restoring a backup", "The old one is still there")

    def delete_old_database(self) -> None:
        """Type what the runbook says once one is sure of the restored one."""
        self._type("The old one is still there", "A snapshot, such as")

    def _type(self, since: str, until: str) -> None:
        """Type the commands that the runbook shows between two of its lines."""
        page = (self.folder / "docs/ecs/runbook.md").read_text(encoding="utf-8")
        text = page.partition(f"\n{since}")[2].partition(f"\n{until}")[0]
        for block in re.findall(r"^ *```\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE):
            done = subprocess.run(
                ["bash", "-euc", block], env=self.shell, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{block}: {done.stderr}"

    def client(self, service: str) -> Any:
        """boto3's client in this project's account and region."""
        return self.aws.client(service, self.account, self.region)

    def commit(self) -> str:
        """Commit everything; the commit's hash."""
        commit(self.folder)
        head = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=self.folder, capture_output=True, text=True, check=True
        )
        return head.stdout.strip()

    def push(self, tag: str) -> str:
        """Put an image into ECR under a tag, as a build would; its digest."""
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"size": 1},
            "layers": [],
            "annotations": {"tag": tag},
        }
        answer = self.client("ecr").put_image(
            repositoryName=self.slug, imageManifest=json.dumps(manifest), imageTag=tag
        )
        return str(answer["image"]["imageId"]["imageDigest"])

    def parameter(self, name: str) -> str | None:
        """The value of /<slug>/<environment>/<name>, if it is there."""
        found = self.client("ssm").get_parameters(
            Names=[f"/{self.slug}/{self.environment}/{name}"], WithDecryption=True
        )["Parameters"]
        return str(found[0]["Value"]) if found else None

    def running(self) -> dict[str, str]:
        """Service → the task definition that it was told to run."""
        ecs = self.client("ecs")
        names = ecs.list_services(cluster=self.full_name)["serviceArns"]
        if not names:
            return {}
        described = ecs.describe_services(cluster=self.full_name, services=names)["services"]
        return {
            service["serviceName"]: service["taskDefinition"]
            for service in described
            if service["status"] == "ACTIVE"
        }

    def images(self) -> dict[str, str]:
        """Service → the digest of the image that it runs; the schedule, too, whatever starts it."""
        ecs = self.client("ecs")
        definitions = self.running() | self.scheduled()
        described = {
            name: ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
            for name, arn in definitions.items()
        }
        return {
            name: definition["containerDefinitions"][0]["image"].partition("@")[2]
            for name, definition in described.items()
        }

    def scheduled(self) -> dict[str, str]:
        """The task definition that the rule or the schedule starts."""
        trigger = self.workloads["schedule"].get("trigger", "rule")
        name = f"{self.full_name}-schedule"
        if trigger == "rule":
            targets = self.client("events").list_targets_by_rule(Rule=name)["Targets"]
            return {"schedule": targets[0]["EcsParameters"]["TaskDefinitionArn"]}
        if trigger == "scheduler":
            target = self.client("scheduler").get_schedule(Name=name)["Target"]
            return {"schedule": target["EcsParameters"]["TaskDefinitionArn"]}
        return {}

    # ── What it leaves ───────────────────────────────────────────────────────────────────────────

    def states(self) -> dict[str, bytes]:
        """Every version of every Terraform state: key and version → content."""
        s3 = self.client("s3")
        versions = s3.list_object_versions(Bucket=self.state_bucket).get("Versions", [])
        return {
            f"{version['Key']} {version['VersionId']}": s3.get_object(
                Bucket=self.state_bucket, Key=version["Key"], VersionId=version["VersionId"]
            )["Body"].read()
            for version in versions
            if version["Key"].endswith(".tfstate")
        }

    def resources(self) -> list[str]:
        """What the newest states still hold: layer and type of each resource."""
        s3 = self.client("s3")
        found = []
        for item in s3.list_objects_v2(Bucket=self.state_bucket).get("Contents", []):
            if item["Key"].endswith(".tfstate"):
                state = json.loads(s3.get_object(Bucket=self.state_bucket, Key=item["Key"])["Body"].read())
                found += [
                    f"{item['Key']}: {resource['type']}.{resource['name']}"
                    for resource in state["resources"]
                    if resource["mode"] == "managed"
                ]
        return found


def hear_ctrl_c() -> None:
    """Whoever runs the tests in the background has Ctrl-C ignored, which a shell cannot take back."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def plain(text: str) -> str:
    """What a terminal shows, without its colours."""
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
