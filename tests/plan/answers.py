"""Answers for the plan, complete as Copier hands them over."""

from __future__ import annotations

from itertools import chain, combinations
from typing import Any

ENVIRONMENTS = ("development", "staging", "production")

SUBSETS = tuple(chain.from_iterable(combinations(ENVIRONMENTS, number) for number in (1, 2, 3)))
"""Every choice of environments."""

LONGEST_SLUG = "abcdefghijklmnopqrst"

DEFAULTS: dict[str, Any] = {
    "project_slug": "shop",
    "aws_region": "us-east-1",
    "environments": ["staging", "production"],
    "size_development": "small",
    "size_staging": "small",
    "size_production": "medium",
    "database": "postgres",
    "domain_name": "shop.example.com",
    "php_version": "8.4",
    "cpu_architecture": "arm64",
    "network": "private",
    "schedule_trigger": "rule",
    "queue_timeout": 90,
    "queue_tries": 3,
    "queue_sleep": 3,
    "sizing_overrides": {},
}


def answers(**changes: object) -> dict[str, Any]:
    """The defaults, but for these."""
    return DEFAULTS | changes
