"""Which CPU and memory pairs Fargate sells (data: ``fargate.toml``)."""

from __future__ import annotations

from typing import Any

from .data import load


def _memory(row: dict[str, Any]) -> tuple[int, ...]:
    if "memory" in row:
        return tuple(row["memory"])
    return tuple(range(row["from"], row["to"] + 1, row["step"]))


MEMORY: dict[int, tuple[int, ...]] = {int(cpu): _memory(row) for cpu, row in load("fargate").items()}
"""CPU units (1024 = one vCPU) → the memory sizes allowed with them, in MiB."""

CPU: tuple[int, ...] = tuple(MEMORY)
"""The CPU units of a task, smallest first."""
