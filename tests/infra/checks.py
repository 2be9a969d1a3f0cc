"""What neither Terraform nor a plan sees, looked for in task definitions, names, policies and expressions.

Each check takes what was planned or what was sent, in AWS's own form, and returns what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.emulator.models import problems

FARGATE = {
    256: [512, 1024, 2048],
    512: list(range(1024, 4096 + 1, 1024)),
    1024: list(range(2048, 8192 + 1, 1024)),
    2048: list(range(4096, 16384 + 1, 1024)),
    4096: list(range(8192, 30720 + 1, 1024)),
    8192: list(range(16384, 61440 + 1, 4096)),
    16384: list(range(32768, 122880 + 1, 8192)),
}
"""CPU units → MiB, from AWS's documentation; the template has a table of its own."""

STOP_TIMEOUT = range(2, 120 + 1)

NAMES = {
    "aws_alb_target_group": r"(?!-)(?!.*-$)[A-Za-z0-9-]{1,32}",
    "aws_appautoscaling_policy": r".{1,256}",
    "aws_cloudwatch_dashboard": r"[A-Za-z0-9_-]{1,255}",
    "aws_cloudwatch_event_rule": r"[\w.-]{1,64}",
    "aws_cloudwatch_log_group": r"[\w./#-]{1,512}",
    "aws_cloudwatch_metric_alarm": r".{1,255}",
    "aws_db_instance": r"(?!.*--)[a-z][a-z0-9-]{0,61}[a-z0-9]",
    "aws_db_parameter_group": r"(?!.*--)[a-z][a-z0-9-]{0,253}[a-z0-9]",
    "aws_db_subnet_group": r"[a-z0-9_. -]{1,255}",
    "aws_ecr_repository": r"[a-z0-9]+([._-][a-z0-9]+)*",
    "aws_ecs_cluster": r"[A-Za-z0-9_-]{1,255}",
    "aws_ecs_service": r"[A-Za-z0-9_-]{1,255}",
    "aws_ecs_task_definition": r"[A-Za-z0-9_-]{1,255}",
    "aws_elasticache_parameter_group": r"(?!.*--)[a-z][a-z0-9-]{0,253}[a-z0-9]",
    "aws_elasticache_replication_group": r"(?!.*--)[a-z][a-z0-9-]{0,38}[a-z0-9]",
    "aws_elasticache_subnet_group": r"[a-z0-9-]{1,255}",
    "aws_iam_role": r"[\w+=,.@-]{1,64}",
    "aws_iam_role_policy": r"[\w+=,.@-]{1,128}",
    "aws_lb": r"(?!-)(?!internal-)(?!.*-$)[A-Za-z0-9-]{1,32}",
    "aws_lb_target_group": r"(?!-)(?!.*-$)[A-Za-z0-9-]{1,32}",
    "aws_rds_cluster": r"(?!.*--)[a-z][a-z0-9-]{0,61}[a-z0-9]",
    "aws_rds_cluster_instance": r"(?!.*--)[a-z][a-z0-9-]{0,61}[a-z0-9]",
    "aws_rds_cluster_parameter_group": r"(?!.*--)[a-z][a-z0-9-]{0,253}[a-z0-9]",
    "aws_s3_bucket": r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "aws_scheduler_schedule": r"[\w.-]{1,64}",
    "aws_security_group": r"(?!sg-)[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}",
    "aws_sns_topic": r"[A-Za-z0-9_-]{1,256}",
    "aws_sqs_queue": r"[A-Za-z0-9_-]{1,80}",
    "aws_ssm_parameter": r"(?!/?(aws|ssm))[\w./-]{1,1011}",
}
"""Terraform's type → what AWS lets such a thing be called."""

NAMED_BY = {
    "aws_cloudwatch_dashboard": "dashboard_name",
    "aws_cloudwatch_metric_alarm": "alarm_name",
    "aws_db_instance": "identifier",
    "aws_ecs_task_definition": "family",
    "aws_elasticache_replication_group": "replication_group_id",
    "aws_rds_cluster": "cluster_identifier",
    "aws_rds_cluster_instance": "identifier",
    "aws_s3_bucket": "bucket",
}

UNNAMED = {
    "aws_acm_certificate",
    "aws_acm_certificate_validation",
    "aws_appautoscaling_target",
    "aws_cloudwatch_event_target",
    "aws_default_network_acl",
    "aws_default_route_table",
    "aws_default_security_group",
    "aws_ecr_lifecycle_policy",
    "aws_ecr_repository_policy",
    "aws_ecs_cluster_capacity_providers",
    "aws_eip",
    "aws_flow_log",
    "aws_internet_gateway",
    "aws_lb_listener",
    "aws_nat_gateway",
    "aws_route",
    "aws_route53_record",
    "aws_route_table",
    "aws_route_table_association",
    "aws_s3_bucket_cors_configuration",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_sns_topic_policy",
    "aws_sns_topic_subscription",
    "aws_sqs_queue_policy",
    "aws_subnet",
    "aws_vpc",
    "aws_vpc_endpoint",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
    "terraform_data",
}
"""What has no name, or one that AWS makes up."""


def task_definition(definition: dict[str, Any]) -> list[str]:
    """What is wrong with the parameters of a RegisterTaskDefinition."""
    found = problems("ecs", "RegisterTaskDefinition", definition)
    containers = definition["containerDefinitions"]
    cpu, memory = int(definition["cpu"]), int(definition["memory"])
    if memory not in FARGATE.get(cpu, []):
        found.append(f"Fargate has no {cpu} with {memory}")
    for unit, size in (("cpu", cpu), ("memory", memory)):
        shares = sum(container.get(unit, 0) for container in containers)
        if shares > size:
            found.append(f"containers ask for {unit} {shares} of {size}")
    names = [container["name"] for container in containers]
    for container in containers:
        found += [f"{container['name']}: {problem}" for problem in _container(container, names)]
    return found


def _container(container: dict[str, Any], names: list[str]) -> Iterator[str]:
    environment = [variable["name"] for variable in container.get("environment", [])]
    secrets = [secret["name"] for secret in container.get("secrets", [])]
    if both := {name for name in environment + secrets if (environment + secrets).count(name) > 1}:
        yield f"set twice: {', '.join(sorted(both))}"
    if container.get("stopTimeout", 30) not in STOP_TIMEOUT:
        yield f"stopTimeout {container['stopTimeout']}"
    if not re.fullmatch(r".+@sha256:[0-9a-f]{64}", container["image"]):
        yield f"image without digest: {container['image']}"
    if unknown := [
        d["containerName"] for d in container.get("dependsOn", []) if d["containerName"] not in names
    ]:
        yield f"depends on {unknown}"
    tmpfs = sum(mount["size"] for mount in container.get("linuxParameters", {}).get("tmpfs", []))
    if tmpfs >= container.get("memory", float("inf")):
        yield f"tmpfs of {tmpfs} in memory of {container['memory']}"
    check = container.get("healthCheck")
    if check and check["command"][0] not in ("CMD", "CMD-SHELL"):
        yield f"health check {check['command']}"


def locked_up(definition: dict[str, Any]) -> list[str]:
    """What a container may that it need not."""
    found = []
    for container in definition["containerDefinitions"]:
        linux = container.get("linuxParameters", {})
        allowed = {
            "a writable root": container.get("readonlyRootFilesystem") is not True,
            "privileges": bool(container.get("privileged")),
            "capabilities": linux.get("capabilities", {}).get("drop") != ["ALL"],
            "capabilities back": bool(linux.get("capabilities", {}).get("add")),
            "a process 1 of its own": linux.get("initProcessEnabled") is not True,
            "the root user": container.get("user") in ("0", "root"),
            "mount options of its own": any(
                not {"nosuid", "nodev"} <= set(mount["mountOptions"]) for mount in linux.get("tmpfs", [])
            ),
        }
        found += [f"{container['name']} has {what}" for what, has in allowed.items() if has]
    return found


def expression(text: str) -> str:
    """What is wrong with a cron or rate expression, which AWS alone would notice."""
    if cron := re.fullmatch(r"cron\((.+)\)", text):
        fields = cron[1].split(" ")
        if len(fields) != 6:
            return f"{text}: six fields, not {len(fields)}"
        if (fields[2] == "?") == (fields[4] == "?"):
            return f"{text}: exactly one of day-of-month and day-of-week is ?"
        return ""
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)(s?)\)", text):
        return "" if (rate[1] == "1") != bool(rate[3]) else f"{text}: singular for 1, else plural"
    return f"{text}: neither cron(...) nor rate(...)"


def name(kind: str, values: dict[str, Any]) -> str:
    """What is wrong with the name of a planned resource."""
    if kind in UNNAMED:
        return ""
    if kind not in NAMES:
        return f"{kind}: what may it be called? Add it to NAMES or UNNAMED"
    called = values.get(NAMED_BY.get(kind, "name"))
    if called is None or re.fullmatch(NAMES[kind], called):
        return ""
    return f"{kind}: {called} ({len(called)} characters) is no name for it"


def statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of a policy, with actions and resources as lists."""

    def listed(value: Any) -> list[Any]:
        return value if isinstance(value, list) else [value]

    return [
        statement | {key: listed(statement[key]) for key in ("Action", "Resource") if key in statement}
        for statement in listed(policy["Statement"])
    ]


def pass_role(policy: dict[str, Any], allowed: set[str]) -> list[str]:
    """Passed roles other than `allowed`, or passed to more than ECS tasks and the schedule's triggers."""
    found = []
    for statement in statements(policy):
        actions = [
            action for action in statement["Action"] if action in ("*", "iam:*") or action == "iam:PassRole"
        ]
        if not actions:
            continue
        if set(actions) != {"iam:PassRole"}:
            found.append(f"{actions} is more than passing")
        for resource in statement["Resource"]:
            role = resource.rpartition(":role/")[2]
            if role not in allowed:
                found.append(f"passes {resource}")
        to = statement.get("Condition", {}).get("StringEquals", {}).get("iam:PassedToService")
        services = {
            service.partition(".")[0] for service in ([to] if isinstance(to, str) else to or ["anything"])
        }
        if not services <= {"ecs-tasks", "events", "scheduler"}:
            found.append(f"passes roles to {services}")
    return found


def substituted(template: str, values: dict[str, str]) -> str:
    """An input template as EventBridge fills it in; a <name> that nobody fills in stays."""
    return re.sub(r"<([\w.-]+)>", lambda match: values.get(match[1], match[0]), template)
