"""What small, medium and large mean (data: ``sizes.toml``), and a workload's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .data import load

Kind = Literal["web", "queue", "schedule", "migrate"]


@dataclass(frozen=True)
class Workload:
    """One way to run the image, and the Fargate task that does it.

    Attributes:
        name: ``web``; also the value of ``CONTAINER_MODE`` and the end of the log group's name.
        cpu: CPU units, 1024 = one vCPU.
        memory: MiB, a size that Fargate sells with this cpu.
        min: Fewest tasks of the service; None for a task that ends.
        max: Most tasks of the service; None for a task that ends.
    """

    name: Kind
    cpu: int
    memory: int
    min: int | None = None
    max: int | None = None

    @property
    def is_service(self) -> bool:
        """Whether ECS keeps it running; else it is started, does its work and ends."""
        return self.min is not None

    @property
    def tasks(self) -> str:
        """How many run at a time, in words: ``2 to 6``, ``1``, ``one at a time``."""
        if not self.is_service:
            return "one at a time"
        return str(self.min) if self.min == self.max else f"{self.min} to {self.max}"

    @property
    def size(self) -> str:
        """The task in words: ``0.25 vCPU, 0.5 GB``."""
        return f"{self.cpu / 1024:g} vCPU, {self.memory / 1024:g} GB"


@dataclass(frozen=True)
class Capacity:
    """The managed services of a size.

    Attributes:
        database_class: RDS instance class.
        database_storage: GiB to begin with; RDS grows it by itself.
        database_max_acu: Aurora's largest capacity, in Aurora capacity units.
        valkey_class: ElastiCache node type.
        valkey_instances: 2: queue, sessions and locks apart from the cache; 1: all in one.
    """

    database_class: str
    database_storage: int
    database_max_acu: int
    valkey_class: str
    valkey_instances: int


@dataclass(frozen=True)
class Size:
    """A size as the questions offer it: a name, what it is for, its workloads and services."""

    name: str
    about: str
    workloads: dict[str, Workload]
    capacity: Capacity


def _size(name: str, row: dict[str, Any]) -> Size:
    workloads = {kind: Workload(name=kind, **numbers) for kind, numbers in row["workloads"].items()}
    return Size(name, row["about"], workloads, Capacity(**row["platform"]))


SIZES: dict[str, Size] = {name: _size(name, row) for name, row in load("sizes").items()}
