"""Four environments from an empty AWS account to nothing again, and what was asked of AWS on the way.

Terraform, its provider, the AWS CLI and `bin/ecs` are real; the emulator says yes to what is well-formed and
runs nothing. So this proves what is asked, in which order, and what comes of failures: not that AWS agrees,
nor that a container lives.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.emulator import Request

from . import checks
from .lifecycle import STEPS, Life
from .project import plain

pytestmark = pytest.mark.infra

PLATFORM_NAMES = {
    *("alarm_topic_arn", "assign_public_ip", "bucket", "cluster_name", "data_subnet_ids"),
    *("database_connection", "database_host", "database_name", "database_port", "database_username"),
    *("dead_letter_queue_arn", "execution_role_arn", "load_balancer_label", "public_subnet_ids"),
    *("schedule_role_arn", "target_group_arn", "target_group_label", "task_role_arn"),
    *("task_security_group_id", "task_subnet_ids", "url", "valkey_cache_host", "valkey_host"),
    *("valkey_port", "vpc_id"),
}
"""What is below /<slug>/<environment>/platform/ once there is a platform, whoever wrote it."""


@pytest.mark.parametrize("step", STEPS)
def test_each_step_succeeds(life: Life, step: str) -> None:
    life.step(step)


def test_no_step_takes_longer_than_what_it_waits_for(life: Life) -> None:
    """A release asks for little: what takes long is a fault of ours."""
    for step in ("deploy", "update", "rollback"):
        assert life.step(step).seconds < 240


# ── The account ──────────────────────────────────────────────────────────────────────────────────


def test_the_state_is_kept_encrypted_versioned_and_to_oneself(life: Life) -> None:
    done, bucket = life.step("bootstrap").requests, life.project.state_bucket
    block = done.one("PutPublicAccessBlock", Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    assert len(block) == 4
    assert done.one("PutBucketVersioning", Bucket=bucket)["VersioningConfiguration"]["Status"] == "Enabled"
    rules = done.one("PutBucketEncryption", Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] in ("AES256", "aws:kms")
    policy = json.loads(done.one("PutBucketPolicy", Bucket=bucket)["Policy"])
    assert any(
        statement["Effect"] == "Deny" and "aws:SecureTransport" in json.dumps(statement["Condition"])
        for statement in checks.statements(policy)
    )


def test_every_write_of_a_state_is_encrypted_and_locked(life: Life) -> None:
    writes = [
        request.parameters
        for request in life.project.aws.journal.of("s3:PutObject", Bucket=life.project.state_bucket)
    ]
    assert {write.get("ServerSideEncryption") for write in writes} == {"AES256"}
    locks = [write for write in writes if write["Key"].endswith(".tflock")]
    assert locks
    assert {lock.get("IfNoneMatch") for lock in locks} == {"*"}


def test_images_are_never_moved_and_old_ones_go(life: Life) -> None:
    made = {
        r.parameters["repositoryName"]: r.parameters
        for r in life.step("bootstrap").requests.of("CreateRepository")
    }
    slug = life.project.slug
    assert made.keys() == {slug, f"{slug}-cache"}
    assert made[slug]["imageTagMutability"] == "IMMUTABLE"
    assert made[slug]["imageScanningConfiguration"] == {"scanOnPush": True}
    policies = {
        r.parameters["repositoryName"]: json.loads(r.parameters["lifecyclePolicyText"])["rules"]
        for r in life.step("bootstrap").requests.of("PutLifecyclePolicy")
    }
    assert policies.keys() == made.keys()
    assert 1000 in [rule["selection"]["countNumber"] for rule in policies[slug]]


def test_only_the_chosen_environment_gets_the_account(life: Life) -> None:
    for manifest in (life.project.folder / "infra/environments").glob("*.yml"):
        filled_in = f'account_id: "{life.project.account}"' in manifest.read_text(encoding="utf-8")
        assert filled_in == (manifest.stem == life.project.environment)


# ── The platform ─────────────────────────────────────────────────────────────────────────────────


def test_the_contract_between_the_layers_is_complete(life: Life) -> None:
    life.step("platform")
    prefix = f"/{life.project.slug}/{life.project.environment}/platform/"
    written = [
        request.parameters
        for request in life.project.aws.journal.of("ssm:PutParameter")
        if request.parameters["Name"].startswith(prefix)
    ]
    assert {w["Name"].removeprefix(prefix) for w in written} == PLATFORM_NAMES
    assert {w["Type"] for w in written} == {"String"}


def test_secrets_are_made_up_once_and_never_overwritten(life: Life) -> None:
    life.step("rollback")
    prefix = f"/{life.project.slug}/{life.project.environment}/secrets/"
    written = [
        r.parameters
        for r in life.project.aws.journal.of("ssm:PutParameter")
        if r.parameters["Name"].startswith(prefix)
    ]
    names = [w["Name"].removeprefix(prefix) for w in written]
    assert sorted(names) == ["APP_KEY", "DB_PASSWORD", "MAIL_PASSWORD", "REDIS_PASSWORD"]
    assert {w["Type"] for w in written} == {"SecureString"}
    assert [
        w["Name"]
        for w in written
        if w.get("Overwrite") and "MAIL" not in w["Name"] and "DB_" not in w["Name"]
    ] == []
    key = next(w["Value"] for w in written if w["Name"].endswith("APP_KEY"))
    assert key.startswith("base64:")
    assert len(key) == len("base64:") + 44


def test_the_database_is_what_the_manifest_says(life: Life) -> None:
    done, wanted = life.step("platform").requests, life.project.manifest["platform"]
    kind = wanted["database"]
    created = [
        r.parameters
        for r in done
        if r.action in ("CreateDBInstance", "CreateDBCluster") and "MasterUsername" in r.parameters
    ]
    if kind == "external":
        assert created == []
        return
    database = created[0]
    assert len(created) == 1
    assert database["Engine"] == kind.replace("aurora-postgres", "aurora-postgresql")
    assert database["StorageEncrypted"] is True
    assert database["BackupRetentionPeriod"] == wanted["database_backup_days"]
    assert database["MasterUserPassword"] == life.project.parameter("secrets/DB_PASSWORD")
    assert not database.get("ManageMasterUserPassword")
    if kind.startswith("aurora"):
        scaling = database["ServerlessV2ScalingConfiguration"]
        assert scaling == {
            "MinCapacity": wanted["database_min_acu"],
            "MaxCapacity": wanted["database_max_acu"],
        }
        assert len(done.of("CreateDBInstance")) == (2 if wanted["database_standby"] else 1)
    else:
        assert database["DBInstanceClass"] == wanted["database_class"]
        assert database["AllocatedStorage"] == wanted["database_storage"]
        assert database.get("MultiAZ", False) is wanted["database_standby"]
        assert database["PubliclyAccessible"] is False


def test_what_is_protected_stays_protected_until_the_manifest_says_otherwise(life: Life) -> None:
    done = life.step("platform").requests
    protected = life.project.environment == "production"
    for request in done.of("CreateDBInstance") + done.of("CreateDBCluster"):
        if "MasterUsername" in request.parameters:
            assert request.parameters.get("DeletionProtection", False) is protected
    attributes = {
        attribute["Key"]: attribute["Value"]
        for request in done.of("ModifyLoadBalancerAttributes")
        for attribute in request.parameters["Attributes"]
    }
    assert attributes["deletion_protection.enabled"] == str(protected).lower()
    if protected:
        refused = life.facts["refused"]
        assert refused.code == 1
        assert "production is protected: set protected: false" in refused.output
        assert [r for r in refused.requests if r.changes and r.service != "ssm"] == []


def test_valkey_is_encrypted_and_asks_for_its_password(life: Life) -> None:
    done, wanted = life.step("platform").requests, life.project.manifest["platform"]
    groups = {r.parameters["ReplicationGroupId"]: r.parameters for r in done.of("CreateReplicationGroup")}
    assert len(groups) == wanted["valkey_instances"]
    for group in groups.values():
        assert group["Engine"] == "valkey"
        assert group["CacheNodeType"] == wanted["valkey_class"]
        assert group["TransitEncryptionEnabled"] is True
        assert group["AtRestEncryptionEnabled"] is True
        assert group["AutomaticFailoverEnabled"] is wanted["valkey_standby"]
    password = life.project.parameter("secrets/REDIS_PASSWORD")
    for name in groups:
        set_by = [r.parameters for r in done.of("ModifyReplicationGroup", ReplicationGroupId=name)]
        assert [s["AuthTokenUpdateStrategy"] for s in set_by] == ["ROTATE", "SET"]
        assert {s["AuthToken"] for s in set_by} == {password}
    policies = {
        p["ParameterValue"]
        for r in done.of("ModifyCacheParameterGroup")
        for p in r.parameters["ParameterNameValues"]
        if p["ParameterName"] == "maxmemory-policy"
    }
    assert policies == ({"volatile-lru"} if len(groups) == 1 else {"noeviction", "allkeys-lru"})


def test_the_network_is_what_the_manifest_says(life: Life) -> None:
    done, wanted = life.step("platform").requests, life.project.manifest["platform"]
    zones = wanted["zones"]
    gateways = {"private": 1, "private-ha": zones, "public": 0, "existing": 0}[wanted["network"]]
    assert len(done.of("CreateNatGateway")) == gateways
    assert len(done.of("CreateVpc")) == (wanted["network"] != "existing")
    if wanted["network"] != "existing":
        endpoints = [r.parameters["ServiceName"] for r in done.of("CreateVpcEndpoint")]
        assert f"com.amazonaws.{life.project.region}.s3" in endpoints
        assert done.of("CreateVpc")[0].parameters["CidrBlock"] == wanted["cidr"]


def test_only_the_load_balancer_is_open_to_the_world(life: Life) -> None:
    done = life.step("platform").requests
    opened = {
        (permission["FromPort"], permission["ToPort"])
        for request in done.of("AuthorizeSecurityGroupIngress")
        for permission in request.parameters["IpPermissions"]
        for address in permission.get("IpRanges", [])
        if address["CidrIp"] == "0.0.0.0/0"
    }
    assert opened == ({(80, 80), (443, 443)} if life.project.manifest["platform"]["domain"] else {(80, 80)})


def test_containers_are_reached_by_the_load_balancer_alone(life: Life) -> None:
    done = life.step("platform").requests
    written = {r.parameters["Name"]: r.parameters["Value"] for r in done.of("PutParameter")}
    name = f"/{life.project.slug}/{life.project.environment}/platform/task_security_group_id"
    allowed = [
        permission
        for request in done.of("AuthorizeSecurityGroupIngress", GroupId=written[name])
        for permission in request.parameters["IpPermissions"]
    ]
    [balancer] = done.one("CreateLoadBalancer")["SecurityGroups"]
    assert [
        (p["FromPort"], p["ToPort"], [g["GroupId"] for g in p.get("UserIdGroupPairs", [])]) for p in allowed
    ] == [(8080, 8080, [balancer])]
    assert [p for p in allowed if p.get("IpRanges") or p.get("Ipv6Ranges") or p.get("PrefixListIds")] == []


def test_visitors_get_tls_where_there_is_a_domain(life: Life) -> None:
    done = life.step("platform").requests
    listeners = {r.parameters["Port"]: r.parameters for r in done.of("CreateListener")}
    actions = {port: listener["DefaultActions"][0] for port, listener in listeners.items()}
    assert list(listeners) == ([443, 80] if len(listeners) == 2 else [80])  # never a redirect to nothing
    if not life.project.manifest["platform"]["domain"]:
        assert {port: action["Type"] for port, action in actions.items()} == {80: "forward"}
        return
    assert {port: action["Type"] for port, action in actions.items()} == {80: "redirect", 443: "forward"}
    assert actions[80]["RedirectConfig"]["StatusCode"] == "HTTP_301"
    assert f"DNS: {life.project.manifest['platform']['hosted_zone']} must be delegated to ns-" in plain(
        life.step("platform").output
    )
    assert listeners[443]["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2")
    assert done.one("RequestCertificate")["DomainName"] == life.project.manifest["platform"]["domain"]


def test_a_new_task_gets_traffic_quickly_and_an_old_one_ends_quickly(life: Life) -> None:
    group = life.step("platform").requests.one("CreateTargetGroup")
    assert group["HealthCheckPath"] == "/up"
    assert group["TargetType"] == "ip"
    assert group["HealthCheckIntervalSeconds"] * group["HealthyThresholdCount"] <= 30
    attributes = {
        a["Key"]: a["Value"]
        for r in life.step("platform").requests.of("ModifyTargetGroupAttributes")
        for a in r.parameters["Attributes"]
    }
    assert int(attributes["deregistration_delay.timeout_seconds"]) <= 60


def test_files_are_private(life: Life) -> None:
    project = life.project
    bucket = f"{project.full_name}-{project.account}-{project.region}"
    done = life.step("platform").requests
    block = done.one("PutPublicAccessBlock", Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    policy = json.loads(done.one("PutBucketPolicy", Bucket=bucket)["Policy"])
    assert "aws:SecureTransport" in json.dumps(policy)


def test_alarms_reach_somebody(life: Life) -> None:
    done = life.step("platform").requests
    assert done.one("CreateTopic")["Name"] == f"{life.project.full_name}-alarms"
    mail = life.answers.get("alarm_email", "")
    subscribed = [r.parameters for r in done.of("Subscribe")]
    assert [(s["Protocol"], s["Endpoint"]) for s in subscribed] == ([("email", mail)] if mail else [])


# ── A release ────────────────────────────────────────────────────────────────────────────────────


def registered(requests: Any, life: Life) -> dict[str, dict[str, Any]]:
    """Workload → what was registered for it."""
    prefix = f"{life.project.full_name}-"
    return {
        r.parameters["family"].removeprefix(prefix): r.parameters
        for r in requests.of("RegisterTaskDefinition")
    }


def variables(container: dict[str, Any]) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container["environment"]}


def test_each_workload_has_a_task_definition_that_ecs_takes(life: Life) -> None:
    definitions = registered(life.step("deploy").requests, life)
    assert definitions.keys() == life.project.workloads.keys()
    assert {name: found for name, d in definitions.items() if (found := checks.task_definition(d))} == {}
    assert [problem for d in definitions.values() for problem in checks.locked_up(d)] == []


def test_task_definitions_say_what_the_manifest_says(life: Life) -> None:
    project = life.project
    architecture = {"arm64": "ARM64", "x86_64": "X86_64"}[project.project["architecture"]]
    role = f"arn:aws:iam::{project.account}:role/{project.full_name}"
    for name, definition in registered(life.step("deploy").requests, life).items():
        workload = project.workloads[name]
        assert definition["cpu"] == str(workload["cpu"])
        assert definition["memory"] == str(workload["memory"])
        assert definition["networkMode"] == "awsvpc"
        assert definition["requiresCompatibilities"] == ["FARGATE"]
        assert definition["runtimePlatform"] == {
            "cpuArchitecture": architecture,
            "operatingSystemFamily": "LINUX",
        }
        assert definition["executionRoleArn"] == f"{role}-execution"
        assert definition["taskRoleArn"] == f"{role}-task"
        tags = {tag["key"]: tag["value"] for tag in definition["tags"]}
        assert tags["Environment"] == project.environment


def test_one_image_runs_in_each_mode(life: Life) -> None:
    project = life.project
    uri = project.client("ecr").describe_repositories(repositoryNames=[project.slug])["repositories"][0]
    image = f"{uri['repositoryUri']}@{life.facts['first']}"
    for name, definition in registered(life.step("deploy").requests, life).items():
        workload = project.workloads[name]
        containers = {c["name"]: c for c in definition["containerDefinitions"]}
        assert containers.keys() == ({"web", "proxy"} if name == "web" else {name})
        assert {c["image"] for c in containers.values()} == {image}
        mode = "schedule-loop" if workload.get("trigger") == "service" else workload["kind"]
        assert variables(containers[name])["CONTAINER_MODE"] == mode
        assert variables(containers[name])["WORKLOAD"] == name
    proxy = next(
        c
        for c in registered(life.step("deploy").requests, life)["web"]["containerDefinitions"]
        if c["name"] == "proxy"
    )
    assert variables(proxy)["CONTAINER_MODE"] == "proxy"
    assert [mapping["containerPort"] for mapping in proxy["portMappings"]] == [8080]
    assert proxy["dependsOn"] == [{"containerName": "web", "condition": "HEALTHY"}]


def test_every_php_container_finds_its_surroundings(life: Life) -> None:
    project, wanted = life.project, life.project.manifest
    for name, definition in registered(life.step("deploy").requests, life).items():
        found = variables(definition["containerDefinitions"][0])
        assert found["APP_ENV"] == project.environment
        assert found["AWS_DEFAULT_REGION"] == project.region
        assert found["AWS_BUCKET"] == f"{project.full_name}-{project.account}-{project.region}"
        assert found["REDIS_SCHEME"] == "tls"
        assert [key for key in ("REDIS_HOST", "REDIS_CACHE_HOST", "DB_HOST") if not found[key]] == []
        assert (found["REDIS_HOST"] == found["REDIS_CACHE_HOST"]) == (
            wanted["platform"]["valkey_instances"] == 1
        )
        assert found["DB_CONNECTION"] == (
            "pgsql" if wanted["platform"]["database"].endswith("postgres") else "mysql"
        )
        domain = wanted["platform"]["domain"]
        assert found["APP_URL"].startswith(f"https://{domain}" if domain else "http://"), name


def test_secrets_are_handed_in_by_name_and_not_to_the_proxy(life: Life) -> None:
    project = life.project
    prefix = f"/{project.slug}/{project.environment}/secrets"
    names = ["APP_KEY", "DB_PASSWORD", "REDIS_PASSWORD"]
    for name, definition in registered(life.step("deploy").requests, life).items():
        for container in definition["containerDefinitions"]:
            secrets = {
                s["name"]: s["valueFrom"].partition(":parameter")[2] or s["valueFrom"]
                for s in container.get("secrets", [])
            }
            wanted = names if container["name"] == name else []
            assert secrets == {secret: f"{prefix}/{secret}" for secret in wanted}


def test_workers_have_their_queues_and_time_to_finish_a_job(life: Life) -> None:
    for name, definition in registered(life.step("deploy").requests, life).items():
        workload, container = life.project.workloads[name], definition["containerDefinitions"][0]
        if workload["kind"] != "queue":
            continue
        found = variables(container)
        timeout = workload.get("timeout", 90)
        assert found["QUEUES"] == ",".join(workload.get("queues", ["default"]))
        assert found["QUEUE_TIMEOUT"] == str(timeout)
        assert found["QUEUE_TRIES"] == str(workload.get("tries", 3))
        assert found["QUEUE_SLEEP"] == str(workload.get("sleep", 3))
        assert container["stopTimeout"] == min(timeout + 10, 120)
        assert found["STOP_TIMEOUT"] == str(container["stopTimeout"])


def test_every_php_container_knows_its_release_and_where_its_numbers_go(life: Life) -> None:
    for name, definition in registered(life.step("deploy").requests, life).items():
        container = definition["containerDefinitions"][0]
        assert variables(container)["RELEASE"] == container["image"], name
        assert variables(container)["METRICS_NAMESPACE"] == life.project.full_name


def test_the_schedule_alone_measures_the_queues_of_every_worker(life: Life) -> None:
    definitions = registered(life.step("deploy").requests, life)
    found = {
        name: json.loads(variables(definition["containerDefinitions"][0])["BACKLOG_QUEUES"])
        for name, definition in definitions.items()
        if "BACKLOG_QUEUES" in variables(definition["containerDefinitions"][0])
    }
    queues = {
        name: workload.get("queues", ["default"])
        for name, workload in life.project.workloads.items()
        if workload["kind"] == "queue"
    }
    assert found == {"schedule": queues}


def test_what_runs_on_is_asked_whether_it_still_works(life: Life) -> None:
    for name, definition in registered(life.step("deploy").requests, life).items():
        check = definition["containerDefinitions"][0].get("healthCheck", {})
        script = {
            "web": ["CMD", "php", "-n", "/app/docker/healthcheck.php"],
            "queue": ["CMD", "php", "-n", "/app/docker/healthcheck-queue.php"],
        }.get(life.project.workloads[name]["kind"])
        assert check.get("command") == script


def test_each_workload_logs_to_a_group_of_its_own(life: Life) -> None:
    done, project = life.step("deploy").requests, life.project
    groups = {r.parameters["logGroupName"] for r in done.of("CreateLogGroup")}
    assert groups == {f"/ecs/{project.full_name}-{name}" for name in project.workloads}
    kept = {
        r.parameters["logGroupName"]: r.parameters["retentionInDays"] for r in done.of("PutRetentionPolicy")
    }
    assert kept == dict.fromkeys(groups, project.manifest["log_retention_days"])
    for name, definition in registered(done, life).items():
        for container in definition["containerDefinitions"]:
            log = container["logConfiguration"]
            assert log["logDriver"] == "awslogs"
            assert log["options"]["awslogs-group"] == f"/ecs/{project.full_name}-{name}"
            assert log["options"]["awslogs-region"] == project.region
            assert log["options"]["awslogs-stream-prefix"] == "ecs"
            assert log["options"]["mode"] in ("blocking", "non-blocking")


def test_services_run_what_was_registered_and_go_back_when_they_fail(life: Life) -> None:
    done, project = life.step("deploy").requests, life.project
    created = {r.parameters["serviceName"]: r.parameters for r in done.of("CreateService")}
    assert created.keys() == project.services.keys()
    for name, service in created.items():
        assert service["cluster"] == project.full_name
        assert service["taskDefinition"].partition("task-definition/")[2] == f"{project.full_name}-{name}:1"
        assert service["desiredCount"] == project.services[name].get("min", 1)
        assert service["deploymentConfiguration"]["deploymentCircuitBreaker"] == {
            "enable": True,
            "rollback": True,
        }
        network = service["networkConfiguration"]["awsvpcConfiguration"]
        assert network["assignPublicIp"] == (
            "ENABLED" if project.manifest["platform"]["network"] == "public" else "DISABLED"
        )
        assert len(network["subnets"]) >= 2
        assert len(network["securityGroups"]) == 1
    balancers = {name: service.get("loadBalancers", []) for name, service in created.items()}
    assert [(b["containerName"], b["containerPort"]) for b in balancers.pop("web")] == [("proxy", 8080)]
    assert [name for name, found in balancers.items() if found] == []
    assert created["web"]["healthCheckGracePeriodSeconds"] > 0
    assert created["web"]["deploymentConfiguration"]["minimumHealthyPercent"] == 100


def test_services_scale_between_min_and_max(life: Life) -> None:
    done, project = life.step("deploy").requests, life.project
    targets = {r.parameters["ResourceId"]: r.parameters for r in done.of("RegisterScalableTarget")}
    scaled = {name: w for name, w in project.services.items() if "max" in w}
    assert targets.keys() == {f"service/{project.full_name}/{name}" for name in scaled}
    for name, workload in scaled.items():
        target = targets[f"service/{project.full_name}/{name}"]
        assert (target["MinCapacity"], target["MaxCapacity"]) == (workload["min"], workload["max"])


TRACKING = "TargetTrackingScalingPolicyConfiguration"


def scaling(life: Life) -> dict[str, list[dict[str, Any]]]:
    """Service → the policies that scale it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for request in life.step("deploy").requests.of("PutScalingPolicy"):
        found.setdefault(request.parameters["ResourceId"].rpartition("/")[2], []).append(request.parameters)
    return found


def test_web_is_scaled_by_requests_and_cpu(life: Life) -> None:
    metrics = {
        policy[TRACKING]["PredefinedMetricSpecification"]["PredefinedMetricType"]
        for policy in scaling(life)["web"]
    }
    assert metrics == {"ECSServiceAverageCPUUtilization", "ALBRequestCountPerTarget"}


def test_workers_are_scaled_by_the_backlog_of_each_task(life: Life) -> None:
    project, policies = life.project, scaling(life)
    for name, workload in project.services.items():
        if workload["kind"] != "queue":
            continue
        [configuration] = [policy[TRACKING] for policy in policies[name] if TRACKING in policy]
        assert configuration["TargetValue"] == workload.get("backlog_per_task", 100)
        metrics = {m["Id"]: m for m in configuration["CustomizedMetricSpecification"]["Metrics"]}
        assert [key for key, metric in metrics.items() if metric.get("ReturnData", True)] == ["per_task"]
        assert {key: named(m["MetricStat"]["Metric"]) for key, m in metrics.items() if "MetricStat" in m} == {
            "backlog": (project.full_name, "Backlog", {"ServiceName": name}),
            "tasks": (
                "ECS/ContainerInsights",
                "RunningTaskCount",
                {"ClusterName": project.full_name, "ServiceName": name},
            ),
        }
        tasks = "FILL(FILL(tasks, REPEAT), 0)"
        assert metrics["per_task"]["Expression"] == f"backlog / IF({tasks} > 1, {tasks}, 1)"


def named(metric: dict[str, Any]) -> tuple[str, str, dict[str, str]]:
    """A metric's namespace, name and dimensions."""
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in metric["Dimensions"]}
    return metric["Namespace"], metric["MetricName"], dimensions


def test_a_worker_that_may_sleep_is_woken_by_a_backlog(life: Life) -> None:
    """One task and no more: target tracking takes over from there."""
    done, project, policies = life.step("deploy").requests, life.project, scaling(life)
    for name, workload in project.services.items():
        if workload["kind"] != "queue":
            continue
        steps = [p for p in policies[name] if p["PolicyType"] == "StepScaling"]
        alarms = done.of("PutMetricAlarm", AlarmName=f"{project.full_name}-wake-{name}")
        assert len(steps) == len(alarms) == (workload["min"] == 0)
        for step, alarm in zip(steps, alarms, strict=True):
            configuration = step["StepScalingPolicyConfiguration"]
            assert configuration["AdjustmentType"] == "ExactCapacity"
            assert [s["ScalingAdjustment"] for s in configuration["StepAdjustments"]] == [1]
            assert [
                f"policyName/{project.full_name}-{name}-wake" in a for a in alarm.parameters["AlarmActions"]
            ] == [True]
            queries = {query["Id"]: query for query in alarm.parameters["Metrics"]}
            assert queries["asleep"]["Expression"] == (
                "IF(FILL(FILL(tasks, REPEAT), 0) < 1 AND FILL(backlog, 0) > 0, 1, 0)"
            )
            assert named(queries["backlog"]["MetricStat"]["Metric"])[1:] == ("Backlog", {"ServiceName": name})
            assert alarm.parameters["TreatMissingData"] == "notBreaching"


def test_silence_of_the_schedule_is_noticed_within_three_minutes(life: Life) -> None:
    """Whatever starts it; a metric of its own, because AWS's counters say nothing where nothing happens."""
    done, project = life.step("deploy").requests, life.project
    alarm = done.one("PutMetricAlarm", AlarmName=f"{project.full_name}-schedule-silent")
    queries = {query["Id"]: query for query in alarm["Metrics"]}
    assert queries["heartbeat"]["Expression"] == "FILL(ticks, 0)"
    statistic = queries["ticks"]["MetricStat"]
    assert named(statistic["Metric"]) == (project.full_name, "Ticks", {"ServiceName": "schedule"})
    assert (statistic["Stat"], statistic["Period"], alarm["EvaluationPeriods"]) == ("Sum", 60, 3)
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["AlarmActions"] == alarm["OKActions"]
    assert alarm["AlarmActions"][0].endswith(f":{project.full_name}-alarms")


def test_the_schedule_starts_every_minute_and_hands_over_its_minute(life: Life) -> None:
    done, project = life.step("deploy").requests, life.project
    trigger = project.workloads["schedule"]["trigger"]
    assert bool(done.of("PutRule")) == (trigger == "rule")
    assert bool(done.of("CreateSchedule")) == (trigger == "scheduler")
    if trigger == "rule":
        rule = done.one("PutRule")
        assert rule["Name"] == f"{project.full_name}-schedule"
        assert rule["ScheduleExpression"] == "cron(* * * * ? *)"
        [target] = done.one("PutTargets")["Targets"]
        ecs, transformer = target["EcsParameters"], target["InputTransformer"]
        assert transformer["InputPathsMap"] == {"time": "$.time"}
        assert '"<time>"' in transformer["InputTemplate"]
        given = checks.substituted(transformer["InputTemplate"], {"time": "2026-11-24T10:00:00Z"})
    elif trigger == "scheduler":
        schedule = done.one("CreateSchedule")
        assert schedule["Name"] == f"{project.full_name}-schedule"
        assert schedule["ScheduleExpression"] == "cron(* * * * ? *)"
        assert schedule["FlexibleTimeWindow"]["Mode"] == "OFF"
        target = schedule["Target"]
        ecs = target["EcsParameters"]
        assert '"<aws.scheduler.scheduled-time>"' in target["Input"]
        given = checks.substituted(target["Input"], {"aws.scheduler.scheduled-time": "2026-11-24T10:00:00Z"})
    else:
        return
    [override] = json.loads(given)["containerOverrides"]
    assert override["name"] == "schedule"
    assert override["environment"] == [{"name": "SCHEDULE_TIME", "value": "2026-11-24T10:00:00Z"}]
    assert ecs["TaskDefinitionArn"].endswith(f"task-definition/{project.full_name}-schedule:1")
    assert ecs.get("TaskCount", 1) == 1
    spot = project.workloads["schedule"]["capacity"] == "spot"
    assert ("LaunchType" in ecs) != spot
    providers = ecs.get("CapacityProviderStrategy", [])
    assert [provider.get("capacityProvider") for provider in providers] == (["FARGATE_SPOT"] if spot else [])
    assert target["RoleArn"] == f"arn:aws:iam::{project.account}:role/{project.full_name}-schedule"
    assert target["DeadLetterConfig"]["Arn"].endswith(f":{project.full_name}-schedule-failed")
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 60
    assert target["RetryPolicy"]["MaximumRetryAttempts"] <= 1


def test_migrations_run_after_the_definitions_and_before_the_services(life: Life) -> None:
    for step in ("deploy", "update"):
        order = [r for r in life.step(step).requests if r.status < 400]
        [migration] = [r for r in order if r.action == "RunTask"]
        definition = migration.parameters["taskDefinition"].partition("task-definition/")[2]
        assert definition.startswith(f"{life.project.full_name}-migrate:")
        assert _last(order, "RegisterTaskDefinition") < migration.number
        changed = ("CreateService", "UpdateService", "PutTargets", "CreateSchedule", "UpdateSchedule")
        assert migration.number < min(r.number for r in order if r.action in changed)
    assert life.step("rollback").requests.of("RunTask") == []


def _last(order: list[Request], action: str) -> int:
    return max(request.number for request in order if request.action == action)


def test_the_dashboard_and_the_alarms_are_there(life: Life) -> None:
    done, project = life.step("deploy").requests, life.project
    body = json.loads(done.one("PutDashboard", DashboardName=project.full_name)["DashboardBody"])
    assert len(body["widgets"]) >= 6
    alarms = {
        r.parameters["AlarmName"].removeprefix(f"{project.full_name}-") for r in done.of("PutMetricAlarm")
    }
    assert {"web-none-healthy", "web-errors", "schedule-silent"} <= alarms
    few = {f"too-few-{name}" for name, workload in project.services.items() if workload.get("min") != 0}
    assert {alarm for alarm in alarms if alarm.startswith("too-few-")} == few
    drawn = {
        (metric[0], metric[1], metric[3])
        for widget in body["widgets"]
        for metric in widget["properties"].get("metrics", [])
        if metric[0] == project.full_name
    }
    workers = [name for name, workload in project.services.items() if workload["kind"] == "queue"]
    assert drawn == {
        *((project.full_name, name, "schedule") for name in ("Ticks", "MissedMinutes", "Delay")),
        *((project.full_name, "Backlog", name) for name in workers),
    }


# ── Again, with nothing changed; then with something changed ─────────────────────────────────────


def test_a_second_plan_is_empty(life: Life) -> None:
    for step, layers in (("platform again", ["platform"]), ("deploy again", ["tasks", "services"])):
        said = plain(life.step(step).output)
        changed = [layer for layer in layers if f"{layer}: nothing to change." not in said]
        assert changed == [], said


def test_a_dry_run_changes_nothing(life: Life) -> None:
    for step in ("platform again", "deploy again"):
        changes = [f"{r.service}:{r.action}" for r in life.step(step).requests if r.changes]
        assert changes == []


def test_one_line_in_the_manifest_reaches_every_mode(life: Life) -> None:
    before = registered(life.step("deploy").requests, life)
    after = registered(life.step("update").requests, life)
    assert after.keys() == before.keys() == life.project.workloads.keys()
    for name, definition in after.items():
        container = next(c for c in definition["containerDefinitions"] if c["name"] == name)
        assert variables(container)["GREETING"] == "hello"
        assert "MAIL_PASSWORD" in [secret["name"] for secret in container["secrets"]]
        assert "GREETING" not in variables(before[name]["containerDefinitions"][0])


def test_old_revisions_stay_active(life: Life) -> None:
    assert [
        r
        for r in life.project.aws.journal.of("DeregisterTaskDefinition")
        if r.account == life.project.account
    ] == []


def test_a_release_moves_every_workload_together(life: Life) -> None:
    life.step("update")
    assert set(life.facts["images after update"].values()) == {life.facts["second"]}
    expected = set(life.project.services) | {"schedule"}
    assert life.facts["images after update"].keys() == expected


def test_a_release_does_not_wait_for_the_end_of_a_long_job(life: Life) -> None:
    """The new tasks are there; the old one, which ECS protects, has an hour to go."""
    done = life.step("update")
    if "reports" in life.project.workloads:
        assert "reports 1/1 (older tasks finish their jobs)" in done.output
        assert "mails 1/1" in done.output


def test_a_rollback_takes_every_workload_back_and_is_recorded(life: Life) -> None:
    life.step("rollback")
    assert set(life.facts["images after rollback"].values()) == {life.facts["first"]}
    assert life.facts["current"] == life.facts["first"]
    assert life.facts["previous"] == life.facts["second"]
    assert life.facts["lock"] is None


# ── Its end ──────────────────────────────────────────────────────────────────────────────────────


def test_destroy_leaves_only_what_the_account_shares(life: Life) -> None:
    life.step("destroy")
    assert {name.partition(":")[0] for name in life.facts["resources"]} <= {"account.tfstate"}
    ecs = life.project.client("ecs")
    assert ecs.describe_clusters(clusters=[life.project.full_name])["clusters"][0:1] in (
        [],
        [
            c
            for c in ecs.describe_clusters(clusters=[life.project.full_name])["clusters"]
            if c["status"] == "INACTIVE"
        ],
    )


def test_destroy_keeps_what_cannot_be_had_again_and_says_where(life: Life) -> None:
    said = plain(life.step("destroy").output)
    project = life.project
    for name in ("APP_KEY", "DB_PASSWORD"):
        assert project.parameter(f"secrets/{name}")
    assert f"/{project.slug}/{project.environment}/secrets/" in said
    database = project.manifest["platform"]["database"]
    snapshots = [
        r.parameters.get("FinalDBSnapshotIdentifier") or r.parameters.get("FinalSnapshotIdentifier")
        for r in life.step("destroy").requests
        if r.action == ("DeleteDBCluster" if database.startswith("aurora") else "DeleteDBInstance")
    ]
    assert len(snapshots) == (database != "external")
    for snapshot in snapshots:
        assert snapshot
        assert snapshot in said


def test_a_restored_database_is_taken_over_in_place_of_the_old_one(life: Life) -> None:
    if "servers" not in life.facts:
        return
    name, done = life.project.full_name, life.step("unprotect")
    before, restored = life.facts["servers"], life.facts["servers restored"]
    assert restored[f"{name}-old"] == before[name] != restored[name]
    assert restored.keys() == {name, f"{name}-old"}
    assert re.search(r"Plan: 0 to add, \d+ to change, 0 to destroy", plain(done.output))
    changed = done.requests.of("ModifyDBInstance")
    assert {r.parameters["DBInstanceIdentifier"] for r in changed} == {name}
    assert [r for r in changed if "NewDBInstanceIdentifier" in r.parameters] == []
    password = life.project.parameter("secrets/DB_PASSWORD")
    assert password in [r.parameters.get("MasterUserPassword") for r in changed]
    assert "platform: nothing to change." in life.facts["afterwards"].output
    life.step("destroy")
    assert life.facts["servers left"] == {}


def test_a_password_of_valkey_that_was_half_set_is_set_to_its_end(life: Life) -> None:
    if "servers" not in life.facts:
        return
    sent = [r.parameters for r in life.step("unprotect").requests.of("ModifyReplicationGroup")]
    assert {s["ReplicationGroupId"]: s.get("AuthTokenUpdateStrategy") for s in sent} == {
        life.project.full_name: "SET"
    }


# ── All of it ────────────────────────────────────────────────────────────────────────────────────


def test_no_secret_is_in_any_state(life: Life) -> None:
    """Every version of every state, from the first on."""
    life.step("rollback")
    secrets = {
        value
        for r in life.project.aws.journal
        if r.account == life.project.account
        for value in (
            r.parameters.get("Value") if r.parameters.get("Type") == "SecureString" else None,
            r.parameters.get("AuthToken"),
            r.parameters.get("MasterUserPassword"),
        )
        if value
    }
    assert len(secrets) >= 4
    states = life.facts["states"]
    keys = {name.split()[0] for name in states}
    environment = life.project.environment
    assert keys == {
        "account.tfstate",
        *(f"{environment}/{layer}.tfstate" for layer in ("platform", "tasks", "services")),
    }
    assert len(states) > len(keys)
    assert [
        name for name, content in states.items() for secret in secrets if secret.encode() in content
    ] == []


def test_no_secret_is_printed(life: Life) -> None:
    secrets = [
        life.project.parameter(f"secrets/{name}") for name in ("APP_KEY", "DB_PASSWORD", "REDIS_PASSWORD")
    ]
    for done in life.project.said:
        assert [secret for secret in secrets if secret and secret in done.output] == []


def test_every_request_is_one_that_aws_knows(life: Life) -> None:
    life.step("platform")
    assert sorted(set(life.project.aws.invalid_requests())) == []


def test_nothing_is_asked_that_the_emulator_cannot_answer(life: Life) -> None:
    life.step("platform")
    unknown = {
        f"{r.service}:{r.action}: {r.error}"
        for r in life.project.aws.journal
        if r.status >= 500 or "UnsupportedOperation" in r.error
    }
    assert unknown == set()
