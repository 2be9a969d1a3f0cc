"""The emulator does what the tests of the infrastructure rely on, and what moto alone does not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator import ACCOUNT, OTHER_ACCOUNT, Delay, Emulator, Refusal, Rollout, Task, emulator
from tests.emulator.models import problems

pytestmark = pytest.mark.xdist_group("emulator")

MANIFEST = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": []}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@dataclass
class Cluster:
    """A cluster with a network, where tasks of one family can run."""

    aws: Emulator
    network: dict[str, Any]
    target_group: str

    @property
    def ecs(self) -> Any:
        return self.aws.client("ecs")

    def register(self, family: str, **container: Any) -> str:
        definition = {
            "name": "app",
            "image": "elsewhere/app:1",
            "memory": 512,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "/ecs/app",
                    "awslogs-region": "us-east-1",
                    "awslogs-stream-prefix": "ecs",
                },
            },
        }
        answer = self.ecs.register_task_definition(
            family=family,
            cpu="256",
            memory="512",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            containerDefinitions=[definition | container],
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def run(self, definition: str) -> str:
        answer = self.ecs.run_task(
            cluster="app", taskDefinition=definition, launchType="FARGATE", networkConfiguration=self.network
        )
        return str(answer["tasks"][0]["taskArn"])

    def task(self, arn: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ecs.describe_tasks(cluster="app", tasks=[arn])["tasks"][0]
        return found

    def stopped(self, arn: str) -> dict[str, Any]:
        wait(lambda: self.task(arn)["lastStatus"] == "STOPPED")
        return self.task(arn)

    def service(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ecs.describe_services(cluster="app", services=[name])["services"][0]
        return found

    def settled(self, name: str) -> dict[str, Any]:
        wait(lambda: self.service(name)["deployments"][0]["rolloutState"] != "IN_PROGRESS")
        return self.service(name)

    def create(self, name: str, definition: str, **others: Any) -> None:
        breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
        self.ecs.create_service(
            cluster="app",
            serviceName=name,
            taskDefinition=definition,
            desiredCount=2,
            launchType="FARGATE",
            networkConfiguration=self.network,
            deploymentConfiguration=breaker,
            **others,
        )


def wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def cluster(aws: Emulator) -> Cluster:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=vpc)["GroupId"]
    aws.client("ecs").create_cluster(clusterName="app")
    aws.client("logs").create_log_group(logGroupName="/ecs/app")
    target = aws.client("elbv2").create_target_group(
        Name="app", Port=8080, Protocol="HTTP", TargetType="ip", VpcId=vpc
    )["TargetGroups"][0]["TargetGroupArn"]
    network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}
    return Cluster(aws, network, target)


@pytest.fixture(autouse=True)
def nothing_is_played(aws: Emulator) -> None:
    aws.reset()


# ── Accounts, errors, the journal ────────────────────────────────────────────────────────────────


def test_credentials_name_an_account(aws: Emulator) -> None:
    for account in (ACCOUNT, OTHER_ACCOUNT):
        assert aws.client("sts", account).get_caller_identity()["Account"] == account
    aws.client("ssm", OTHER_ACCOUNT).put_parameter(Name="/other", Value="a", Type="String")
    assert aws.client("ssm").get_parameters(Names=["/other"])["InvalidParameters"] == ["/other"]


def test_a_parameter_is_not_overwritten_unasked(aws: Emulator) -> None:
    ssm = aws.client("ssm")
    ssm.put_parameter(Name="/once", Value="a", Type="String")
    with pytest.raises(ClientError, match="ParameterAlreadyExists"):
        ssm.put_parameter(Name="/once", Value="b", Type="String")


def test_an_object_can_be_written_only_where_there_is_none(aws: Emulator) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="locks")
    s3.put_object(Bucket="locks", Key="a", Body=b"", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="locks", Key="a", Body=b"", IfNoneMatch="*")


@pytest.mark.parametrize(
    "service", ["ecs", "ec2", "s3", "iam", "elbv2", "scheduler", "cloudwatch", "rds", "sqs"]
)
def test_a_refusal_is_an_error_that_each_client_reads(aws: Emulator, service: str) -> None:
    calls = {
        "ecs": "list_clusters",
        "ec2": "describe_vpcs",
        "s3": "list_buckets",
        "iam": "list_roles",
        "elbv2": "describe_load_balancers",
        "scheduler": "list_schedules",
        "cloudwatch": "describe_alarms",
        "rds": "describe_db_instances",
        "sqs": "list_queues",
    }
    aws.play(Refusal(service=service, code="TooMuch", message="<enough> & more"))
    with pytest.raises(ClientError, match=r"\(TooMuch\).*<enough> & more"):
        getattr(aws.client(service), calls[service])()
    getattr(aws.client(service), calls[service])()  # once only


def test_a_request_can_take_its_time(aws: Emulator) -> None:
    aws.play(Delay(action="ListClusters", seconds=1))
    began = time.monotonic()
    aws.client("ecs").list_clusters()
    assert time.monotonic() - began >= 1


def test_what_moto_lacks_is_refused_at_once(aws: Emulator) -> None:
    began = time.monotonic()
    with pytest.raises(ClientError, match="UnsupportedOperation"):
        aws.client("elasticache").describe_serverless_caches()
    assert time.monotonic() - began < 5


def test_the_journal_has_every_request_as_the_model_names_it(aws: Emulator) -> None:
    seen = aws.journal.since_now()
    aws.client("sqs").create_queue(QueueName="a", Attributes={"DelaySeconds": "1"})
    aws.client("iam").create_role(
        RoleName="a", AssumeRolePolicyDocument="{}", Tags=[{"Key": "a", "Value": "b"}]
    )
    aws.client("scheduler").list_schedules(NamePrefix="a")
    assert seen.one("CreateQueue") == {"QueueName": "a", "Attributes": {"DelaySeconds": "1"}}
    assert seen.one("CreateRole")["Tags"] == [{"Key": "a", "Value": "b"}]
    [listed] = seen.of("scheduler:ListSchedules")
    assert listed.parameters == {"NamePrefix": "a"}
    assert (listed.account, listed.region, listed.status, listed.changes) == (
        ACCOUNT,
        "us-east-1",
        200,
        False,
    )


@pytest.mark.parametrize(
    ("action", "parameters", "found"),
    [
        ("RunTask", {"taskDefinition": "a", "launchType": "MOON"}, "MOON"),
        ("RunTask", {"taskDefinition": "a", "cuont": 1}, "cuont"),
        ("RunTask", {}, "taskDefinition"),
        ("RunTask", {"taskDefinition": "a", "count": "1"}, "count"),
    ],
)
def test_a_request_that_no_model_knows_is_found(action: str, parameters: dict[str, Any], found: str) -> None:
    assert found in str(problems("ecs", action, parameters))
    assert problems("ecs", "RunTask", {"taskDefinition": "a", "launchType": "FARGATE"}) == []


def test_aurora_scales_in_the_way_that_was_asked_for(aws: Emulator) -> None:
    cluster = aws.client("rds").create_db_cluster(
        DBClusterIdentifier="aurora",
        Engine="aurora-mysql",
        MasterUsername="app",
        MasterUserPassword="0123456789",
        ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 2},
    )["DBCluster"]
    assert cluster["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 0.5, "MaxCapacity": 2}
    assert "ScalingConfigurationInfo" not in cluster


# ── Tasks ────────────────────────────────────────────────────────────────────────────────────────


def test_a_task_starts_says_something_and_ends(cluster: Cluster) -> None:
    cluster.aws.play(Task(seconds=3))
    arn = cluster.run(cluster.register("once"))
    assert cluster.task(arn)["lastStatus"] in ("PENDING", "RUNNING")
    task = cluster.stopped(arn)
    assert task["containers"][0]["exitCode"] == 0
    assert task["stopCode"] == "EssentialContainerExited"
    events = cluster.aws.client("logs").get_log_events(
        logGroupName="/ecs/app", logStreamName=f"ecs/app/{arn.rpartition('/')[2]}"
    )["events"]
    assert [event["message"] for event in events] == ["app is running"]


def test_how_a_task_ends_can_be_played(cluster: Cluster) -> None:
    definition = cluster.register("played")
    cluster.aws.play(Task(family="other", exit_code=1))
    cluster.aws.play(Task(family="played", exit_code=3, log=["one", "two"]))
    arn = cluster.run(definition)
    assert cluster.stopped(arn)["containers"][0]["exitCode"] == 3
    logs, stream = cluster.aws.client("logs"), f"ecs/app/{arn.rpartition('/')[2]}"
    events = logs.filter_log_events(logGroupName="/ecs/app", logStreamNames=[stream])["events"]
    assert [event["message"] for event in events] == ["one", "two"]
    with pytest.raises(ClientError, match="The specified log stream does not exist"):
        logs.filter_log_events(logGroupName="/ecs/app", logStreamNames=[stream, "ecs/proxy/none"])
    assert cluster.stopped(cluster.run(definition))["containers"][0]["exitCode"] == 0


@pytest.mark.parametrize(
    ("container", "reason"),
    [
        ({"secrets": [{"name": "A", "valueFrom": "/not/there"}]}, "invalid ssm parameters: /not/there"),
        ({"image": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/app:1"}, "CannotPullContainerError"),
        (
            {"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/no"}}},
            "/no does not exist",
        ),
    ],
)
def test_a_task_that_misses_something_never_starts(
    cluster: Cluster, container: dict[str, Any], reason: str
) -> None:
    task = cluster.stopped(cluster.run(cluster.register("missing", **container)))
    assert reason in task["stoppedReason"]
    assert task["stopCode"] == "TaskFailedToStart"
    assert "exitCode" not in task["containers"][0]


def test_a_task_is_stopped_and_an_old_revision_is_not_run(cluster: Cluster) -> None:
    definition = cluster.register("stopped")
    cluster.aws.play(Task(seconds=60))
    arn = cluster.run(definition)
    cluster.ecs.stop_task(cluster="app", task=arn, reason="enough")
    assert cluster.task(arn)["stoppedReason"] == "enough"
    cluster.ecs.deregister_task_definition(taskDefinition=definition)
    with pytest.raises(ClientError, match="inactive"):
        cluster.run(definition)


def test_an_image_is_known_by_its_digest(cluster: Cluster) -> None:
    ecr = cluster.aws.client("ecr")
    uri = ecr.create_repository(repositoryName="images")["repository"]["repositoryUri"]
    image = ecr.put_image(repositoryName="images", imageManifest=json.dumps(MANIFEST), imageTag="a")["image"]
    digest = image["imageId"]["imageDigest"]
    assert (
        ecr.describe_images(repositoryName="images", imageIds=[{"imageTag": "a"}])["imageDetails"][0][
            "imageDigest"
        ]
        == digest
    )
    arn = cluster.run(cluster.register("image", image=f"{uri}@{digest}"))
    assert cluster.stopped(arn)["containers"][0]["exitCode"] == 0


# ── Services ─────────────────────────────────────────────────────────────────────────────────────


def test_a_service_rolls_out_and_its_tasks_are_the_targets(cluster: Cluster) -> None:
    balancer = {"targetGroupArn": cluster.target_group, "containerName": "app", "containerPort": 8080}
    first, second = cluster.register("web", portMappings=[{"containerPort": 8080}]), cluster.register("web")
    cluster.create("web", first, loadBalancers=[balancer])
    assert cluster.service("web")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    service = cluster.settled("web")
    assert (service["runningCount"], service["desiredCount"]) == (2, 2)
    assert service["deploymentConfiguration"]["deploymentCircuitBreaker"]["rollback"] is True

    cluster.ecs.update_service(cluster="app", service="web", taskDefinition=second)
    service = cluster.settled("web")
    assert service["taskDefinition"] == service["deployments"][0]["taskDefinition"] == second
    tasks = cluster.ecs.list_tasks(cluster="app", serviceName="web")["taskArns"]
    assert {cluster.task(task)["taskDefinitionArn"] for task in tasks} == {second}
    targets = cluster.aws.client("elbv2").describe_target_health(TargetGroupArn=cluster.target_group)
    health = [target["TargetHealth"]["State"] for target in targets["TargetHealthDescriptions"]]
    assert health == ["healthy", "healthy"]

    cluster.ecs.update_service(cluster="app", service="web", desiredCount=3)
    assert cluster.service("web")["runningCount"] == 3
    cluster.ecs.delete_service(cluster="app", service="web", force=True)
    assert cluster.ecs.list_tasks(cluster="app", serviceName="web")["taskArns"] == []


def test_a_rollout_that_fails_goes_back(cluster: Cluster) -> None:
    first, second = cluster.register("worker"), cluster.register("worker")
    cluster.create("worker", first)
    cluster.settled("worker")
    cluster.aws.play(Rollout(service="worker"))
    cluster.ecs.update_service(cluster="app", service="worker", taskDefinition=second)
    wait(lambda: cluster.service("worker")["taskDefinition"] == first)
    states = [d["rolloutState"] for d in cluster.service("worker")["deployments"]]
    assert "FAILED" in states or states == ["COMPLETED"]
    assert cluster.settled("worker")["runningCount"] == 2
    stopped = cluster.ecs.list_tasks(cluster="app", serviceName="worker", desiredStatus="STOPPED")["taskArns"]
    assert "Task failed container health checks" in {cluster.task(task)["stoppedReason"] for task in stopped}


def test_a_rollout_that_an_old_task_holds_up_has_its_new_tasks(cluster: Cluster) -> None:
    first, second = cluster.register("busy"), cluster.register("busy")
    cluster.create("busy", first)
    cluster.settled("busy")
    cluster.aws.play(Rollout(service="busy", held=3))
    cluster.ecs.update_service(cluster="app", service="busy", taskDefinition=second)

    def running() -> list[str]:
        tasks = cluster.ecs.list_tasks(cluster="app", serviceName="busy")["taskArns"]
        return sorted(cluster.task(task)["taskDefinitionArn"] for task in tasks)

    wait(lambda: running() == [first, first, second, second])
    assert cluster.service("busy")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert cluster.settled("busy")["runningCount"] == 2
    assert running() == [second, second]


def test_a_first_rollout_that_fails_has_nowhere_to_go(cluster: Cluster) -> None:
    cluster.create("lost", cluster.register("lost", secrets=[{"name": "A", "valueFrom": "/not/there"}]))
    wait(lambda: cluster.service("lost")["deployments"][0]["rolloutState"] == "FAILED")
    assert cluster.service("lost")["runningCount"] == 0
