"""``sizing_overrides``: environment → workload → cpu, memory, min, max."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .fargate import CPU, MEMORY
from .names import ENVIRONMENTS
from .sizes import SIZES, Workload

MOST = 1000
"""No service here has more tasks: above it, a slip of the finger is likelier than a need."""


class OverrideError(ValueError):
    """One override cannot work; the message names the key and what is allowed."""


def _among(key: str, value: object, allowed: Sequence[object]) -> None:
    if value not in allowed:
        raise OverrideError(f"{key}: {', '.join(map(str, allowed))}; not {value}")


def _mapping(key: str, value: object, example: str = "{web: {cpu: 512}}") -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise OverrideError(f"{key}: e.g. {example}; not {value}")
    return value


def _count(key: str, value: object, least: int) -> None:
    if type(value) is not int or not least <= value <= MOST:
        raise OverrideError(f"{key}: a whole number, {least} to {MOST}; not {value}")


def _span(sizes: Sequence[int]) -> str:
    """``512, 1024, 2048``, or where there are many ``2048 to 8192 by 1024``."""
    if len(sizes) <= 4:
        return ", ".join(map(str, sizes))
    return f"{sizes[0]} to {sizes[-1]} by {sizes[1] - sizes[0]}"


def _task(workload: Workload, numbers: Mapping[str, Any]) -> tuple[int, int]:
    """The cpu and memory asked for; one given alone brings the least of the other that goes with it."""
    cpu, memory = numbers.get("cpu", workload.cpu), numbers.get("memory", workload.memory)
    if type(cpu) is not int or cpu not in CPU:
        raise OverrideError(f"{workload.name}.cpu: {', '.join(map(str, CPU))}; not {cpu}")
    if memory in MEMORY[cpu] and type(memory) is int:
        return cpu, memory
    if "memory" not in numbers:
        return cpu, MEMORY[cpu][0]
    fitting = [other for other in CPU if type(memory) is int and memory in MEMORY[other]]
    if "cpu" in numbers or not fitting:
        raise OverrideError(f"{workload.name}.memory: {_span(MEMORY[cpu])} (cpu {cpu}); not {memory}")
    return fitting[0], memory


def _range(workload: Workload, numbers: Mapping[str, Any]) -> tuple[int, int]:
    """The fewest and most tasks asked for; one given alone moves the other out of its way."""
    # Only a queue may rest at no task at all: a site with no web task answers nobody.
    least = 0 if workload.name == "queue" else 1
    low, high = numbers.get("min", workload.min), numbers.get("max", workload.max)
    _count(f"{workload.name}.min", low, least)
    _count(f"{workload.name}.max", high, 1)
    if low > high:
        if "min" in numbers and "max" in numbers:
            raise OverrideError(f"{workload.name}.min: at most max, {high}; not {low}")
        low, high = (low, low) if "min" in numbers else (high, high)
    return low, high


def resize(workload: Workload, numbers: Mapping[str, Any]) -> Workload:
    """Give a workload other numbers.

    What can be asked for does not depend on the workload's present numbers: an override that was
    accepted once stays valid when the environment's size changes, or the answer would be lost then.

    Args:
        workload: What the environment's size says.
        numbers: Any of cpu, memory, min, max.

    Raises:
        OverrideError: A key is unknown, Fargate lacks the pair, or min lies above max.
    """
    keys = ("cpu", "memory", "min", "max") if workload.is_service else ("cpu", "memory")
    for key in numbers:
        _among(f"{workload.name} keys", key, keys)
    cpu, memory = _task(workload, numbers)
    if not workload.is_service:
        return replace(workload, cpu=cpu, memory=memory)
    low, high = _range(workload, numbers)
    return replace(workload, cpu=cpu, memory=memory, min=low, max=high)


def apply(overrides: object, environment: str, workloads: Mapping[str, Workload]) -> tuple[Workload, ...]:
    """The workloads of one environment with its overrides.

    Raises:
        OverrideError: See `resize`.
    """
    chosen = _mapping(environment, _mapping("overrides", overrides).get(environment))
    for name in chosen:
        _among(f"{environment} workloads", name, tuple(workloads))
    return tuple(
        resize(workload, _mapping(f"{environment}.{name}", chosen.get(name), "{cpu: 512}"))
        for name, workload in workloads.items()
    )


def check(overrides: object) -> str:
    """Say in one line what is wrong with the answer, as parsed from YAML; empty when nothing is.

    An environment that is not chosen may stand there too: its numbers wait for it.
    """
    try:
        for environment in _mapping("overrides", overrides):
            _among("environment", environment, ENVIRONMENTS)
    except OverrideError as error:
        return str(error)
    for environment in ENVIRONMENTS:
        try:
            apply(overrides, environment, next(iter(SIZES.values())).workloads)
        except OverrideError as error:
            return f"{error} in {environment}"
    return ""
