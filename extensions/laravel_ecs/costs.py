"""What an environment costs in a month, line by line: prices by quantities, and nothing else.

Tasks are counted at their fewest, because how often there are more, nobody knows; what grows with use is
counted as ``usage.toml`` says. What is not counted, the rendered ``docs/ecs/costs.md`` names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .data import load
from .prices import is_verified, price
from .sizes import Workload

if TYPE_CHECKING:
    from .plan import Environment

USAGE: dict[str, float] = load("usage")
HOURS = USAGE["hours"]

MISSING = 3
"""With more lines than these missing, a sum says nothing."""

ALWAYS_AWAKE = 0.5
"""Aurora capacity units of a server that may sleep and does not: the schedule keeps it awake."""

LEAST_ZONES = 2
"""A load balancer's; how many a VPC of the user's own has is not known here."""

Quantities = dict[str, float]
"""Item of ``prices.toml`` → how many units of it in a month."""


@dataclass(frozen=True)
class Use:
    """What costs something, before it has a price.

    Attributes:
        title: ``load balancer``.
        count: What is counted, in words: ``2 of 0.5 vCPU, 1 GB``.
        quantities: Units of each item.
    """

    title: str
    count: str
    quantities: Quantities


@dataclass(frozen=True)
class Line:
    """One line of the estimate.

    Attributes:
        usd: US dollars a month; None where a price is missing.
        verified: Whether each of its prices is (`prices.is_verified`).
    """

    title: str
    count: str
    usd: float | None
    verified: bool

    @property
    def shown(self) -> str:
        """``23.00``, ``23.00 *`` where a price is not verified, ``?`` where one is missing."""
        if self.usd is None:
            return "?"
        return f"{self.usd:,.2f}" + ("" if self.verified else " *")


@dataclass(frozen=True)
class Estimate:
    """A month of one environment."""

    lines: tuple[Line, ...]

    @property
    def total(self) -> float:
        """The sum of the lines that have a price, in US dollars."""
        return sum(line.usd or 0 for line in self.lines)

    @property
    def missing(self) -> tuple[str, ...]:
        """The lines that have none, each once."""
        return tuple(dict.fromkeys(line.title for line in self.lines if line.usd is None))

    @property
    def verified(self) -> bool:
        """Whether every price that is known is verified."""
        return all(line.verified for line in self.lines if line.usd is not None)

    @property
    def shown(self) -> str:
        """The total in words: ``$123``; ``at least $9, without Valkey``; ``not known`` without most."""
        if len(self.missing) > MISSING:
            return "not known"
        if self.missing:
            return f"at least {dollars(self.total)}, without {', '.join(self.missing)}"
        return dollars(self.total)


def dollars(usd: float) -> str:
    """An amount of an estimate, which pretends no cents: ``$1,234``; ``under $1``."""
    return "under $1" if 0 < usd < 1 else f"${usd:,.0f}"


def estimate(uses: Iterable[Use], region: str) -> Estimate:
    """Put a price to each use."""
    return Estimate(
        tuple(
            Line(
                use.title,
                use.count,
                _usd(use.quantities, region),
                all(is_verified(item, region) for item in use.quantities),
            )
            for use in uses
        )
    )


def _usd(quantities: Quantities, region: str) -> float | None:
    prices = {item: price(item, region) for item in quantities}
    if None in prices.values():
        return None
    return sum((prices[item] or 0) * quantity for item, quantity in quantities.items())


# ── What is used ─────────────────────────────────────────────────────────────────────────────────


def containers(
    workloads: Iterable[Workload], architecture: str, trigger: str = "rule", capacity: str = "on-demand"
) -> Iterator[Use]:
    """Services at their fewest tasks, and the schedule.

    Fargate bills a task from the pull of its image to its end, for a minute at least: one of the schedule's
    after the other costs what one that always runs costs. Migrations cost cents.
    """
    for workload, number in _running(workloads):
        each_minute = workload.name == "schedule" and trigger != "service"
        share = USAGE["spot_share"] if workload.name == "schedule" and capacity == "spot" else 1
        hours = number * HOURS * share
        yield Use(
            workload.name,
            f"one a minute, {workload.size}" if each_minute else f"{number} of {workload.size}",
            {
                f"fargate_{architecture}_vcpu_hour": workload.cpu / 1024 * hours,
                f"fargate_{architecture}_gb_hour": workload.memory / 1024 * hours,
            },
        )


def _running(workloads: Iterable[Workload]) -> Iterator[tuple[Workload, int]]:
    """What has tasks at any time, and how many: a service its fewest, the schedule one."""
    for workload in workloads:
        if workload.name != "migrate":
            yield workload, 1 if workload.min is None else workload.min


def surroundings(environment: Environment, answers: Mapping[str, Any]) -> Iterator[Use]:
    """What AWS runs around the containers."""
    platform, zones = environment.platform, environment.network.zones
    nat = {"private": 1, "private-ha": zones}.get(answers["network"], 0)
    units, logs, files = USAGE["load_balancer_units"], USAGE["logs_gb"], USAGE["files_gb"]
    yield Use("load balancer", f"1, and {units:g} units", {"alb_hour": HOURS, "alb_lcu_hour": units * HOURS})
    if nat:
        yield nat_gateways(nat)
    addresses = (LEAST_ZONES if answers["network"] == "existing" else zones) + nat
    if answers["network"] == "public":
        addresses += sum(number for _, number in _running(environment.workloads))
    at_least = "at least " if answers["network"] == "existing" else ""
    yield Use("public addresses", f"{at_least}{addresses}", {"public_ipv4_hour": addresses * HOURS})
    yield from _database(environment, answers["database"])
    nodes, node = platform.capacity.valkey_instances * platform.servers, platform.capacity.valkey_class
    yield Use("Valkey", f"{nodes} of {node}", {f"{_item('valkey', node)}_hour": nodes * HOURS})
    yield Use("logs", f"{logs:g} GB", {"logs_ingested_gb": logs})
    kept = logs * answers["log_retention_days"] / 30
    yield Use("logs that are kept", f"{kept:.2g} GB", {"logs_stored_gb_month": kept})
    yield Use("files", f"{files:g} GB in S3", {"s3_gb_month": files})


def nat_gateways(number: int) -> Use:
    """The way out of private subnets. Image layers do not take it: S3 has an endpoint of its own."""
    gigabytes = USAGE["nat_gb"]
    return Use(
        "NAT gateway",
        f"{number}, and {gigabytes:g} GB through it",
        {"nat_hour": number * HOURS, "nat_gb": gigabytes},
    )


def _database(environment: Environment, database: str) -> Iterator[Use]:
    platform = environment.platform
    if database.startswith("aurora"):
        servers, units = platform.servers, platform.min_acu or ALWAYS_AWAKE
        gigabytes, millions = USAGE["aurora_gb"], USAGE["aurora_million_requests"]
        yield Use(
            "database",
            f"{servers} of {units:g} ACU, {gigabytes:g} GB",
            {"aurora_acu_hour": servers * units * HOURS, "aurora_gb_month": gigabytes},
        )
        yield Use("requests of its storage", f"{millions:g} million", {"aurora_million_requests": millions})
    elif database != "external":
        chosen, gigabytes = platform.capacity.database_class, platform.capacity.database_storage
        standby = "_standby" if platform.standby else ""
        yield Use(
            "database",
            f"{chosen}{' and a standby' if standby else ''}, {gigabytes} GB",
            {
                f"{_item(f'rds_{database}', chosen)}{standby}_hour": HOURS,
                f"rds_gp3{standby}_gb_month": gigabytes,
            },
        )


def _item(service: str, node: str) -> str:
    """``rds_postgres`` and ``db.t4g.micro``: ``rds_postgres_t4g_micro``."""
    return f"{service}_{'_'.join(node.split('.')[1:])}"
