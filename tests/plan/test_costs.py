"""The estimate, against arithmetic by hand and against what is rendered."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from laravel_ecs import prices
from laravel_ecs.choices import networks, sizes
from laravel_ecs.costs import Line
from laravel_ecs.plan import plan
from laravel_ecs.prices import ITEMS
from laravel_ecs.regions import REGIONS

from tests.prices import compare, coverage
from tests.rendered.matrix import matrix

from .answers import answers as some

HOURS = 730


def answers(**changes: object) -> dict[str, Any]:
    return some(schedule_capacity="on-demand", log_retention_days=30) | changes


@pytest.fixture
def round_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices to reckon with in one's head, the same everywhere; all verified."""
    usd = {
        "fargate_arm64_vcpu_hour": 0.04,
        "fargate_arm64_gb_hour": 0.004,
        "fargate_x86_64_vcpu_hour": 0.05,
        "fargate_x86_64_gb_hour": 0.005,
        "alb_hour": 0.02,
        "alb_lcu_hour": 0.01,
        "nat_hour": 0.05,
        "nat_gb": 0.05,
        "public_ipv4_hour": 0.005,
        "rds_postgres_t4g_micro_hour": 0.02,
        "rds_postgres_t4g_medium_standby_hour": 0.13,
        "rds_gp3_gb_month": 0.1,
        "rds_gp3_standby_gb_month": 0.2,
        "aurora_acu_hour": 0.12,
        "aurora_gb_month": 0.1,
        "aurora_million_requests": 0.2,
        "valkey_t4g_micro_hour": 0.01,
        "valkey_t4g_small_hour": 0.03,
        "logs_ingested_gb": 0.5,
        "logs_stored_gb_month": 0.03,
        "s3_gb_month": 0.02,
    }
    items = {
        item: {"regions": dict.fromkeys(REGIONS, usd[item]) if item in usd else {}, "unverified": []}
        for item in ITEMS
    }
    monkeypatch.setattr(prices, "ITEMS", items)


def lines(environment: str, **changes: object) -> dict[str, float]:
    estimate = plan(answers(**changes)).estimates[environment]
    return {line.title: round(line.usd or 0, 2) for line in estimate.lines}


@pytest.mark.usefixtures("round_prices")
def test_a_small_staging() -> None:
    assert lines("staging") == {
        "web": 8.76,  # (0.25 × 0.04 + 0.5 × 0.004) × 730
        "queue": 8.76,
        "schedule": 8.76,
        "load balancer": 15.70,  # (0.02 + 0.15 × 0.01) × 730
        "NAT gateway": 37.00,  # 0.05 × 730 + 10 GB × 0.05
        "public addresses": 10.95,  # two of the load balancer, one of NAT: 3 × 0.005 × 730
        "database": 16.60,  # 0.02 × 730 + 20 GB × 0.1
        "Valkey": 7.30,  # 0.01 × 730
        "logs": 0.50,
        "logs that are kept": 0.03,
        "files": 0.20,  # 10 GB × 0.02
    }


@pytest.mark.usefixtures("round_prices")
def test_a_medium_production() -> None:
    assert lines("production", network="private-ha", log_retention_days=90) == {
        "web": 35.04,  # 2 × (0.5 × 0.04 + 1 × 0.004) × 730
        "queue": 8.76,
        "schedule": 8.76,
        "load balancer": 15.70,
        "NAT gateway": 110.00,  # 3 × 0.05 × 730 + 10 GB × 0.05
        "public addresses": 21.90,  # three of the load balancer, three of NAT
        "database": 104.90,  # 0.13 × 730 + 50 GB × 0.2
        "Valkey": 87.60,  # 2 instances of 2 nodes × 0.03 × 730
        "logs": 0.50,
        "logs that are kept": 0.09,
        "files": 0.20,
    }


@pytest.mark.usefixtures("round_prices")
def test_a_public_one_on_aurora_whose_schedule_is_on_spot() -> None:
    changes = {"network": "public", "database": "aurora-postgres", "schedule_capacity": "spot"}
    staging, production = lines("staging", **changes), lines("production", **changes)
    assert "NAT gateway" not in staging
    assert staging["public addresses"] == 18.25  # two of the load balancer, one for each of three tasks
    assert production["public addresses"] == 25.55  # three, and two of web, one of queue, one of schedule
    assert staging["schedule"] == 2.80  # 0.32 × 8.76
    assert staging["database"] == 44.80  # 0.5 ACU × 730 × 0.12, 10 GB × 0.1
    assert production["database"] == 88.60  # 2 × 0.5 ACU × 730 × 0.12 + 1
    assert staging["requests of its storage"] == 2.00  # 10 million × 0.2


@pytest.mark.usefixtures("round_prices")
def test_a_worker_that_may_sleep_and_what_is_not_ours_cost_nothing() -> None:
    sleeps: dict[str, object] = {"sizing_overrides": {"staging": {"queue": {"min": 0}}}}
    assert lines("staging", network="public", **sleeps)["queue"] == 0
    assert lines("staging", network="public", **sleeps)["public addresses"] == 14.60  # one task less
    assert "database" not in lines("staging", database="external")
    existing = lines("staging", network="existing")
    assert "NAT gateway" not in existing
    assert existing["public addresses"] == 7.30  # the load balancer's two


@pytest.mark.usefixtures("round_prices")
def test_a_service_for_the_schedule_costs_what_a_task_each_minute_costs() -> None:
    def schedule(trigger: str) -> Line:
        estimate = plan(answers(schedule_trigger=trigger)).estimates["staging"]
        return next(line for line in estimate.lines if line.title == "schedule")

    assert schedule("service").usd == schedule("rule").usd
    assert schedule("service").count == "1 of 0.25 vCPU, 0.5 GB"
    assert schedule("rule").count == "one a minute, 0.25 vCPU, 0.5 GB"


@pytest.mark.usefixtures("round_prices")
def test_another_answer_saves_what_the_two_estimates_differ_by() -> None:
    now = answers(network="private-ha", cpu_architecture="x86_64")
    found = {(one.question, one.answer): round(one.saves, 2) for one in plan(now).alternatives}
    # NAT: 2 × 36.50 and 3 × 36.50, their data and addresses; then addresses for three and four tasks
    assert found["network", "public"] == round(5 * 36.5 + 2 * 0.5 + (5 - 7) * 3.65, 2)
    assert found["network", "private"] == 3 * 36.5 + 3 * 3.65  # one and two gateways and addresses less
    # 0.01 a vCPU and 0.001 a GB, of 3 × 0.25 and of 2 × 0.5 + 2 × 0.25 vCPU, twice as many GB
    assert found["cpu_architecture", "arm64"] == round((0.75 + 1.5) * (0.01 + 2 * 0.001) * 730, 2)
    assert ("size_staging", "small") not in found
    assert ("size_production", "small") not in found  # no price of a micro with a standby
    assert list(found.values()) == sorted(found.values(), reverse=True)


@pytest.mark.usefixtures("round_prices")
def test_a_price_that_is_not_known_is_no_price_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    del prices.ITEMS["valkey_t4g_micro_hour"]["regions"]["us-east-1"]
    prices.ITEMS["alb_hour"]["unverified"].append("us-east-1")
    estimate = plan(answers()).estimates["staging"]
    assert estimate.missing == ("Valkey",)
    assert re.fullmatch(r"at least \$\d+, without Valkey", estimate.shown)
    assert plan(answers()).together == ""
    shown = {line.title: line.shown for line in estimate.lines}
    assert (shown["Valkey"], shown["load balancer"], shown["queue"]) == ("?", "15.70 *", "8.76")
    for item in ("alb_hour", "nat_hour", "s3_gb_month"):
        del prices.ITEMS[item]["regions"]["us-east-1"]
    assert plan(answers()).estimates["staging"].shown == "not known"
    assert "size_production" not in {one.question for one in plan(answers()).alternatives}  # other Valkeys
    # An x86 of which no price is known: nobody says what ARM would save.
    x86 = answers(cpu_architecture="x86_64")
    assert "cpu_architecture" in {one.question for one in plan(x86).alternatives}
    monkeypatch.delitem(prices.ITEMS["fargate_x86_64_gb_hour"]["regions"], "us-east-1")
    assert "cpu_architecture" not in {one.question for one in plan(x86).alternatives}


def test_every_answer_finds_its_prices_in_the_file() -> None:
    for row in matrix(2):
        given = answers(**row | {"aws_region": "us-east-1"})
        for estimate in plan(given).estimates.values():
            assert estimate.total > 0
            assert not estimate.missing


@pytest.mark.parametrize("region", REGIONS)
def test_choices_with_their_prices_fit_the_screen(region: str) -> None:
    for label in (*sizes(region), *networks(region)):
        assert len(label) + len(" > ") <= 80, label


@pytest.mark.usefixtures("round_prices")
def test_choices_show_what_they_cost() -> None:
    assert sizes("us-east-1") == {
        "small     $26  1 to 2 web tasks of 0.25 vCPU, 0.5 GB (try-outs, staging)": "small",
        "medium    $53  2 to 6 web tasks of 0.5 vCPU, 1 GB (a usual production)": "medium",
        "large    $114  2 to 12 web tasks of 1 vCPU, 2 GB (a busy site)": "large",
    }
    assert next(iter(networks("us-east-1").items())) == ("Private, one NAT gateway ($37)", "private")


# ── The file ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ITEMS)
def test_every_price_is_of_a_region_and_more_than_nothing(name: str) -> None:
    item = ITEMS[name]
    assert set(item) == {"unit", "offer", "usage", "unverified", "regions"} | ({"times"} & set(item))
    assert list(item["regions"]) == [region for region in REGIONS if region in item["regions"]]
    assert set(item["unverified"]) <= set(item["regions"])
    assert all(price > 0 for price in item["regions"].values())


def test_a_standby_costs_twice_as_much() -> None:
    for name in (name for name in ITEMS if "_standby" in name):
        alone = ITEMS[name.replace("_standby", "")]["regions"]
        for region in ITEMS[name]["regions"].keys() & alone.keys():
            assert ITEMS[name]["regions"][region] == pytest.approx(2 * alone[region], rel=0.04), (
                name,
                region,
            )


def test_the_report_has_a_line_for_each() -> None:
    assert len(list(coverage())) == len(ITEMS)


def test_a_price_that_aws_has_changed_is_found() -> None:
    """On an answer in the form that the Price List API documents."""

    def product(usage_type: str, *dollars: str) -> str:
        dimensions = {
            str(step): {"beginRange": str(step * 100), "unit": "Hrs", "pricePerUnit": {"USD": price}}
            for step, price in enumerate(dollars)
        }
        attributes = {"usagetype": usage_type, "regionCode": "us-east-1"}
        return json.dumps(
            {
                "product": {"attributes": attributes},
                "terms": {"OnDemand": {"T": {"priceDimensions": dimensions}}},
            }
        )

    def ask(offer: str, attributes: Mapping[str, str]) -> list[str]:
        assert attributes["regionCode"] == "us-east-1"
        if offer != "AmazonEC2":
            return []
        return [
            product("NatGateway-Hours", "0.0990000000", "0.01"),
            product("RegionalNatGateway-Hours", "0.2"),
            product("USE1-NatGateway-Bytes", "0.0450000000"),
        ]

    found = list(compare("us-east-1", ask))
    assert "us-east-1 nat_hour: AWS asks 0.099; here 0.045" in found
    assert not any("nat_gb" in line for line in found)
    assert "us-east-1 alb_hour: AWS lists none; here 0.0225" in found
    assert "None" not in "".join(found)
