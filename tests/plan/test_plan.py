"""What follows from single answers."""

from __future__ import annotations

import pytest
from laravel_ecs.plan import plan
from laravel_ecs.sizes import SIZES

from .answers import answers


def test_domains_other_than_productions_begin_with_their_environment() -> None:
    chosen = ["development", "staging", "production"]
    environments = plan(answers(environments=chosen, domain_name="shop.example.com")).environments
    assert [environment.domain for environment in environments] == [
        "development.shop.example.com",
        "staging.shop.example.com",
        "shop.example.com",
    ]


@pytest.mark.parametrize(
    ("domain", "zone"),
    [
        ("shop.example.com", "example.com"),
        ("example.com", "example.com"),
        ("shop.example.co.uk", "example.co.uk"),
        ("example.co.uk", "example.co.uk"),
        ("example.com.au", "example.com.au"),
        ("shop.me.uk", "shop.me.uk"),
        ("co.uk", "co.uk"),
        ("a.b.example.com", "b.example.com"),
        ("", ""),
    ],
)
def test_the_zone_is_the_name_that_was_bought(domain: str, zone: str) -> None:
    assert plan(answers(domain_name=domain)).hosted_zone == zone


def test_open_is_what_the_answers_leave_to_be_done() -> None:
    settled = {"repository": "acme/shop", "alarm_email": "oncall@example.com"}
    told = plan(answers(**settled, domain_name="shop.example.com", aws_region="eu-south-1")).open
    assert [what for what, _ in told] == ["DNS", "", "region", "secrets"]
    assert "eu-south-1" in dict(told)["region"]
    own = plan(answers(**settled, domain_name="", network="existing", database="external")).open
    assert [what for what, _ in own] == ["domain_name", "network", "database", "", "secrets"]


def test_without_a_domain_no_environment_has_one() -> None:
    assert {environment.domain for environment in plan(answers(domain_name="")).environments} == {""}


@pytest.mark.parametrize("timeout", [1, 90, 110])
def test_a_job_ends_before_ecs_loses_patience(timeout: int) -> None:
    queue = plan(answers(queue_timeout=timeout)).queue
    assert timeout == queue.timeout < queue.stop_timeout <= 120


@pytest.mark.parametrize(
    ("database", "engine", "connection", "drivers", "port"),
    [
        ("mysql", "mysql", "mysql", {"mysql"}, 3306),
        ("aurora-mysql", "mysql", "mysql", {"mysql"}, 3306),
        ("postgres", "postgres", "pgsql", {"pgsql"}, 5432),
        ("aurora-postgres", "postgres", "pgsql", {"pgsql"}, 5432),
        ("external", "postgres", "pgsql", {"mysql", "pgsql"}, 5432),
    ],
)
def test_the_database_decides_connection_drivers_and_port(
    database: str, engine: str, connection: str, drivers: set[str], port: int
) -> None:
    made = plan(answers(database=database))
    assert (made.database.engine, made.database.connection, made.database.port) == (engine, connection, port)
    assert {f"php8.4-{driver}" for driver in drivers} <= set(made.php_packages)
    others = {"mysql", "pgsql"} - drivers
    assert not {f"php8.4-{driver}" for driver in others} & set(made.php_packages)


@pytest.mark.parametrize(("version", "elsewhere"), [("8.3", True), ("8.4", False), ("8.5", True)])
def test_only_debians_own_php_needs_no_other_repository(version: str, elsewhere: bool) -> None:
    made = plan(answers(php_version=version))
    assert made.php_repository is elsewhere
    assert all(package.startswith(f"php{version}-") for package in made.php_packages)
    assert list(made.php_packages) == sorted(made.php_packages)


@pytest.mark.parametrize(("answer", "platform"), [("arm64", "linux/arm64"), ("x86_64", "linux/amd64")])
def test_the_processor_decides_dockers_platform(answer: str, platform: str) -> None:
    assert plan(answers(cpu_architecture=answer)).platform == platform


@pytest.mark.parametrize("trigger", ["rule", "scheduler", "service"])
def test_the_guide_tells_what_starts_the_schedule(trigger: str) -> None:
    assert plan(answers(schedule_trigger=trigger)).schedule.endswith("each minute")


def test_a_network_of_ones_own_is_not_given_our_addresses() -> None:
    ours, theirs = (plan(answers(network=network)).environments[0] for network in ("private", "existing"))
    assert ours.addresses == ours.network.cidr
    assert theirs.addresses == "your own VPC's"


def test_each_environment_has_the_size_that_was_chosen_for_it() -> None:
    made = plan(
        answers(
            environments=["development", "staging", "production"],
            size_development="large",
            size_staging="medium",
            size_production="small",
        )
    )
    for environment, size in zip(made.environments, ("large", "medium", "small"), strict=True):
        assert environment.size == size
        assert environment.workloads == tuple(SIZES[size].workloads.values())


def test_the_plan_cannot_be_changed() -> None:
    made = plan(answers())
    with pytest.raises(AttributeError, match="cannot assign to field"):
        made.platform = "other"  # type: ignore[misc]
