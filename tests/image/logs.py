"""What a line of a container's log must be, with LOG_FORMAT=json."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

LEVELS = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")


def record(line: str) -> dict[str, Any]:
    """Read a line as one JSON object with the fields that every line has."""
    line.encode()  # bytes that are not UTF-8 would have become surrogates
    read = json.loads(line)
    assert isinstance(read, dict), "no object"
    for name in ("time", "level", "message", "workload"):
        assert isinstance(read.get(name), str), f"{name} is no text"
    age = datetime.now(UTC) - datetime.fromisoformat(read["time"])
    assert -5 < age.total_seconds() < 3600, "time is not now"
    assert read["level"] in LEVELS, "level is none of PSR-3"
    return read


def records(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Read every line, or fail with the first that is none."""
    read = []
    for line in lines:
        try:
            read.append(record(line))
        except (ValueError, AssertionError) as problem:
            raise AssertionError(f"{problem} in the line {line[:500]!r}") from None
    return read
