"""Tasks that start, write their log and end; services that roll out, or fail to and go back.

moto keeps the task definitions but runs nothing: a task's exit code is always 0, a service's counts are
what was asked for. Here time passes: whenever somebody looks, `tick` moves tasks and roll-outs on. What
stops a real task before it starts stops it here as well: no such log group, secret or image.
"""

from __future__ import annotations

import itertools
import re
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.ecr.models import ecr_backends
from moto.ecs.exceptions import EcsClientException
from moto.ecs.models import EC2ContainerServiceBackend, Task, ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogsBackend, logs_backends
from moto.ssm.models import ssm_backends

from ..control import SCRIPT
from ..control import Task as Part
from .replace import Method, replaces

STARTS_AFTER = 0.1
ROLLS_OUT_AFTER = 0.3
NO_START = "ResourceInitializationError"
FAILED_TASKS = 3  # as many as the circuit breaker waits for, at least

# ── Tasks ────────────────────────────────────────────────────────────────────────────────────────

# moto moves a task on whenever it is described, however quickly; here it has a time for each step.
del Task.last_status


@replaces(EC2ContainerServiceBackend, "_calculate_task_resource_requirements")
def _calculate_task_resource_requirements(*given: Any) -> dict[str, Any]:
    """Moto fails for containers without memory of their own; Fargate places whole tasks."""
    definition = given[-1]
    return {"CPU": int(definition.cpu or 0), "MEMORY": int(definition.memory or 0), "PORTS": []}


@replaces(EC2ContainerServiceBackend, "run_task")
def run_task(original: Method, self: Any, cluster: str, definition_name: str, *given: Any) -> list[Any]:
    definition = self.describe_task_definition(definition_name)
    if definition.status != "ACTIVE":
        raise EcsClientException("TaskDefinition is inactive")
    tasks: list[Any] = original(self, cluster, definition_name, *given)
    names = [container["name"] for container in definition.container_definitions]
    for task in tasks:
        begin(self, task, definition, SCRIPT.task(definition.family, names))
    return tasks


def begin(backend: Any, task: Any, definition: Any, part: Part) -> None:
    """Let a task live: it starts and ends as `part` says, unless something is missing for its start."""
    problem = missing(backend, definition)
    if problem:
        part = Part(starts=False, reason=problem)
    task.part = part
    task.began = time.monotonic()
    task.created_at = datetime.now(UTC)
    task.connectivity = "CONNECTED"
    task.cpu, task.memory = definition.cpu, definition.memory
    task.platform_version, task.platform_family = "1.4.0", "Linux"
    task.definition = definition
    task.last_status = "PENDING"
    task.containers = [
        SimpleNamespace(
            container_arn=f"{task.task_arn}/{container['name']}".replace(":task/", ":container/"),
            image=container["image"],
            last_status="PENDING",
            name=container["name"],
            runtime_id=f"{task.id}-{number}",
            task_arn=task.task_arn,
        )
        for number, container in enumerate(definition.container_definitions)
    ]


def missing(backend: Any, definition: Any) -> str:
    """Why no task of this definition can start, in the words of ECS; nothing if it can."""
    account, region = backend.account_id, backend.region_name
    parameters = ssm_backends[account][region]
    groups = logs_backends[account][region].groups
    for container in definition.container_definitions:
        for secret in container.get("secrets", []):
            name = secret["valueFrom"].partition(":parameter")[2] or secret["valueFrom"]
            if ":secretsmanager:" not in name and parameters.get_parameter(name) is None:
                return f"{NO_START}: unable to pull secrets or registry auth: invalid ssm parameters: {name}"
        group = container.get("logConfiguration", {}).get("options", {}).get("awslogs-group")
        if group and group not in groups:
            return f"{NO_START}: failed to create the log stream: {group} does not exist"
        if not _exists(account, region, container["image"]):
            return f"CannotPullContainerError: there is no {container['image']}"
    return ""


def _exists(account: str, region: str, image: str) -> bool:
    """Whether ECR has an image; of an image elsewhere nothing is known."""
    match = re.fullmatch(r"[^/]+/([^@:]+)(?:@(sha256:[0-9a-f]{64})|:(.+))", image)
    repository = match and ecr_backends[account][region].repositories.get(match[1])
    if not match or repository is None:
        return ".dkr.ecr." not in image
    return any(
        match[2] == found.get_image_digest() or (match[3] and match[3] in found.image_tags)
        for found in repository.images
    )


def tick(backend: Any) -> None:
    """Let the time since the last look pass."""
    for service in list(backend.services.values()):
        _roll(backend, service)
    for tasks in list(backend.tasks.values()):
        for task in list(tasks.values()):
            if hasattr(task, "part"):
                _live(task)


def _live(task: Any) -> None:
    """Move one task on."""
    part, age = task.part, time.monotonic() - task.began
    if not part.starts:
        if age > part.seconds:
            _stop(task, part.reason or "Task failed to start", "TaskFailedToStart", None)
        return
    if task.last_status == "PENDING" and age > STARTS_AFTER:
        task.last_status, task.started_at = "RUNNING", datetime.now(UTC)
        for container in task.containers:
            container.last_status, container.health_status = "RUNNING", "HEALTHY"
        _log(task, part.log[:1] or [f"{task.containers[0].name} is running"])
    if task.last_status == "RUNNING" and age > STARTS_AFTER + part.seconds:
        _log(task, part.log[1:])
        _stop(task, "Essential container in task exited", "EssentialContainerExited", part.exit_code)


def _stop(task: Any, reason: str, code: str, exit_code: int | None) -> None:
    if task.last_status == "STOPPED":
        return
    task.last_status = task.desired_status = "STOPPED"
    task.stopped_reason, task.stop_code, task.stopped_at = reason, code, datetime.now(UTC)
    for container in task.containers:
        container.last_status = "STOPPED"
        if exit_code is not None:
            container.exit_code = exit_code


def _log(task: Any, lines: list[str]) -> None:
    """Write to the stream of the container whose log it is: the one that is played, or the first."""
    containers = task.definition.container_definitions
    container = next((c for c in containers if c["name"] == task.part.container), containers[0])
    options = container.get("logConfiguration", {}).get("options", {})
    if not lines or "awslogs-group" not in options:
        return
    group = logs_backends[task._account_id][task.region_name].groups[options["awslogs-group"]]
    stream = f"{options['awslogs-stream-prefix']}/{container['name']}/{task.id}"
    if stream not in group.streams:
        group.create_log_stream(stream)
    now = int(time.time() * 1000)
    group.put_log_events(stream, [{"timestamp": now, "message": line} for line in lines])


@replaces(EC2ContainerServiceBackend, "describe_tasks")
def describe_tasks(_: Method, self: Any, cluster: str, tasks: list[str]) -> list[Any]:
    self._get_cluster(cluster)
    tick(self)
    wanted = {task.rpartition("/")[2] for task in tasks}
    return [task for kept in self.tasks.values() for task in kept.values() if task.id in wanted]


@replaces(EC2ContainerServiceBackend, "list_tasks")
def list_tasks(original: Method, self: Any, *given: Any) -> list[Any]:
    """Moto neither knows the tasks of a service nor that stopped tasks have to be asked for."""
    tick(self)
    cluster, instance, family, started_by, service, status = given
    tasks: list[Any] = original(self, cluster, instance, None, started_by, None, status or "RUNNING")
    return [
        task
        for task in tasks
        if (not family or f"/{family}:" in task.task_definition_arn)
        and (not service or task.group == f"service:{service.rpartition('/')[2]}")
    ]


@replaces(EC2ContainerServiceBackend, "stop_task")
def stop_task(_: Method, self: Any, cluster: str, name: str, reason: str) -> Any:
    for task in self.tasks.get(self._get_cluster(cluster).name, {}).values():
        if task.id == name.rpartition("/")[2]:
            _stop(task, reason or "", "UserInitiated", 137)
            return task
    raise EcsClientException("The referenced task was not found.")


@replaces(LogsBackend, "filter_log_events")
def filter_log_events(original: Method, self: Any, group: str, streams: list[str], *given: Any) -> Any:
    """Moto leaves out a stream that it does not have; AWS refuses."""
    if group in self.groups and set(streams or []) - self.groups[group].streams.keys():
        raise ResourceNotFoundException("The specified log stream does not exist.")
    return original(self, group, streams, *given)


for lookup in ("get_log_events", "filter_log_events", "describe_log_streams"):

    @replaces(LogsBackend, lookup)
    def look_at_logs(original: Method, self: Any, *given: Any, **named: Any) -> Any:
        tick(ecs_backends[self.account_id][self.region_name])
        return original(self, *given, **named)


# ── Services ─────────────────────────────────────────────────────────────────────────────────────

KEPT = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
)
"""What moto drops of a service, so that every plan would want to set it again."""

_number = itertools.count(1)


@replaces(EC2ContainerServiceResponse, "create_service")
def create_service(original: Method, self: Any) -> ActionResult:
    answer: ActionResult = original(self)
    service = answer.result["service"]  # type: ignore[index]
    _keep(service, self._get_params())
    service.deployments = []
    _begin_rollout(service)
    return answer


@replaces(EC2ContainerServiceResponse, "update_service")
def update_service(original: Method, self: Any) -> ActionResult:
    parameters = self._get_params()
    backend = self.ecs_backend
    service = backend._get_service(parameters.get("cluster", "default"), parameters["service"].split("/")[-1])
    tick(backend)
    before = service.task_definition
    answer: ActionResult = original(self)
    if "taskDefinition" in parameters:
        service.task_definition = backend.describe_task_definition(parameters["taskDefinition"]).arn
    _keep(service, parameters)
    if service.task_definition != before or parameters.get("forceNewDeployment"):
        _begin_rollout(service)
    else:
        _scale(backend, service)
    return answer


@replaces(EC2ContainerServiceBackend, "describe_services")
def describe_services(original: Method, self: Any, *given: Any) -> Any:
    tick(self)
    return original(self, *given)


@replaces(EC2ContainerServiceBackend, "delete_service")
def delete_service(original: Method, self: Any, *given: Any) -> Any:
    service = original(self, *given)
    for task in running(service):
        _stop(task, "Scaling activity initiated by service deletion", "ServiceSchedulerInitiated", 0)
    service.running_count = service.desired_count = 0
    service.deployments = []
    return service


def running(service: Any) -> list[Any]:
    """The running tasks of a service."""
    backend = service._backend
    for task in backend.tasks.get(service.cluster_name, {}).values():
        if hasattr(task, "part"):
            _live(task)
    return [
        task
        for task in backend.tasks.get(service.cluster_name, {}).values()
        if task.group == f"service:{service.name}" and task.last_status == "RUNNING"
    ]


def _keep(service: Any, parameters: dict[str, Any]) -> None:
    for key in KEPT:
        if key in parameters:
            name = (
                "enable_ecs_managed_tags" if key == "enableECSManagedTags" else camelcase_to_underscores(key)
            )
            setattr(service, name, parameters[key])
    if parameters.get("capacityProviderStrategy"):
        service.launch_type = None


def _begin_rollout(service: Any) -> None:
    part = SCRIPT.rollout(service.cluster_name, service.name)
    new = _deployment(service, next(_number), fails=part is not None and not part.held)
    new["held until"] = time.monotonic() + part.held if part else 0
    service.deployments = [new] + [
        deployment | {"status": "ACTIVE"} for deployment in service.deployments[:1]
    ]


def _deployment(service: Any, number: int, *, fails: bool) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "id": f"ecs-svc/{number:019}",
        "status": "PRIMARY",
        "taskDefinition": service.task_definition,
        "desiredCount": service.desired_count,
        "pendingCount": service.desired_count,
        "runningCount": 0,
        "failedTasks": 0,
        "createdAt": now,
        "updatedAt": now,
        "capacityProviderStrategy": getattr(service, "capacity_provider_strategy", None) or [],
        "launchType": service.launch_type,
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "networkConfiguration": service.network_configuration,
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment ecs-svc/{number:019} in progress.",
        "began": time.monotonic(),
        "fails": fails,
    }


def _roll(backend: Any, service: Any) -> None:
    """Move the roll-out of one service on."""
    if service.status != "ACTIVE" or not service.deployments:
        return
    primary = service.deployments[0]
    if primary["rolloutState"] == "IN_PROGRESS" and time.monotonic() - primary["began"] > ROLLS_OUT_AFTER:
        problem = missing(backend, backend.describe_task_definition(primary["taskDefinition"]))
        if primary["fails"] or problem:
            _fail(backend, service, problem or "Task failed container health checks")
        elif time.monotonic() < primary.get("held until", 0):
            _start_beside(backend, service)
        else:
            _complete(backend, service)


def _start_beside(backend: Any, service: Any) -> None:
    """Run the new tasks while the old ones may not be stopped."""
    new = [task for task in running(service) if _is_new(service, task)]
    for _ in range(service.desired_count - len(new)):
        _start_running(backend, service)
    service.running_count = len(running(service))
    service.deployments[0]["runningCount"] = service.desired_count


def _is_new(service: Any, task: Any) -> bool:
    return bool(task.started_by == service.deployments[0]["id"])


def _complete(backend: Any, service: Any) -> None:
    primary = service.deployments[0]
    for task in [task for task in running(service) if not _is_new(service, task)]:
        _stop(
            task,
            f"Scaling activity initiated by (deployment {primary['id']})",
            "ServiceSchedulerInitiated",
            0,
        )
    reason = f"ECS deployment {primary['id']} completed."
    primary.update(rolloutState="COMPLETED", rolloutStateReason=reason, updatedAt=datetime.now(UTC))
    service.deployments = [primary]
    _scale(backend, service)
    _say(service, "has reached a steady state.")


def _scale(backend: Any, service: Any) -> None:
    """Run as many tasks as are asked for."""
    primary = service.deployments[0]
    if primary["rolloutState"] != "COMPLETED":
        primary["desiredCount"] = service.desired_count
        return
    tasks = running(service)
    for task in tasks[service.desired_count :]:
        _stop(task, "Scaling activity initiated by service", "ServiceSchedulerInitiated", 0)
    for _ in range(service.desired_count - len(tasks)):
        _start_running(backend, service)
    service.running_count, service.pending_count = service.desired_count, 0
    primary.update(
        desiredCount=service.desired_count, runningCount=service.desired_count, pendingCount=0, failedTasks=0
    )


def _start_running(backend: Any, service: Any) -> None:
    task = _start(backend, service, Part(seconds=float("inf")))
    task.began -= STARTS_AFTER
    time.sleep(0.001)
    _live(task)


def _start(backend: Any, service: Any, part: Part) -> Any:
    definition = backend.describe_task_definition(service.deployments[0]["taskDefinition"])
    task = Task(
        cluster=backend._get_cluster(service.cluster_name),
        task_definition=definition,
        container_instance_arn=None,
        resource_requirements={},
        backend=backend,
        group=f"service:{service.name}",
        launch_type=service.launch_type or "FARGATE",
        started_by=service.deployments[0]["id"],
        networking_configuration=service.network_configuration,
    )
    backend.tasks.setdefault(service.cluster_name, {})[task.task_arn] = task
    begin(backend, task, definition, part)
    return task


def _fail(backend: Any, service: Any, reason: str) -> None:
    """What the circuit breaker does; without one the roll-out goes on for ever."""
    failed = service.deployments[0]
    breaker = (getattr(service, "deployment_configuration", None) or {}).get("deploymentCircuitBreaker", {})
    failed["failedTasks"] = FAILED_TASKS
    if "seen" not in failed:
        failed["seen"] = True
        task = _start(backend, service, Part(seconds=0))
        _stop(task, reason, "ServiceSchedulerInitiated", 1)
        _say(service, f"(deployment {failed['id']}) deployment failed: tasks failed to start.")
    if not breaker.get("enable"):
        return
    reason = "ECS deployment circuit breaker: tasks failed to start."
    failed.update(rolloutState="FAILED", rolloutStateReason=reason, desiredCount=0, pendingCount=0)
    before = service.deployments[1:]
    if breaker.get("rollback") and before:
        service.task_definition = before[0]["taskDefinition"]
        back = _deployment(service, next(_number), fails=False)
        back["rolloutStateReason"] = (
            f"ECS deployment circuit breaker: rolling back to deploymentId {before[0]['id']}."
        )
        service.deployments = [back, failed | {"status": "ACTIVE"}]
        _say(service, f"rolling back to deployment {before[0]['id']}.")


def _say(service: Any, what: str) -> None:
    service.events.insert(
        0,
        {
            "id": f"event-{next(_number)}",
            "createdAt": datetime.now(UTC),
            "message": f"(service {service.name}) {what}",
        },
    )
