"""``sizing_overrides``: environment → workload → cpu, memory, min, max."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .fargate import CPU, MEMORY
from .sizes import Workload


class OverrideError(ValueError):
    """One override cannot work; the message names the key and what is allowed."""


def _among(key: str, value: object, allowed: Sequence[object]) -> None:
    if value not in allowed:
        raise OverrideError(f"{key}: {', '.join(map(str, allowed))}; not {value}")


def _mapping(key: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise OverrideError(f"{key}: e.g. {{web: {{cpu: 512}}}}; not {value}")
    return value


def _count(key: str, value: object, least: int) -> None:
    if type(value) is not int or value < least:
        raise OverrideError(f"{key}: a whole number from {least}; not {value}")


def _span(sizes: Sequence[int]) -> str:
    """``512, 1024, 2048``, or where there are many ``2048 to 8192 by 1024``."""
    if len(sizes) <= 4:
        return ", ".join(map(str, sizes))
    return f"{sizes[0]} to {sizes[-1]} by {sizes[1] - sizes[0]}"


def resize(workload: Workload, numbers: Mapping[str, Any]) -> Workload:
    """Give a workload other numbers.

    Args:
        workload: What the environment's size says.
        numbers: Any of cpu, memory, min, max. A cpu alone brings the least memory it allows
            when the present memory does not go with it.

    Raises:
        OverrideError: A key is unknown, Fargate lacks the pair, or min lies above max.
    """
    keys = ("cpu", "memory", "min", "max") if workload.is_service else ("cpu", "memory")
    for key in numbers:
        _among(f"{workload.name} keys", key, keys)
    cpu = numbers.get("cpu", workload.cpu)
    if type(cpu) is not int or cpu not in CPU:
        raise OverrideError(f"{workload.name}.cpu: {', '.join(map(str, CPU))}; not {cpu}")
    fits = MEMORY[cpu]
    memory = numbers.get("memory", workload.memory if workload.memory in fits else fits[0])
    if type(memory) is not int or memory not in fits:
        raise OverrideError(f"{workload.name}.memory: {_span(fits)} (cpu {cpu}); not {memory}")
    if not workload.is_service:
        return replace(workload, cpu=cpu, memory=memory)

    # Only a queue may rest at no task at all: a site with no web task answers nobody.
    least = 0 if workload.name == "queue" else 1
    low, high = numbers.get("min", workload.min), numbers.get("max", workload.max)
    _count(f"{workload.name}.min", low, least)
    _count(f"{workload.name}.max", high, 1)
    if low > high:
        raise OverrideError(f"{workload.name}.min: at most max, {high}; not {low}")
    return replace(workload, cpu=cpu, memory=memory, min=low, max=high)


def apply(overrides: object, environment: str, workloads: Mapping[str, Workload]) -> tuple[Workload, ...]:
    """The workloads of one environment with its overrides.

    Raises:
        OverrideError: See `resize`.
    """
    chosen = _mapping("overrides", overrides or {}).get(environment) or {}
    chosen = _mapping(environment, chosen)
    for name in chosen:
        _among(f"{environment} workloads", name, tuple(workloads))
    return tuple(
        resize(workload, _mapping(f"{environment}.{name}", chosen.get(name) or {}))
        for name, workload in workloads.items()
    )


def check(overrides: object, sizes: Mapping[str, Mapping[str, Workload]]) -> str:
    """Say in one line what is wrong with the answer; empty when nothing is.

    Args:
        overrides: The answer as parsed from YAML.
        sizes: The chosen environments → the workloads of their size.
    """
    try:
        for environment in _mapping("overrides", overrides or {}):
            _among("environment", environment, tuple(sizes))
    except OverrideError as error:
        return str(error)
    for environment, workloads in sizes.items():
        try:
            apply(overrides, environment, workloads)
        except OverrideError as error:
            return f"{error} in {environment}"
    return ""
