"""The checks themselves: each finds what it is for."""

from __future__ import annotations

from typing import Any

import pytest

from . import checks


def definition(**container: Any) -> dict[str, Any]:
    return {
        "family": "shop-production-web",
        "cpu": "512",
        "memory": "1024",
        "containerDefinitions": [
            {"name": "web", "image": f"shop@sha256:{'0' * 64}", "cpu": 512, "memory": 1024} | container
        ],
    }


def test_a_good_definition_passes() -> None:
    assert checks.task_definition(definition(stopTimeout=120)) == []


@pytest.mark.parametrize(
    ("container", "found"),
    [
        ({"memry": 1}, "memry"),
        ({"stopTimeout": 121}, "stopTimeout 121"),
        ({"image": "shop:latest"}, "without digest"),
        ({"dependsOn": [{"containerName": "php", "condition": "HEALTHY"}]}, "depends on"),
        ({"dependsOn": [{"containerName": "web", "condition": "WELL"}]}, "WELL"),
        ({"cpu": 1024}, "cpu 1024 of 512"),
        ({"linuxParameters": {"tmpfs": [{"containerPath": "/tmp", "size": 1024}]}}, "tmpfs of 1024"),
        (
            {"environment": [{"name": "A", "value": ""}], "secrets": [{"name": "A", "valueFrom": "/a"}]},
            "set twice: A",
        ),
        ({"healthCheck": {"command": ["true"]}}, "health check"),
        ({"stopTimeout": "60"}, "stopTimeout"),
    ],
)
def test_a_bad_container_is_found(container: dict[str, Any], found: str) -> None:
    try:
        said = checks.task_definition(definition(**container))
    except TypeError:
        said = [str(container)]
    assert any(found in problem for problem in said), said


def test_a_pair_that_fargate_lacks_is_found() -> None:
    assert checks.task_definition(definition(cpu=0) | {"memory": "512"})


def test_what_a_container_may_is_found() -> None:
    assert len(checks.locked_up(definition(linuxParameters={"tmpfs": [{"mountOptions": []}]}))) == 4


@pytest.mark.parametrize(
    "good", ["cron(* * * * ? *)", "rate(1 minute)", "rate(5 minutes)", "cron(0 3 ? * MON *)"]
)
def test_a_good_expression_passes(good: str) -> None:
    assert checks.expression(good) == ""


@pytest.mark.parametrize(
    "bad", ["cron(* * * * *)", "cron(* * * * * *)", "rate(1 minutes)", "rate(5 minute)", "* * * * *"]
)
def test_a_bad_expression_is_found(bad: str) -> None:
    assert checks.expression(bad)


@pytest.mark.parametrize(
    ("kind", "called"),
    [
        ("aws_lb", "a" * 33),
        ("aws_lb", "internal-shop"),
        ("aws_lb_target_group", "shop-"),
        ("aws_elasticache_replication_group", "a" * 41),
        ("aws_db_instance", "a--b"),
        ("aws_s3_bucket", "Shop"),
        ("aws_new_thing", "shop"),
    ],
)
def test_a_bad_name_is_found(kind: str, called: str) -> None:
    assert checks.name(kind, {checks.NAMED_BY.get(kind, "name"): called})


def policy(**statement: Any) -> dict[str, Any]:
    return {
        "Statement": {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::1:role/a"}
        | statement
    }


TO_TASKS = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


def test_roles_that_may_be_passed_pass() -> None:
    assert checks.pass_role(policy(Condition=TO_TASKS), {"a"}) == []


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"Condition": TO_TASKS, "Resource": "*"},
        {"Condition": TO_TASKS, "Resource": ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"]},
        {"Condition": TO_TASKS, "Action": "iam:*"},
        {"Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}},
    ],
)
def test_roles_that_may_not_be_passed_are_found(bad: dict[str, Any]) -> None:
    assert checks.pass_role(policy(**bad), {"a"})
