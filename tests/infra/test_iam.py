"""Who may do what: every role that was created, every statement, read from what was sent to AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator import Request

from . import checks
from .iam import allows, like, trusts
from .lifecycle import Life

pytestmark = pytest.mark.infra

Policies = dict[str, dict[str, Any]]

STATEMENTS = {
    "build": {"images": {"PushAndPull", "LogIn"}},
    "deploy": {
        "alarms": {"Alarms", "FindAlarms", "Dashboard"},
        "logs": {"Groups", "Find"},
        "parameters": {"Read", "RecordAndLock", "FindMissingSecrets"},
        "roles": {"ToTasks", "ToTheSchedule"},
        "schedule": {"Rule", "Scheduler"},
        "services": {
            "Release",
            "Cluster",
            "ListServices",
            "Health",
            "Scale",
            "ChangeScaling",
            "ReadScaling",
            "ReadScalingTags",
        },
        "state": {"ReadAndWrite", "Lock", "Find"},
        "tasks": {"FindImage", "Define", "Run", "Watch", "List", "Tag"},
    },
    "execution": {"start-tasks": {"PullImages", "LogInToEcr", "WriteLogs", "ReadSecrets"}},
    "schedule": {"run-schedule": {"Run", "TagWhatItRuns", "HandOnRoles", "KeepWhatFailed"}},
    "task": {"application": {"ListFiles", "Files", "ProtectLongJobs"}},
}
"""Role → policy → the names of its statements. One that is added belongs here, too: read it twice."""

ANYTHING = {
    "application-autoscaling:DescribeScalableTargets": "AWS has nothing narrower",
    "application-autoscaling:DescribeScalingPolicies": "AWS has nothing narrower",
    "ecr:GetAuthorizationToken": "it knows no repository: the token can do what its owner can",
    "ecs:DescribeTaskDefinition": "AWS has nothing narrower",
    "ecs:ListServices": "narrowed by its condition on the cluster",
    "ecs:ListTasks": "narrowed by its condition on the cluster",
    "ecs:RegisterTaskDefinition": "AWS has nothing narrower; running needs RunTask and the roles to pass",
    "elasticloadbalancing:DescribeTargetHealth": "AWS has nothing narrower",
    "ssm:DescribeParameters": "AWS lists names for all or nothing; no value is in them",
}
"""The actions that may be allowed on every resource, and why."""


def policies(life: Life) -> dict[str, Policies]:
    """Role, without the project's part of its name → policy → document."""
    found: dict[str, Policies] = {}
    for step in ("bootstrap", "platform"):
        for request in life.step(step).requests.of("PutRolePolicy"):
            name = short(life, request.parameters["RoleName"])
            document = json.loads(request.parameters["PolicyDocument"])
            found.setdefault(name, {})[request.parameters["PolicyName"]] = document
    return found


def short(life: Life, role: str) -> str:
    return role.removeprefix(f"{life.project.full_name}-").removeprefix(f"{life.project.slug}-")


def trust(life: Life) -> Policies:
    """Role → its trust policy."""
    return {
        short(life, request.parameters["RoleName"]): json.loads(
            request.parameters["AssumeRolePolicyDocument"]
        )
        for step in ("bootstrap", "platform")
        for request in life.step(step).requests.of("CreateRole")
    }


def pipeline(life: Life) -> bool:
    """Whether there is one that gets roles."""
    return bool(life.project.project["repository"]) and life.project.project["ci"] != "none"


# ── What there is ────────────────────────────────────────────────────────────────────────────────


def test_every_role_and_every_statement_is_known(life: Life) -> None:
    expected = {
        role: statements
        for role, statements in STATEMENTS.items()
        if pipeline(life) or role not in ("build", "deploy")
    }
    found = {
        role: {name: {s["Sid"] for s in checks.statements(document)} for name, document in documents.items()}
        for role, documents in policies(life).items()
    }
    assert found == expected
    assert trust(life).keys() == expected.keys()


def test_no_role_gets_a_policy_in_another_way(life: Life) -> None:
    life.step("rollback")
    others = ("AttachRolePolicy", "CreatePolicy", "PutUserPolicy", "CreateUser", "CreateAccessKey")
    sent = [r.action for r in life.project.aws.journal if r.account == life.project.account]
    assert [action for action in others if action in sent] == []


def test_no_action_has_a_wildcard(life: Life) -> None:
    assert [
        f"{role}: {action}"
        for role, documents in policies(life).items()
        for document in documents.values()
        for statement in checks.statements(document)
        for action in statement["Action"]
        if "*" in action
    ] == []


def test_nothing_is_allowed_on_everything_but_for_a_reason(life: Life) -> None:
    found = {
        action
        for documents in policies(life).values()
        for document in documents.values()
        for statement in checks.statements(document)
        for resource in statement["Resource"]
        if like(resource, "arn:aws:anything:eu-west-1:999999999999:at/all")
        for action in statement["Action"]
    }
    assert found <= ANYTHING.keys()
    if pipeline(life):
        assert found == ANYTHING.keys()


def test_every_resource_is_of_this_project_and_account(life: Life) -> None:
    """But for searches, which AWS makes over all of an account's log groups and alarms."""
    project = life.project
    searches = {
        f"arn:aws:logs:{project.here}:log-group:*",
        f"arn:aws:cloudwatch:{project.here}:alarm:*",
        f"arn:aws:application-autoscaling:{project.here}:scalable-target/*",
    }
    others = [
        resource
        for documents in policies(life).values()
        for document in documents.values()
        for statement in checks.statements(document)
        for resource in statement["Resource"]
        if resource != "*" and resource not in searches and project.slug not in resource.split(":", 5)[5]
    ]
    assert others == []


def test_roles_are_passed_to_what_uses_them_only(life: Life) -> None:
    allowed = {f"{life.project.full_name}-{role}" for role in ("execution", "task", "schedule")}
    found = [
        problem
        for documents in policies(life).values()
        for document in documents.values()
        for problem in checks.pass_role(document, allowed)
    ]
    assert found == []


def test_policies_fit_into_a_role(life: Life) -> None:
    for role, documents in policies(life).items():
        assert sum(len(json.dumps(d, separators=(",", ":"))) for d in documents.values()) <= 10_240, role


# ── What the pipeline may ────────────────────────────────────────────────────────────────────────

ACTIONS = {
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "ListObjects"): "s3:ListBucket",
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "HeadBucket"): "s3:ListBucket",
}
PREFIXES = {"elbv2": "elasticloadbalancing"}
EVERYBODY = {"sts:GetCallerIdentity"}


def asked(request: Request) -> str:
    """The permission that a request takes."""
    prefix = PREFIXES.get(request.service, request.service)
    return ACTIONS.get((request.service, request.action), f"{prefix}:{request.action}")


RESOURCES = (
    ("s3", "Key", "arn:aws:s3:::{Bucket}/{Key}"),
    ("s3", "Bucket", "arn:aws:s3:::{Bucket}"),
    ("ssm", "Name", "arn:aws:ssm:{here}:parameter{Name}"),
    ("logs", "logGroupName", "arn:aws:logs:{here}:log-group:{logGroupName}"),
    ("events", "Name", "arn:aws:events:{here}:rule/{Name}"),
    ("events", "Rule", "arn:aws:events:{here}:rule/{Rule}"),
    ("cloudwatch", "DashboardName", "arn:aws:cloudwatch::{account}:dashboard/{DashboardName}"),
    ("cloudwatch", "AlarmName", "arn:aws:cloudwatch:{here}:alarm:{AlarmName}"),
    ("ecs", "serviceName", "arn:aws:ecs:{here}:service/{cluster}/{serviceName}"),
)
"""Service, a parameter of the request, and the ARN that it makes."""


def resource(life: Life, request: Request) -> str | None:
    """The resource that a request is about, where its parameters say so."""
    given = request.parameters | {"here": life.project.here, "account": life.project.account}
    for service, parameter, arn in RESOURCES:
        if service == request.service and parameter in given:
            return arn.format_map(given)
    return str(given["taskDefinition"]) if request.action == "RunTask" else None


def claims(life: Life, request: Request) -> dict[str, str]:
    """What else AWS knows of a request and a condition may ask for."""
    found = {
        "ecs:cluster": f"arn:aws:ecs:{life.project.here}:cluster/{life.project.full_name}",
        "aws:ResourceTag/Project": life.project.slug,
        "aws:ResourceTag/Environment": life.project.environment,
    }
    if request.service == "s3":
        found["s3:prefix"] = request.parameters.get("Prefix", "")
    if request.service == "application-autoscaling":
        tags = request.parameters.get("Tags", {})
        found |= {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    return found


def test_the_deploy_role_may_do_all_that_a_release_asks_for(life: Life) -> None:
    if not pipeline(life):
        assert "deploy" not in trust(life)
        return
    role = list(policies(life)["deploy"].values())
    refused = set()
    for step in ("deploy", "deploy again", "rollback"):
        for request in life.step(step).requests:
            action = asked(request)
            on = resource(life, request)
            targets = [on] if on else _resources(role, action) or ["*"]
            if action not in EVERYBODY and not any(
                allows(role, action, target, claims(life, request)) for target in targets
            ):
                refused.add(f"{action} {on or ''} {request.parameters if not on else ''}"[:200])
    assert sorted(refused) == []


def _resources(role: list[dict[str, Any]], action: str) -> list[str]:
    """The resources of every statement that has an action: any of them will do."""
    return [
        found.replace("*", "x")
        for document in role
        for statement in checks.statements(document)
        if action in statement["Action"]
        for found in statement["Resource"]
    ]


def forbidden(life: Life) -> list[tuple[str, str]]:
    """What a pipeline must never be able to do, with the resource it would do it to."""
    project = life.project
    iam, here = f"arn:aws:iam::{project.account}", project.here
    name, slug = project.full_name, project.slug
    state = f"arn:aws:s3:::{project.state_bucket}"
    other = f"{slug}-other"
    roles = [
        f"{iam}:role/{role}"
        for role in (f"{name}-deploy", f"{slug}-build", f"{name}-task", f"{other}-task", "Admin")
    ]
    return [
        *((f"iam:{action}", role) for role in roles for action in _CHANGING_ROLES),
        *(("iam:PassRole", role) for role in roles if role != f"{iam}:role/{name}-task"),
        *(
            (f"iam:{action}", f"{iam}:user/a")
            for action in ("CreateUser", "CreateAccessKey", "PutUserPolicy")
        ),
        *(("sts:AssumeRole", role) for role in roles),
        ("ec2:AuthorizeSecurityGroupIngress", f"arn:aws:ec2:{here}:security-group/sg-1"),
        ("ec2:DeleteVpc", f"arn:aws:ec2:{here}:vpc/vpc-1"),
        ("ec2:DeleteSubnet", f"arn:aws:ec2:{here}:subnet/subnet-1"),
        (
            "elasticloadbalancing:DeleteLoadBalancer",
            f"arn:aws:elasticloadbalancing:{here}:loadbalancer/app/{name}/1",
        ),
        (
            "elasticloadbalancing:ModifyListener",
            f"arn:aws:elasticloadbalancing:{here}:listener/app/{name}/1/2",
        ),
        ("rds:ModifyDBInstance", f"arn:aws:rds:{here}:db:{name}"),
        ("rds:DeleteDBInstance", f"arn:aws:rds:{here}:db:{name}"),
        ("rds:ModifyDBCluster", f"arn:aws:rds:{here}:cluster:{name}"),
        ("elasticache:ModifyReplicationGroup", f"arn:aws:elasticache:{here}:replicationgroup:{name}"),
        ("ecs:DeleteCluster", f"arn:aws:ecs:{here}:cluster/{name}"),
        ("ecs:ExecuteCommand", f"arn:aws:ecs:{here}:task/{name}/1"),
        ("ecs:UpdateService", f"arn:aws:ecs:{here}:service/{other}/web"),
        ("ecs:RunTask", f"arn:aws:ecs:{here}:task-definition/{other}-migrate:1"),
        ("ecr:PutImage", f"arn:aws:ecr:{here}:repository/{slug}"),
        ("ecr:BatchDeleteImage", f"arn:aws:ecr:{here}:repository/{slug}"),
        ("s3:GetObject", f"{state}/account.tfstate"),
        ("s3:PutObject", f"{state}/account.tfstate"),
        ("s3:GetObject", f"{state}/{project.environment}/platform.tfstate"),
        ("s3:PutObject", f"{state}/{project.environment}/platform.tfstate"),
        ("s3:PutObject", f"{state}/other/tasks.tfstate"),
        ("s3:DeleteObject", f"{state}/{project.environment}/tasks.tfstate"),
        ("s3:PutBucketPolicy", state),
        ("s3:GetObject", f"arn:aws:s3:::{name}-{project.account}-{project.region}/invoice.pdf"),
        ("ssm:GetParameter", f"arn:aws:ssm:{here}:parameter/{slug}/{project.environment}/secrets/APP_KEY"),
        ("ssm:GetParameters", f"arn:aws:ssm:{here}:parameter/{slug}/{project.environment}/secrets/APP_KEY"),
        ("ssm:PutParameter", f"arn:aws:ssm:{here}:parameter/{slug}/{project.environment}/secrets/APP_KEY"),
        ("ssm:PutParameter", f"arn:aws:ssm:{here}:parameter/{slug}/{project.environment}/platform/url"),
        ("ssm:PutParameter", f"arn:aws:ssm:{here}:parameter/{slug}/other/release/current"),
        ("logs:DeleteLogGroup", f"arn:aws:logs:{here}:log-group:/ecs/{other}-web"),
        ("kms:Decrypt", f"arn:aws:kms:{here}:key/1"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{here}:secret:a"),
    ]


_CHANGING_ROLES = (
    "AttachRolePolicy",
    "CreateRole",
    "DeleteRolePolicy",
    "PutRolePolicy",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
)
SERVICES = ("ecs-tasks", "events", "scheduler", "lambda", "ec2")


def test_the_deploy_role_may_do_nothing_else(life: Life) -> None:
    if not pipeline(life):
        return
    role = list(policies(life)["deploy"].values())
    everything = {
        "ecs:cluster": f"arn:aws:ecs:{life.project.here}:cluster/{life.project.full_name}",
        "aws:ResourceTag/Project": life.project.slug,
        "aws:ResourceTag/Environment": life.project.environment,
        "s3:prefix": "",
    }
    allowed = {
        f"{action} {on} ({service})"
        for action, on in forbidden(life)
        for service in SERVICES
        if allows(role, action, on, everything | {"iam:PassedToService": f"{service}.amazonaws.com"})
    }
    assert sorted(allowed) == []


def test_the_deploy_role_scales_its_own_environment_alone(life: Life) -> None:
    """Every target of ours is tagged: whoever could tag it anew, or take its tags away, could scale it."""
    if not pipeline(life):
        return
    role = list(policies(life)["deploy"].values())
    target = f"arn:aws:application-autoscaling:{life.project.here}:scalable-target/1"
    own = {"Project": life.project.slug, "Environment": life.project.environment}
    others = [own | {"Environment": "other"}, own | {"Project": "other"}]

    def scales(action: str, *sources: str, tags: dict[str, str]) -> bool:
        claims = {f"aws:{source}/{name}": value for source in sources for name, value in tags.items()}
        return allows(role, f"application-autoscaling:{action}", target, claims)

    for action in ("RegisterScalableTarget", "TagResource", "UntagResource"):
        assert scales(action, tags={})  # of a target that is new
        assert scales(action, "ResourceTag", "RequestTag", tags=own)
        assert not any(scales(action, "ResourceTag", tags=tags) for tags in others)
        assert not any(scales(action, "RequestTag", tags=tags) for tags in others)


def test_the_deploy_role_passes_a_role_to_its_own_service_only(life: Life) -> None:
    if not pipeline(life):
        return
    role = list(policies(life)["deploy"].values())
    prefix = f"arn:aws:iam::{life.project.account}:role/{life.project.full_name}"
    passes = {
        (name, service)
        for name in ("execution", "task", "schedule")
        for service in SERVICES
        if allows(
            role, "iam:PassRole", f"{prefix}-{name}", {"iam:PassedToService": f"{service}.amazonaws.com"}
        )
    }
    assert passes == {
        ("execution", "ecs-tasks"),
        ("task", "ecs-tasks"),
        ("schedule", "events"),
        ("schedule", "scheduler"),
    }


def test_the_build_role_may_push_images_and_nothing_else(life: Life) -> None:
    if not pipeline(life):
        return
    actions = {a for s in checks.statements(policies(life)["build"]["images"]) for a in s["Action"]}
    assert {action.partition(":")[0] for action in actions} == {"ecr"}
    assert [a for a in actions if "Delete" in a or "Policy" in a or "Create" in a] == []


def test_the_execution_role_alone_reads_secrets_and_of_its_own_environment(life: Life) -> None:
    project = life.project
    mine = f"arn:aws:ssm:{project.here}:parameter/{project.slug}/{project.environment}/secrets/APP_KEY"
    others = mine.replace(f"/{project.environment}/", "/other/")
    readers = {
        role
        for role, documents in policies(life).items()
        for action in ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath")
        if allows(documents.values(), action, mine)
    }
    assert readers == {"execution"}
    assert not allows(policies(life)["execution"].values(), "ssm:GetParameters", others)


def test_a_task_protects_tasks_of_its_own_cluster_only(life: Life) -> None:
    project, role = life.project, list(policies(life)["task"].values())
    own = f"arn:aws:ecs:{project.here}:task/{project.full_name}/0123456789abcdef"
    other = own.replace(f"/{project.full_name}/", f"/{project.slug}-other/")
    for action in ("ecs:GetTaskProtection", "ecs:UpdateTaskProtection"):
        assert allows(role, action, own)
        assert not allows(role, action, other)
    actions = {a for document in role for s in checks.statements(document) for a in s["Action"]}
    assert {action for action in actions if action.startswith("ecs:")} == {
        "ecs:GetTaskProtection",
        "ecs:UpdateTaskProtection",
    }


# ── Whom the roles trust ─────────────────────────────────────────────────────────────────────────


def test_roles_of_tasks_and_schedule_trust_their_service_alone(life: Life) -> None:
    services = {
        "execution": {"ecs-tasks.amazonaws.com"},
        "task": {"ecs-tasks.amazonaws.com"},
        "schedule": {"events.amazonaws.com", "scheduler.amazonaws.com"},
    }
    for role, trusted in services.items():
        for statement in checks.statements(trust(life)[role]):
            principal = statement["Principal"]["Service"]
            assert set([principal] if isinstance(principal, str) else principal) <= trusted
            assert statement["Principal"].keys() == {"Service"}


def github(sub: str, **others: str) -> dict[str, str]:
    """The claims of a token of GitHub's, as conditions see them."""
    issuer = "token.actions.githubusercontent.com"
    found = {"aud": "sts.amazonaws.com", "sub": sub} | others
    return {f"{issuer}:{name}": value for name, value in found.items()}


def gitlab(sub: str, aud: str = "sts.amazonaws.com") -> dict[str, str]:
    return {"gitlab.com:aud": aud, "gitlab.com:sub": sub}


def lets_in(trusted: Policies, token: dict[str, str]) -> set[str]:
    """The roles that a token opens."""
    return {
        role for role in ("build", "deploy") if trusts(trusted[role], "sts:AssumeRoleWithWebIdentity", token)
    }


def tokens(life: Life) -> list[tuple[str, dict[str, str], set[str]]]:
    """What a token says, and which roles it opens."""
    repository, environment = life.project.project["repository"], life.project.environment
    if life.project.project["ci"] == "gitlab":
        path = f"project_path:{repository}"
        return [
            ("main", gitlab(f"{path}:ref_type:branch:ref:main"), {"build", "deploy"}),
            ("a branch", gitlab(f"{path}:ref_type:branch:ref:feature"), set()),
            ("a branch called like main", gitlab(f"{path}:ref_type:branch:ref:main2"), set()),
            ("a tag", gitlab(f"{path}:ref_type:tag:ref:main"), set()),
            ("another project", gitlab("project_path:acme/other:ref_type:branch:ref:main"), set()),
            ("a longer name", gitlab(f"{path}-evil:ref_type:branch:ref:main"), set()),
            ("another audience", gitlab(f"{path}:ref_type:branch:ref:main", aud="https://gitlab.com"), set()),
        ]
    owner, name = repository.split("/")
    old, new = f"repo:{repository}", f"repo:{owner}@1234/{name}@5678"
    main = {"repository": repository, "ref": "refs/heads/main"}
    there = main | {"environment": environment}
    tags = {"deploy"} if environment == "production" else set()
    found = []
    for form in (old, new):
        for what, ref, roles in (
            ("a pull request", "refs/pull/1/merge", set()),
            ("a branch", "refs/heads/x", set()),
            ("a branch called like main", "refs/heads/main2", set()),
            ("a branch called like a tag", "refs/heads/refs/tags/1", set()),
            ("a tag", "refs/tags/v1.0.0", tags),
        ):
            token = github(f"{form}:environment:{environment}", **there | {"ref": ref})
            found.append((f"{what} that names the environment", token, roles))
        found += [
            ("main", github(f"{form}:ref:refs/heads/main", **main), {"build"}),
            ("the environment", github(f"{form}:environment:{environment}", **there), {"deploy"}),
            ("another environment", github(f"{form}:environment:other", **main, environment="other"), set()),
            (
                "a pull request",
                github(f"{form}:pull_request", repository=repository, ref="refs/pull/1/merge"),
                set(),
            ),
            (
                "a branch",
                github(f"{form}:ref:refs/heads/x", repository=repository, ref="refs/heads/x"),
                set(),
            ),
            (
                "a tag",
                github(f"{form}:ref:refs/tags/main", repository=repository, ref="refs/tags/main"),
                set(),
            ),
            ("another audience", github(f"{form}:environment:{environment}", **there, aud="other"), set()),
        ]
    for stranger in ("acme/other", f"evil/{name}", f"{owner}-evil/{name}", f"{repository}-evil"):
        said = there | {"repository": stranger}
        evil_owner, evil_name = stranger.split("/")
        for sub in (f"repo:{stranger}", f"repo:{evil_owner}@1/{evil_name}@2"):
            found.append((stranger, github(f"{sub}:environment:{environment}", **said), set()))
            found.append((stranger, github(f"{sub}:ref:refs/heads/main", **said), set()))
    return found


def test_the_pipeline_s_roles_trust_main_and_the_environment_alone(life: Life) -> None:
    if not pipeline(life):
        return
    trusted = trust(life)
    wrong = [
        f"{what}: {token} opens {lets_in(trusted, token) or 'nothing'}"
        for what, token, roles in tokens(life)
        if lets_in(trusted, token) != roles
    ]
    assert wrong == []


def test_a_role_is_pinned_to_the_provider_of_its_pipeline(life: Life) -> None:
    if not pipeline(life):
        return
    issuer = {"github": "token.actions.githubusercontent.com", "gitlab": "gitlab.com"}
    provider = f"arn:aws:iam::{life.project.account}:oidc-provider/{issuer[life.project.project['ci']]}"
    for role in ("build", "deploy"):
        for statement in checks.statements(trust(life)[role]):
            assert statement["Principal"] == {"Federated": provider}
            assert statement["Action"] == ["sts:AssumeRoleWithWebIdentity"]
