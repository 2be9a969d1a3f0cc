"""What an environment costs in a month, line by line: prices by quantities, and nothing else.

Tasks are counted at their fewest, because how often there are more, nobody knows; what grows with use
is counted as ``usage.toml`` says. Not in it: taxes, support, traffic to the internet (100 GB a month are
free), backups beyond the size of the database, alarms and metrics.
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

Quantities = dict[str, float]
"""Item of ``prices.toml`` → how many units of it in a month."""


@dataclass(frozen=True)
class Use:
    """What costs something, before it has a price.

    Attributes:
        title: ``Load balancer``.
        count: What is counted, in words: ``1, all the month``.
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
        verified: Whether more than one source gives each of its prices.
    """

    title: str
    count: str
    usd: float | None
    verified: bool

    @property
    def shown(self) -> str:
        """``23``, ``23 *`` where a price is not verified, ``?`` where one is missing."""
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
        """The lines that have none."""
        return tuple(line.title for line in self.lines if line.usd is None)

    @property
    def verified(self) -> bool:
        """Whether more than one source gives every price."""
        return all(line.verified for line in self.lines)

    @property
    def shown(self) -> str:
        """The total in words: ``$123``, ``$123 and more`` where a price is missing."""
        return dollars(self.total) + (" and more" if self.missing else "")


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


def tasks(workloads: Iterable[Workload], architecture: str, capacity: str = "on-demand") -> Iterator[Use]:
    """The containers: services at their fewest tasks, and a run of the schedule each minute.

    Fargate bills a task from the pull of its image to its end, for a minute at least: the schedule's, one
    after the other, cost what one that always runs costs. Migrations cost cents.
    """
    for workload in workloads:
        if workload.name == "migrate":
            continue
        share = USAGE["spot_share"] if workload.name == "schedule" and capacity == "spot" else 1
        number = 1 if workload.min is None else workload.min
        count = f"{number} of {workload.size}" if workload.is_service else f"one a minute, {workload.size}"
        hours = number * HOURS * share
        yield Use(
            workload.name,
            count,
            {
                f"fargate_{architecture}_vcpu_hour": workload.cpu / 1024 * hours,
                f"fargate_{architecture}_gb_hour": workload.memory / 1024 * hours,
            },
        )


def services(environment: Environment, answers: Mapping[str, Any]) -> Iterator[Use]:
    """What AWS runs around the containers."""
    platform, zones = environment.platform, environment.network.zones
    nat = {"private": 1, "private-ha": zones}.get(answers["network"], 0)
    yield Use("load balancer", "1, and one capacity unit", _load_balancer())
    if nat:
        yield nat_gateways(nat)
    exposed = sum(workload.min or 1 for workload in environment.workloads if workload.name != "migrate")
    addresses = zones + nat + (exposed if answers["network"] == "public" else 0)
    yield Use("public addresses", str(addresses), {"public_ipv4_hour": addresses * HOURS})
    if answers["database"] != "external":
        yield _database(environment, answers["database"])
    nodes = platform.capacity.valkey_instances * platform.servers
    valkey = platform.capacity.valkey_class
    yield Use("Valkey", f"{nodes} {valkey}", {f"{_item('valkey', valkey)}_hour": nodes * HOURS})
    yield Use(
        "logs",
        f"{USAGE['logs_gb']:g} GB, kept for {answers['log_retention_days']} days",
        {
            "logs_ingested_gb": USAGE["logs_gb"],
            "logs_stored_gb_month": USAGE["logs_gb"] * answers["log_retention_days"] / 30,
        },
    )
    yield Use("files", f"{USAGE['files_gb']:g} GB in S3", {"s3_gb_month": USAGE["files_gb"]})


def nat_gateways(number: int) -> Use:
    """The way out of private subnets. Image layers do not take it: S3 has an endpoint of its own."""
    gigabytes = USAGE["nat_gb"]
    return Use(
        "NAT gateway",
        f"{number}, and {gigabytes:g} GB through it",
        {"nat_hour": number * HOURS, "nat_gb": gigabytes},
    )


def _load_balancer() -> Quantities:
    return {"alb_hour": HOURS, "alb_lcu_hour": USAGE["load_balancer_units"] * HOURS}


def _database(environment: Environment, database: str) -> Use:
    platform = environment.platform
    if database.startswith("aurora"):
        units = platform.min_acu * platform.servers or 0.5 * USAGE["aurora_awake"]
        count = f"{platform.servers} of {platform.min_acu:g} ACU" if platform.min_acu else "mostly asleep"
        return Use(
            "database",
            f"{count}, {USAGE['aurora_gb']:g} GB",
            {
                "aurora_acu_hour": units * HOURS,
                "aurora_gb_month": USAGE["aurora_gb"],
                "aurora_million_requests": USAGE["aurora_requests"],
            },
        )
    chosen, storage = platform.capacity.database_class, platform.capacity.database_storage
    standby = "_standby" if platform.standby else ""
    return Use(
        "database",
        f"{chosen}{' and a standby' if standby else ''}, {storage} GB",
        {
            f"{_item(f'rds_{database}', chosen)}{standby}_hour": HOURS,
            f"rds_gp3{standby}_gb_month": storage,
        },
    )


def _item(service: str, node: str) -> str:
    """``rds_postgres`` and ``db.t4g.micro``: ``rds_postgres_t4g_micro``."""
    return f"{service}_{'_'.join(node.split('.')[1:])}"
