"""Which answers are rendered: each at least once, and every pair of those that may meet in a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, cycle, product
from typing import Any

from laravel_ecs.regions import REGIONS

Answers = dict[str, Any]

PAIRED: Mapping[str, Sequence[Any]] = {
    "project_name": ["Shop", "Müller & Söhne's Läden #1", "a" * 60],
    "environments": [["production"], ["staging", "production"], ["development", "staging", "production"]],
    "size_development": ["small", "medium", "large"],
    "size_staging": ["small", "medium", "large"],
    "size_production": ["small", "medium", "large"],
    "database": ["mysql", "postgres", "aurora-mysql", "aurora-postgres", "external"],
    "domain_name": ["", "shop.example.com"],
    "repository": ["", "acme/shop"],
    "project_slug": ["ab", "shop", "abcdefghijklmnopqrst"],
    "ci": ["github", "gitlab", "none"],
    "php_version": ["8.3", "8.4", "8.5"],
    "cpu_architecture": ["arm64", "x86_64"],
    "network": ["public", "private", "private-ha", "existing"],
    "schedule_trigger": ["rule", "scheduler", "service"],
    "schedule_capacity": ["on-demand", "spot"],
    "queue_timeout": [1, 90, 110],
    "queue_tries": [1, 3, 100],
    "queue_sleep": [1, 3, 60],
    "log_format": ["json", "line"],
    "log_retention_days": [1, 30, 3653],
    "alarm_email": ["", "oncall@example.com"],
    "sizing_overrides": [{}, {"production": {"web": {"cpu": 1024, "memory": 2048}, "queue": {"min": 0}}}],
}
"""Numbers at their lowest, at their default and at their highest."""

OTHER_RETENTION = [3, 5, 7, 14, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288]
OTHER_ENVIRONMENTS = [["development"], ["staging"], ["development", "staging"], ["development", "production"]]


def covering(sizes: Sequence[int], strength: int) -> Iterator[tuple[int, ...]]:
    """Choose one of each column, again and again, until any `strength` columns have met in every way.

    Greedy: a row begins with a meeting that is still open, and every further column takes the number
    with which it closes most others.
    """
    columns = [[(column, number) for number in range(size)] for column, size in enumerate(sizes)]
    still_open = {meeting for chosen in combinations(columns, strength) for meeting in product(*chosen)}

    def closes(row: set[tuple[int, int]], cell: tuple[int, int]) -> int:
        return sum(
            tuple(sorted((*others, cell))) in still_open for others in combinations(sorted(row), strength - 1)
        )

    while still_open:
        row = set(min(still_open))
        for column in columns:
            if not row & set(column):
                row.add(max(column, key=lambda cell: closes(row, cell)))
        still_open.difference_update(combinations(sorted(row), strength))
        yield tuple(number for _, number in sorted(row))


def matrix(strength: int) -> list[Answers]:
    """The answers of each rendering."""
    values = list(PAIRED.values())
    rows = [
        {name: value[number] for name, value, number in zip(PAIRED, values, numbers, strict=True)}
        for numbers in covering([len(value) for value in values], strength)
    ]
    # What needs no pairs goes into rows of its own, in turn with what a pair has already.
    for retention, environments, base in zip(OTHER_RETENTION, cycle(OTHER_ENVIRONMENTS), cycle(list(rows))):
        sized = {} if "production" not in environments else base["sizing_overrides"]
        rows.append(
            base | {"log_retention_days": retention, "environments": environments, "sizing_overrides": sized}
        )
    return [row | {"aws_region": region} for row, region in zip(rows, cycle(REGIONS))]
