"""What the price file lacks, and whether AWS still asks what it says.

    make prices                           how many regions each price is known and verified in
    make prices ARGS='compare REGION...'  each price beside AWS's own list; exit code 1 where they differ

`compare` asks AWS's Price List API, which costs nothing and needs credentials that may call
pricing:GetProducts.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import boto3
from laravel_ecs.prices import ITEMS
from laravel_ecs.regions import REGIONS

Ask = Callable[[str, Mapping[str, str]], list[str]]
"""An offer and what its products must have → those products, each as JSON."""


def coverage() -> Iterator[str]:
    """One line for each price."""
    for name, item in ITEMS.items():
        known, doubtful = len(item["regions"]), len(item["unverified"])
        yield f"{name:36} {known:2} regions, {doubtful:2} unverified, {len(REGIONS) - known:2} missing"


def compare(region: str, ask: Ask) -> Iterator[str]:
    """What differs in a region, a line each."""
    for name, item in ITEMS.items():
        ours, theirs = item["regions"].get(region), listed(item, region, ask)
        if not theirs and ours is not None:
            yield f"{region} {name}: AWS lists none; here {ours}"
        elif theirs and theirs != {ours}:
            yield f"{region} {name}: AWS asks {', '.join(map(str, sorted(theirs)))}; here {ours}"


def listed(item: Mapping[str, Any], region: str, ask: Ask) -> set[float]:
    """What AWS lists for one unit: the first step, where more of it costs less."""
    wanted = dict(item["usage"])
    # A region's code comes before it, EUC1-NatGateway-Hours, but TS-LoadBalancerUsage is something else.
    usage_type = re.compile(rf"((EU|[A-Z]+\d)-)?{re.escape(wanted.pop('usagetype'))}")
    return {
        float(Decimal(dimension["pricePerUnit"]["USD"]) * item.get("times", 1))
        for product in map(json.loads, ask(item["offer"], {"regionCode": region, **wanted}))
        if usage_type.fullmatch(product["product"]["attributes"]["usagetype"])
        for term in product["terms"]["OnDemand"].values()
        for dimension in term["priceDimensions"].values()
        if dimension.get("beginRange", "0") == "0" and float(dimension["pricePerUnit"]["USD"]) > 0
    }


def ask_aws(offer: str, attributes: Mapping[str, str]) -> list[str]:
    """Ask the Price List API, which is in few regions and knows all of them."""
    pages = boto3.client("pricing", region_name="us-east-1").get_paginator("get_products")
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in attributes.items()]
    return [text for page in pages.paginate(ServiceCode=offer, Filters=filters) for text in page["PriceList"]]


def main() -> int:
    """Report, or compare."""
    parser = argparse.ArgumentParser(
        prog="make prices",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", choices=["compare"])
    parser.add_argument("region", nargs="*", metavar="REGION")
    given = parser.parse_args()
    if given.command and not given.region:
        parser.error("compare which regions? For example: compare eu-west-1")
    for region in given.region:
        if region not in REGIONS:
            parser.error(f"no such region: {region}")
    if not given.command:
        print("\n".join(coverage()))
        return 0
    different = [line for region in given.region for line in compare(region, ask_aws)]
    print("\n".join(different) or "No price differs.")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
