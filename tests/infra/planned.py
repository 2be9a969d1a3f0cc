"""Every layer of a project planned, against an emulator that holds what the layers before would have left."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from .lifecycle import provide
from .project import Project

LAYERS = ("account", "platform", "tasks", "services")
ISSUERS = ("token.actions.githubusercontent.com", "gitlab.com")


@dataclass(frozen=True)
class Plan:
    """A project and, by layer, the resources that Terraform would make."""

    project: Project
    layers: dict[str, list[dict[str, Any]]]
    outputs: dict[str, dict[str, Any]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The planned values of each resource of a type."""
        return [r.get("values", {}) for layer in self.layers.values() for r in layer if r["type"] == kind]

    def one(self, kind: str) -> dict[str, Any]:
        found = self.of(kind)
        assert len(found) == 1, f"{len(found)} × {kind}"
        return found[0]

    def definitions(self) -> dict[str, dict[str, Any]]:
        """Workload → the parameters of its RegisterTaskDefinition."""
        return {
            definition["family"].removeprefix(f"{self.project.full_name}-"): {
                "family": definition["family"],
                "cpu": definition["cpu"],
                "memory": definition["memory"],
                "networkMode": definition["network_mode"],
                "requiresCompatibilities": definition["requires_compatibilities"],
                "containerDefinitions": json.loads(definition["container_definitions"]),
            }
            for definition in self.of("aws_ecs_task_definition")
        }


def plan(project: Project) -> Plan:
    """Plan all four layers; none is applied."""
    _prepare(project)
    layers, outputs = {}, {}
    definitions: dict[str, str] = {}
    for layer in LAYERS:
        shown = _show(project, layer, definitions)
        root = shown["planned_values"]["root_module"]
        layers[layer] = [r for r in root.get("resources", []) if r["mode"] == "managed"]
        outputs[layer] = shown["planned_values"].get("outputs", {})
        if layer == "tasks":
            prefix = f"arn:aws:ecs:{project.here}:task-definition"
            definitions = {name: f"{prefix}/{project.full_name}-{name}:1" for name in project.workloads}
    return Plan(project, layers, outputs)


def _prepare(project: Project) -> None:
    """What bootstrap and the layers before leave behind, as far as the next one reads it."""
    text = project.manifest_file.read_text(encoding="utf-8")
    filled_in = text.replace('account_id: ""', f'account_id: "{project.account}"')
    project.manifest_file.write_text(filled_in, encoding="utf-8")
    for issuer in ISSUERS:
        project.client("iam").create_open_id_connect_provider(
            Url=f"https://{issuer}", ClientIDList=["sts.amazonaws.com"]
        )
    ssm = project.client("ssm")
    for name in project.manifest["secrets"]:
        path = f"/{project.slug}/{project.environment}/secrets/{name}"
        ssm.put_parameter(Name=path, Type="SecureString", Value="planned-only-0123456789")
    if project.manifest["platform"]["database"] != "external":  # else `provide` goes by bin/ecs
        provide(project)
    for name, value in _contract(project).items():
        path = f"/{project.slug}/{project.environment}/platform/{name}"
        ssm.put_parameter(Name=path, Type="String", Value=value, Overwrite=True)


def _contract(project: Project) -> dict[str, str]:
    """Values of the right form, as if the platform had been made."""
    role = f"arn:aws:iam::{project.account}:role/{project.full_name}"
    balancing = f"arn:aws:elasticloadbalancing:{project.here}"
    contract = {
        "alarm_topic_arn": f"arn:aws:sns:{project.here}:{project.full_name}-alarms",
        "assign_public_ip": "DISABLED",
        "bucket": f"{project.full_name}-{project.account}-{project.region}",
        "cluster_name": project.full_name,
        "database_connection": "pgsql",
        "database_host": "db.example.com",
        "database_name": "laravel",
        "database_port": "5432",
        "database_username": "laravel",
        "dead_letter_queue_arn": f"arn:aws:sqs:{project.here}:{project.full_name}-schedule-failed",
        "execution_role_arn": f"{role}-execution",
        "load_balancer_label": f"app/{project.full_name}/50dc6c495c0c9188",
        "schedule_role_arn": f"{role}-schedule",
        "target_group_arn": f"{balancing}:targetgroup/{project.full_name}/6d0ecf831eec9f09",
        "target_group_label": f"targetgroup/{project.full_name}/6d0ecf831eec9f09",
        "task_role_arn": f"{role}-task",
        "task_security_group_id": "sg-0123456789abcdef0",
        "task_subnet_ids": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
        "url": "https://shop.example.com",
        "valkey_cache_host": "cache.example.com",
        "valkey_host": "valkey.example.com",
        "valkey_port": "6379",
    }
    own = project.manifest["platform"]
    if own["network"] == "existing":  # written by `provide`, and real
        contract = {k: v for k, v in contract.items() if k not in ("task_subnet_ids", "assign_public_ip")}
    if own["domain"] and not own["hosted_zone"]:
        contract["certificate_arn"] = f"arn:aws:acm:{project.here}:certificate/1"
    return contract


def _show(project: Project, layer: str, definitions: dict[str, str]) -> dict[str, Any]:
    image = f"{project.account}.dkr.ecr.{project.region}.amazonaws.com/{project.slug}@sha256:{'0' * 64}"
    variables = {
        "account": [],
        "platform": [f"environment={project.environment}"],
        "tasks": [f"environment={project.environment}", f"image={image}"],
        "services": [
            f"environment={project.environment}",
            f"task_definitions={json.dumps(definitions)}",
        ],
    }[layer]
    folder = project.folder / "infra" / layer
    (folder / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n', encoding="utf-8")
    _terraform(project, layer, "init", "-input=false")
    _terraform(project, layer, "plan", "-input=false", "-out=plan", *(f"-var={v}" for v in variables))
    shown: dict[str, Any] = json.loads(_terraform(project, layer, "show", "-json", "plan"))
    return shown


def _terraform(project: Project, layer: str, *arguments: str) -> str:
    done = subprocess.run(
        [project.tools.terraform, f"-chdir={project.folder / 'infra' / layer}", *arguments],
        env=project.shell | {"CHECKPOINT_DISABLE": "1", "TF_DATA_DIR": f".terraform-plan-{layer}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"terraform {arguments} in {layer}: {done.stdout}{done.stderr}"
    return done.stdout
