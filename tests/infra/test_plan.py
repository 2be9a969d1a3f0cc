"""What is planned for a spread of answers, looked at for what Terraform does not see.

The answers are others than those of the lives in lifecycle.py, whose requests go through the same checks.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.emulator.provider import staying_provider

from . import checks
from .conftest import MakeProject
from .planned import Plan, plan
from .test_runbook import first_column

pytestmark = pytest.mark.infra

PLANS: dict[str, dict[str, Any]] = {
    "longest": {
        "project_slug": "abcdefghijklmnopqrst",
        "environments": ["development", "staging", "production"],
        "database": "aurora-postgres",
        "domain_name": "shop.example.com",
        "repository": "acme/shop",
        "cpu_architecture": "x86_64",
        "queue_timeout": 110,
    },
    "shortest": {
        "project_slug": "ab",
        "environments": ["production"],
        "size_production": "large",
        "database": "mysql",
        "network": "existing",
        "schedule_trigger": "scheduler",
        "repository": "acme/tools/ab",
        "ci": "gitlab",
    },
    "plainest": {
        "project_slug": "plain",
        "aws_region": "ap-southeast-1",
        "environments": ["staging"],
        "network": "public",
        "schedule_trigger": "service",
        "ci": "none",
        "sizing_overrides": {"staging": {"web": {"cpu": 4096, "memory": 30720}, "queue": {"min": 0}}},
    },
}


@pytest.fixture(
    scope="session",
    params=[pytest.param(name, marks=pytest.mark.xdist_group(f"plan {name}")) for name in PLANS],
)
def planned(
    request: pytest.FixtureRequest, make_project: MakeProject, tmp_path_factory: pytest.TempPathFactory
) -> Plan:
    """All layers of one project, planned."""
    answers = PLANS[request.param]
    account = f"2222{list(PLANS).index(request.param)}2221111"
    project = make_project(request.param, answers["environments"][0], account, stays=False, **answers)
    folder = tmp_path_factory.mktemp("provider")
    with staying_provider(project.tools.provider, project.shell, folder) as project.provider:
        return plan(project)


def test_task_definitions_are_what_ecs_and_fargate_take(planned: Plan) -> None:
    definitions = planned.definitions()
    assert definitions.keys() == planned.project.workloads.keys()
    assert {
        name: checks.task_definition(d) for name, d in definitions.items() if checks.task_definition(d)
    } == {}


def test_containers_are_locked_up(planned: Plan) -> None:
    assert [problem for d in planned.definitions().values() for problem in checks.locked_up(d)] == []


def test_names_fit(planned: Plan) -> None:
    resources = [resource for layer in planned.layers.values() for resource in layer]
    problems = {checks.name(resource["type"], resource.get("values", {})) for resource in resources}
    assert problems == {""}


def test_load_balancers_and_overrides_name_containers_that_are_there(planned: Plan) -> None:
    definitions = planned.definitions()
    services = planned.of("aws_ecs_service")
    assert {service["name"] for service in services} == planned.project.services.keys()
    for service in services:
        containers = {c["name"]: c for c in definitions[service["name"]]["containerDefinitions"]}
        assert len(service["load_balancer"]) == (service["name"] == "web")
        for balancer in service["load_balancer"]:
            ports = [p["containerPort"] for p in containers[balancer["container_name"]]["portMappings"]]
            assert balancer["container_port"] in ports
    for template in [
        target["input_transformer"][0]["input_template"]
        for target in planned.of("aws_cloudwatch_event_target")
    ] + [schedule["target"][0]["input"] for schedule in planned.of("aws_scheduler_schedule")]:
        overrides = json.loads(template)["containerOverrides"]
        names = {c["name"] for c in definitions["schedule"]["containerDefinitions"]}
        assert {override["name"] for override in overrides} <= names


def test_expressions_are_valid(planned: Plan) -> None:
    expressions = [
        *(rule["schedule_expression"] for rule in planned.of("aws_cloudwatch_event_rule")),
        *(schedule["schedule_expression"] for schedule in planned.of("aws_scheduler_schedule")),
    ]
    trigger = planned.project.workloads["schedule"]["trigger"]
    assert len(expressions) == (trigger != "service")
    assert [checks.expression(text) for text in expressions if checks.expression(text)] == []


def test_no_policy_names_a_partition_that_the_account_may_not_be_in(planned: Plan) -> None:
    """Literal ARNs and domains would make the files useless in China and GovCloud."""
    found = {
        f"{path.relative_to(planned.project.folder)}: {line.strip()}"
        for path in (planned.project.folder / "infra").rglob("*.tf")
        for line in re.sub(r"#.*", "", path.read_text(encoding="utf-8")).splitlines()
        if re.search(r"arn:aws[:\w-]*:|amazonaws\.com|\b\d{12}\b", line)
        and "error_message" not in line
        and '["sts.amazonaws.com"]' not in line  # the audience of the pipeline's token, everywhere the same
    }
    assert found == set()


def test_alarms_tell_the_topic_and_say_what_they_mean(planned: Plan) -> None:
    assert planned.of("aws_cloudwatch_metric_alarm")
    for alarm in planned.of("aws_cloudwatch_metric_alarm"):
        assert alarm["alarm_description"], alarm["alarm_name"]
    for resource in planned.layers["services"]:
        alarm = resource["values"]
        if resource["type"] != "aws_cloudwatch_metric_alarm" or "-wake-" in alarm["alarm_name"]:
            continue
        assert alarm["alarm_actions"] == [
            f"arn:aws:sns:{planned.project.here}:{planned.project.full_name}-alarms"
        ]


def test_every_alarm_is_explained_in_the_runbook(planned: Plan) -> None:
    text = (planned.project.folder / "docs/ecs/runbook.md").read_text(encoding="utf-8")
    explained = [re.sub("<.*?>", "[a-z0-9-]+", name) for name in first_column(text, "What each alarm means")]
    prefix = f"{planned.project.full_name}-"
    names = {a["alarm_name"].removeprefix(prefix) for a in planned.of("aws_cloudwatch_metric_alarm")}
    wakes = {name for name in names if name.startswith("wake-")}  # a paragraph of its own
    assert [name for name in names - wakes if not any(re.fullmatch(e, name) for e in explained)] == []


def test_an_empty_repository_or_no_pipeline_gets_no_role(planned: Plan) -> None:
    roles = {role["name"] for role in planned.of("aws_iam_role")}
    project = planned.project
    pipeline = {f"{project.full_name}-deploy", f"{project.slug}-build"}
    if project.project["ci"] == "none" or not project.project["repository"]:
        assert not roles & pipeline
    else:
        assert pipeline <= roles
