"""The plan: what the answers mean. Templates read it and decide nothing themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from . import costs, overrides
from .names import ENVIRONMENTS
from .network import Network, network
from .picture import Picture, picture
from .regions import REGIONS, VALKEY_MICRO, Region
from .sizes import SIZES, Capacity, Workload

DEBIAN_PHP = "8.4"
"""The PHP of Debian 13; others come from the Debian PHP maintainer's own repository."""

STOP_MARGIN = 10
"""Seconds between the end of the longest job and the end of ECS's patience."""


@dataclass(frozen=True)
class Database:
    """The database as the application sees it.

    Attributes:
        title: ``PostgreSQL on RDS``.
        engine: What speaks the protocol: ``mysql`` or ``postgres``.
        connection: Laravel's name for it (``DB_CONNECTION``).
        drivers: The PHP extensions the image needs, as Debian calls them.
        image: What stands in for it on a laptop.
        port: TCP port.
    """

    title: str
    engine: Literal["mysql", "postgres"]
    connection: str
    drivers: tuple[str, ...]
    image: str
    port: int


@dataclass(frozen=True)
class Queue:
    """A worker's times, in seconds. A stop waits longer than the longest job takes.

    When a job counts as lost (``retry_after``) is decided where it is used, in the rendered
    ``app/Ecs/ContainerConfiguration.php``, from the timeout that holds there.
    """

    timeout: int
    tries: int
    sleep: int
    stop_timeout: int


@dataclass(frozen=True)
class Platform:
    """The managed services of one environment.

    Attributes:
        capacity: What its size says: classes, storage, Valkey.
        standby: Whether database and Valkey have a second server in another zone.
        backup_days: How long RDS keeps a day's backup.
        protected: Whether database and load balancer refuse to be deleted.
        min_acu: Aurora's smallest capacity; 0 lets it sleep when nobody asks.
    """

    capacity: Capacity
    standby: bool
    backup_days: int
    protected: bool
    min_acu: float

    @property
    def servers(self) -> int:
        """How many servers database and Valkey have each: one more with a standby."""
        return 2 if self.standby else 1


@dataclass(frozen=True)
class Environment:
    """One environment: what runs in it, how large, under which name.

    Attributes:
        name: ``production``.
        full_name: ``shop-production``; every AWS name begins with it.
        size: ``medium``.
        domain: Its host name; empty when the project has none.
        addresses: The addresses of its network, in words.
        zones: How many availability zones it spans, in words.
        network: The network as it is made, unless the answer is an existing one.
        platform: The managed services.
        workloads: web, queue, schedule, migrate.
    """

    name: str
    full_name: str
    size: str
    domain: str
    addresses: str
    zones: str
    network: Network
    platform: Platform
    workloads: tuple[Workload, ...]


@dataclass(frozen=True)
class Plan:
    """Everything that follows from the answers.

    Attributes:
        hosted_zone: The zone in Route 53 that most likely holds the domain; a manifest can name another.
        php_packages: Debian packages of the image, sorted.
        php_repository: Whether this PHP comes from the maintainer's repository, not from Debian.
        platform: Docker's name for the CPU architecture.
        schedule: What starts the scheduler each minute, in words.
        answers: What all of it follows from.
    """

    region: Region
    environments: tuple[Environment, ...]
    database: Database
    queue: Queue
    php_packages: tuple[str, ...]
    php_repository: bool
    platform: str
    schedule: str
    hosted_zone: str
    answers: Mapping[str, Any]

    @cached_property
    def estimates(self) -> dict[str, costs.Estimate]:
        """Environment → what it costs in a month."""
        return {one.name: self._estimate(one) for one in self.environments}

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """What other answers would save in all environments together, each by itself, the largest first."""
        found = []
        for words, question, answer in _cheaper(self.answers):
            other = plan({**self.answers, question: answer})
            if other._missing == self._missing:  # else a price that we do not know would look like none
                found.append(Alternative(words, question, answer, self._total - other._total))
        return tuple(sorted((one for one in found if one.saves >= 1), key=lambda one: -one.saves))

    @cached_property
    def pictures(self) -> dict[str, Picture]:
        """Environment → the words of its diagram."""
        return {one.name: picture(one, self.answers) for one in self.environments}

    @property
    def made(self) -> str:
        """What `bin/ecs platform` makes, in words."""
        own = {
            "network": self.answers["network"] == "existing",
            "database": self.answers["database"] == "external",
        }
        made = [what for what in ("network", "load balancer", "database", "Valkey") if not own.get(what)]
        return f"{', '.join(made)} and bucket"

    @property
    def standby(self) -> bool:
        """Whether any environment has a second server for database and Valkey."""
        return any(one.platform.standby for one in self.environments)

    @property
    def open(self) -> tuple[tuple[str, str], ...]:
        """What is still to be answered or set, and what it is like until then."""
        first = self.environments[0].name
        found = [(name, why) for name, why in OPEN.items() if not self.answers[name]]
        if self.hosted_zone:
            found += [
                ("DNS", f"{self.hosted_zone} has to be a zone in Route 53"),
                ("", "before bin/ecs platform"),
            ]
        if self.region.opt_in:
            found += [("region", f"enable {self.region.code} in the console: Account, AWS Regions")]
        if self.answers["network"] == "existing":
            found += [("network", "ids of yours, as parameters: bin/ecs platform says which")]
        if self.answers["database"] == "external":
            found += [("database", "address of yours, as parameters: bin/ecs platform says which")]
            found += [("", "it has to let the tasks in, before bin/ecs deploy")]
        return (*found, ("secrets", f"of your own, as they come: bin/ecs secret {first} set NAME"))

    @property
    def together(self) -> str:
        """What all environments cost in a month, in words; empty where a price is missing."""
        return "" if self._missing else costs.dollars(self._total)

    @property
    def _total(self) -> float:
        return sum(estimate.total for estimate in self.estimates.values())

    @property
    def _missing(self) -> list[tuple[str, str]]:
        lines = (line for estimate in self.estimates.values() for line in estimate.lines)
        return [(line.title, line.count) for line in lines if line.usd is None]

    def _estimate(self, environment: Environment) -> costs.Estimate:
        answers = self.answers
        containers = costs.containers(
            environment.workloads,
            answers["cpu_architecture"],
            answers["schedule_trigger"],
            answers["schedule_capacity"],
        )
        return costs.estimate([*containers, *costs.surroundings(environment, answers)], self.region.code)


@dataclass(frozen=True)
class Alternative:
    """Another answer, and how many US dollars a month it would save."""

    words: str
    question: str
    answer: str
    saves: float

    @property
    def shown(self) -> str:
        """``$33``."""
        return costs.dollars(self.saves)


def _cheaper(answers: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What another answer means, the question, the answer: of those that may cost less."""
    for name in answers["environments"]:
        smaller = list(SIZES)[: list(SIZES).index(answers[f"size_{name}"])]
        if smaller:
            yield f"the next smaller size of {name}", f"size_{name}", smaller[-1]
    yield "tasks with public addresses, and no NAT gateway", "network", "public"
    yield "one NAT gateway for all zones", "network", "private"
    yield "ARM instead of x86", "cpu_architecture", "arm64"
    yield "Spot for the schedule", "schedule_capacity", "spot"
    if answers["database"].startswith("aurora-"):
        yield "RDS instead of Aurora", "database", answers["database"].removeprefix("aurora-")


def _mysql(title: str) -> Database:
    return Database(title, "mysql", "mysql", ("mysql",), "mysql:8.4", 3306)


def _postgres(title: str) -> Database:
    return Database(title, "postgres", "pgsql", ("pgsql",), "postgres:17-alpine", 5432)


DATABASES: dict[str, Database] = {
    "mysql": _mysql("MySQL on RDS"),
    "postgres": _postgres("PostgreSQL on RDS"),
    "aurora-mysql": _mysql("MySQL on Aurora Serverless"),
    "aurora-postgres": _postgres("PostgreSQL on Aurora Serverless"),
    # Somebody else's server may be either, so the image speaks both.
    "external": replace(_postgres("a database of your own"), drivers=("mysql", "pgsql")),
}

# Without opcache: PHP's packages bring it along, and from 8.5 on it is no package any more.
PHP_PACKAGES = ("bcmath", "cli", "curl", "fpm", "intl", "mbstring", "redis", "xml", "zip")
SCHEDULES = {
    "rule": "An EventBridge rule starts a task each minute",
    "scheduler": "EventBridge Scheduler starts a task each minute",
    "service": "A task that always runs starts it each minute",
}
OPEN = {
    "domain_name": "until then HTTP only, which is not for production",
    "repository": "until then no pipeline may deploy",
    "alarm_email": "until then alarms reach nobody",
}
"""Questions that may stay empty → what follows."""

PLATFORMS = {"arm64": "linux/arm64", "x86_64": "linux/amd64"}


def _platform(name: str, size: str, region: Region) -> Platform:
    """Production outlives the loss of a zone, and of an afternoon; the others are cheap to lose."""
    production = name == "production"
    capacity = SIZES[size].capacity
    if capacity.valkey_class == VALKEY_MICRO:
        capacity = replace(capacity, valkey_class=region.valkey_micro)
    return Platform(
        capacity=capacity,
        standby=production,
        backup_days=14 if production else 7,
        protected=production,
        min_acu=0.5 if production else 0,
    )


BELOW_A_COUNTRY = re.compile(r"\.((ac|co|com|edu|go|gov|ne|net|or|org)\.[a-z]{2}|(ltd|me|plc)\.uk)$")
"""Where countries sell names one label deeper: ``co.uk``, ``com.au``, ``or.jp``. Not all, but most."""


def _hosted_zone(domain: str) -> str:
    """``shop.example.com`` is most likely a name in ``example.com``, and ``example.com`` its own zone.

    So it is with ``shop.example.co.uk`` and ``example.co.uk``. What is sold where, only a list of all
    registries knows: the summary shows the zone, and ``bin/ecs platform`` says where to correct it.
    """
    dots = 2 if BELOW_A_COUNTRY.search(domain) else 1
    return domain.partition(".")[2] if domain.count(".") > dots else domain


def _environment(name: str, answers: Mapping[str, Any], region: Region) -> Environment:
    size = answers[f"size_{name}"]
    domain = answers["domain_name"]
    if domain and name != "production":
        domain = f"{name}.{domain}"
    made = network(name, region)
    own = answers["network"] == "existing"
    return Environment(
        name=name,
        full_name=f"{answers['project_slug']}-{name}",
        size=size,
        domain=domain,
        addresses="your own VPC's" if own else made.cidr,
        zones="your own VPC's" if own else str(made.zones),
        network=made,
        platform=_platform(name, size, region),
        workloads=overrides.apply(answers["sizing_overrides"], name, SIZES[size].workloads),
    )


def plan(answers: Mapping[str, Any]) -> Plan:
    """Derive the plan.

    Args:
        answers: Every answer of ``copier.yml`` by its name, already validated.

    Raises:
        KeyError: An answer is missing or unknown, which the questions do not allow.
        OverrideError: ``sizing_overrides`` cannot work, which its validator does not allow.
    """
    region = REGIONS[answers["aws_region"]]
    database = DATABASES[answers["database"]]
    php, timeout = answers["php_version"], answers["queue_timeout"]
    return Plan(
        region=region,
        environments=tuple(
            _environment(name, answers, region) for name in ENVIRONMENTS if name in answers["environments"]
        ),
        database=database,
        queue=Queue(
            timeout=timeout,
            tries=answers["queue_tries"],
            sleep=answers["queue_sleep"],
            stop_timeout=timeout + STOP_MARGIN,
        ),
        php_packages=tuple(f"php{php}-{name}" for name in sorted(PHP_PACKAGES + database.drivers)),
        php_repository=php != DEBIAN_PHP,
        platform=PLATFORMS[answers["cpu_architecture"]],
        schedule=SCHEDULES[answers["schedule_trigger"]],
        hosted_zone=_hosted_zone(answers["domain_name"]),
        answers=answers,
    )
