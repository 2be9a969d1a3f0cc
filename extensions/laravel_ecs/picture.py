"""What the diagram in the rendered ``docs/ecs/README.md`` says of an environment, beside its workloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .plan import Environment

TRIGGERS = {"rule": "EventBridge rule", "scheduler": "EventBridge Scheduler", "service": ""}
WAYS_OUT = {
    "private": "by 1 NAT gateway",
    "private-ha": "by {zones} NAT gateways",
    "public": "by their own addresses",
    "existing": "as your VPC does",
}


@dataclass(frozen=True)
class Picture:
    """Words for boxes.

    Attributes:
        place: ``shop-production in eu-central-1, 3 availability zones``.
        address: Where visitors come: ``shop.example.com``.
        database: ``db.t4g.small and a standby``.
        valkey: ``2 × cache.t4g.small, each with a standby``.
        way_out: How tasks reach the internet: ``by 1 NAT gateway``.
        trigger: What starts the scheduler; empty where it always runs, and nothing does.
    """

    place: str
    address: str
    database: str
    valkey: str
    way_out: str
    trigger: str


def picture(environment: Environment, answers: Mapping[str, Any]) -> Picture:
    """Find the words."""
    own = answers["network"] == "existing"
    where = f"{environment.full_name} in {answers['aws_region']}"
    zones = environment.network.zones
    return Picture(
        place=f"{where}, in your own VPC" if own else f"{where}, {zones} availability zones",
        address=environment.domain or "its own name, HTTP only",
        database=_database(environment, answers["database"]),
        valkey=_valkey(environment),
        way_out=WAYS_OUT[answers["network"]].format(zones=zones),
        trigger=TRIGGERS[answers["schedule_trigger"]],
    )


def _database(environment: Environment, database: str) -> str:
    platform = environment.platform
    if database == "external":
        return "where it is now"
    if database.startswith("aurora-"):
        size = f"{platform.min_acu:g} to {platform.capacity.database_max_acu} ACU"
    else:
        size = platform.capacity.database_class
    return f"{size} and a standby" if platform.standby else size


def _valkey(environment: Environment) -> str:
    platform = environment.platform
    node, instances = platform.capacity.valkey_class, platform.capacity.valkey_instances
    if instances == 1:
        return f"{node} and a standby" if platform.standby else node
    return f"{instances} × {node}" + (", each with a standby" if platform.standby else "")
