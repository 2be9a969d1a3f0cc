"""Choices that show their price in the region that was chosen: what a question shows → what it records."""

from __future__ import annotations

from collections.abc import Iterable

from . import costs
from .sizes import SIZES, Size

ASSUMED = "arm64"
"""The processor is asked later, and this is its default."""


def sizes(region: str) -> dict[str, str]:
    """Sizes with the price of their containers: ``small     $23  1 to 2 web tasks of … (try-outs)``."""
    return {
        _size(size, _price(costs.containers(size.workloads.values(), ASSUMED), region)): name
        for name, size in SIZES.items()
    }


def _size(size: Size, price: str) -> str:
    web = size.workloads["web"]
    return f"{size.name:<7} {price or '?':>5}  {web.tasks} web tasks of {web.size} ({size.about})"


def networks(region: str) -> dict[str, str]:
    """Networks with the price of their NAT gateways, for each environment."""
    price = _price([costs.nat_gateways(1)], region)
    one, each = (f" ({price})", f" ({price} each)") if price else ("", "")
    return {
        f"Private, one NAT gateway{one}": "private",
        f"Private, one NAT gateway per zone{each}": "private-ha",
        "Public, no NAT gateway": "public",
        "Existing VPC": "existing",
    }


def _price(uses: Iterable[costs.Use], region: str) -> str:
    """What it costs in a month, or nothing where that is not known."""
    estimate = costs.estimate(uses, region)
    return "" if estimate.missing else estimate.shown
