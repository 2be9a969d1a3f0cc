"""Target groups whose targets are the running tasks of the ECS services behind them."""

from __future__ import annotations

from typing import Any

from moto.ecs.models import ecs_backends
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus

from .ecs import running
from .replace import Method, replaces


@replaces(ELBv2Backend, "describe_target_health")
def describe_target_health(original: Method, self: Any, target_group_arn: str, targets: Any) -> list[Any]:
    found: list[Any] = original(self, target_group_arn, targets)
    for service in ecs_backends[self.account_id][self.region_name].services.values():
        for balancer in service.load_balancers:
            if balancer.get("targetGroupArn", balancer.get("target_group_arn")) == target_group_arn:
                port = balancer.get("containerPort") or balancer["container_port"]
                found += [_healthy(task, port) for task in running(service)]
    return found


def _healthy(task: Any, port: int) -> FakeHealthStatus:
    address = next(
        detail["value"]
        for attachment in task.attachments
        for detail in attachment["details"]
        if detail["name"] == "privateIPv4Address"
    )
    return FakeHealthStatus(address, port, str(port), "healthy")  # type: ignore[arg-type]
