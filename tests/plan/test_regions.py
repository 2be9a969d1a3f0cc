"""Every region, every choice of environments: sizes, names and addresses that AWS takes."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations

import pytest
from laravel_ecs.fargate import MEMORY
from laravel_ecs.plan import Environment, Plan, plan
from laravel_ecs.regions import CHOICES, REGIONS

from .answers import LONGEST_SLUG, SUBSETS, answers

COMMERCIAL = """
    af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2
    ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
    ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2
    eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1
    us-west-2
"""
"""The regions of the partition ``aws``, as botocore's endpoint data lists them."""

NAMES = {
    "load balancer": ("{name}", 32),
    "target group": ("{name}", 32),
    "ElastiCache replication group": ("{name}-queue", 40),
    "RDS instance": ("{name}-database", 63),
    "S3 bucket": ("{name}-{account}-{region}", 63),
    "IAM role": ("{name}-{region}-schedule-task", 64),
    "log group": ("/ecs/{name}/schedule", 512),
    "SSM parameter": ("/{slug}/{environment}/platform/private_subnet_ids", 1011),
}
"""What is made of an environment's name, in its longest form, and how long AWS lets it be."""


@pytest.fixture(scope="module", params=REGIONS)
def deployments(request: pytest.FixtureRequest) -> list[Plan]:
    """The plans of a region: one for every choice of environments, with the longest slug."""
    return [
        plan(answers(aws_region=request.param, environments=list(chosen), project_slug=LONGEST_SLUG))
        for chosen in SUBSETS
    ]


@pytest.fixture
def environments(deployments: list[Plan]) -> list[Environment]:
    """Every environment of every plan of a region."""
    return [environment for deployment in deployments for environment in deployment.environments]


def subnets(environment: Environment) -> Iterator[IPv4Network]:
    network = environment.network
    return map(IPv4Network, network.public + network.private + network.data)


def test_the_regions_are_the_commercial_ones() -> None:
    assert sorted(REGIONS) == sorted(COMMERCIAL.split())


def test_every_region_is_offered_with_its_place() -> None:
    assert list(CHOICES.values()) == list(REGIONS)
    assert CHOICES["               eu-central-1    Frankfurt, Germany"] == "eu-central-1"


def test_regions_stand_in_groups_each_with_its_area_once() -> None:
    areas = [area for shown in CHOICES if (area := shown[:14].strip())]
    assert areas == ["North America", "South America", "Europe", "Middle East", "Africa", "Asia Pacific"]
    assert CHOICES["Europe         eu-west-1       Dublin, Ireland"] == "eu-west-1"


def test_environments_come_in_the_order_of_a_release(deployments: list[Plan]) -> None:
    made = [tuple(environment.name for environment in deployment.environments) for deployment in deployments]
    assert made == list(SUBSETS)


def test_every_workload_has_a_pair_that_fargate_sells(environments: list[Environment]) -> None:
    for environment in environments:
        names = [workload.name for workload in environment.workloads]
        assert names == ["web", "queue", "schedule", "migrate"]
        assert all(workload.memory in MEMORY[workload.cpu] for workload in environment.workloads)


def test_services_scale_and_tasks_do_not(environments: list[Environment]) -> None:
    for environment in environments:
        web, queue, schedule, migrate = environment.workloads
        for service in (web, queue):
            assert service.min is not None
            assert service.max is not None
            assert 1 <= service.min <= service.max
        assert {schedule.min, schedule.max, migrate.min, migrate.max} == {None}


def test_names_keep_the_limits_of_aws(deployments: list[Plan]) -> None:
    for deployment in deployments:
        for environment in deployment.environments:
            for what, (form, limit) in NAMES.items():
                name = form.format(
                    name=environment.full_name,
                    slug=LONGEST_SLUG,
                    environment=environment.name,
                    region=deployment.region.code,
                    account="123456789012",
                )
                assert len(name) <= limit, f"{what} {name}"


def test_two_or_three_zones_and_all_of_them_with_fargate(deployments: list[Plan]) -> None:
    for deployment in deployments:
        for environment in deployment.environments:
            network = environment.network
            wanted = 3 if environment.name == "production" else 2
            assert network.zones == min(wanted, deployment.region.fargate_zones)
            assert 2 <= network.zones <= deployment.region.fargate_zones <= deployment.region.zones
            assert len(network.public) == len(network.private) == len(network.data) == network.zones


def test_no_two_subnets_overlap_and_all_lie_in_their_own_vpc(environments: list[Environment]) -> None:
    for environment in environments:
        vpc = IPv4Network(environment.network.cidr)
        assert vpc.is_private
        assert all(subnet.subnet_of(vpc) for subnet in subnets(environment))
        assert not [pair for pair in combinations(subnets(environment), 2) if pair[0].overlaps(pair[1])]


def test_no_two_environments_overlap(deployments: list[Plan]) -> None:
    for deployment in deployments:
        vpcs = [IPv4Network(environment.network.cidr) for environment in deployment.environments]
        assert not [pair for pair in combinations(vpcs, 2) if pair[0].overlaps(pair[1])]


def test_an_environment_keeps_its_addresses_whatever_stands_beside_it() -> None:
    found = {
        (environment.name, environment.network)
        for subset in SUBSETS
        for environment in plan(answers(environments=list(subset))).environments
    }
    assert len(found) == 3
