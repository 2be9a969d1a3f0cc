"""What AWS asks, in US dollars (data: ``prices.toml``)."""

from __future__ import annotations

from typing import Any

from .data import load

_FILE = load("prices")

CHECKED: str = _FILE["checked"]
"""When somebody last compared the file with its sources."""

ITEMS: dict[str, dict[str, Any]] = _FILE["items"]
"""Each price by its name, as the head of the file explains."""


def price(item: str, region: str) -> float | None:
    """The list price of one unit of something in a region; None where we know of none.

    Args:
        item: A table of ``prices.toml``, ``nat_hour``; its ``unit`` says what it counts.
        region: ``eu-central-1``.

    Raises:
        KeyError: No such item.
    """
    prices: dict[str, float] = ITEMS[item]["regions"]
    return prices.get(region)


def is_verified(item: str, region: str) -> bool:
    """Whether AWS's own list, or more than one other source, gives this price."""
    return region not in ITEMS[item]["unverified"]
