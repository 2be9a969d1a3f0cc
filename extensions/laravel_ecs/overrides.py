"""``sizing_overrides``: environment → workload → cpu, memory, min, max."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite, nan
from typing import Any

from .fargate import CPU, MEMORY
from .names import ENVIRONMENTS
from .sizes import SIZES, Workload

MOST = 1000
"""No service here has more tasks: above it, a slip of the finger is likelier than a need."""


UNITS = 1024
"""CPU units of a vCPU, and MiB of a GB: what somebody meant who wrote ``cpu: 2`` or ``memory: 4``."""


class OverrideError(ValueError):
    """One override cannot work.

    Copier's own words leave 30 characters of a terminal with 80 columns, so a message begins with the key and
    what is allowed there; what was given comes after it, as it can still be seen above.
    """


def _among(key: str, path: str, allowed: Sequence[str]) -> None:
    if key not in allowed:
        raise OverrideError(f"no {path}: {', '.join(allowed)}")


def _mapping(value: object, example: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise OverrideError(f"{example}, not {value}")
    return value


def _number(value: object) -> object:
    """``"512"``, as AWS's own task definitions write it, is 512."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value) else value


def _count(key: str, value: object, least: int) -> None:
    if type(value) is not int or not least <= value <= MOST:
        raise OverrideError(f"{key}: {least} to {MOST}, not {value}")


def _nearest(value: object, allowed: Sequence[int]) -> str:
    """What is allowed around a number: ``512 or 1024``, ``at least 256``; if it is none, ``256 to 16384``."""
    wanted = float(str(value)) if type(value) in {int, float} else nan
    if not isfinite(wanted):
        return f"{allowed[0]} to {allowed[-1]}"
    wanted *= UNITS if wanted * UNITS <= allowed[-1] else 1
    if wanted < allowed[0]:
        return f"at least {allowed[0]}"
    if wanted > allowed[-1]:
        return f"at most {allowed[-1]}"
    below = [one for one in allowed if one <= wanted][-1:]
    above = [one for one in allowed if one >= wanted][:1]
    return " or ".join(map(str, dict.fromkeys(below + above)))


def _task(workload: Workload, numbers: Mapping[str, Any]) -> tuple[int, int]:
    """The cpu and memory asked for; one given alone brings the least of the other that goes with it."""
    cpu, memory = numbers.get("cpu", workload.cpu), numbers.get("memory", workload.memory)
    if type(cpu) is not int or cpu not in CPU:
        raise OverrideError(f"{workload.name}.cpu: {_nearest(cpu, CPU)}, not {cpu}")
    if memory in MEMORY[cpu] and type(memory) is int:
        return cpu, memory
    if "memory" not in numbers:
        return cpu, MEMORY[cpu][0]
    fitting = [other for other in CPU if type(memory) is int and memory in MEMORY[other]]
    if "cpu" in numbers or not fitting:
        if "cpu" in numbers:
            near = f"{_nearest(memory, MEMORY[cpu])} (cpu {cpu})"
        else:
            near = _nearest(memory, sorted({size for sizes in MEMORY.values() for size in sizes}))
        raise OverrideError(f"{workload.name}.memory: {near}, not {memory}")
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
            raise OverrideError(f"{workload.name}.min: at most max, {high}, not {low}")
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
        _among(key, f"{workload.name}.{key}", keys)
    numbers = {key: _number(value) for key, value in numbers.items()}
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
    chosen = _mapping(_environments(overrides).get(environment), f"{environment}: {{web: {{max: 9}}}}")
    for name in chosen:
        _among(name, name, tuple(workloads))
    return tuple(
        resize(workload, _mapping(chosen.get(name), f"{name}: {{cpu: 512}}"))
        for name, workload in workloads.items()
    )


def _environments(overrides: object) -> Mapping[str, Any]:
    return _mapping(overrides, "{staging: {web: {max: 9}}}")


def check(overrides: object) -> str:
    """Say in one line what is wrong with the answer, as parsed from YAML; empty when nothing is.

    An environment that is not chosen may stand there too: its numbers wait for it.
    """
    try:
        for environment in _environments(overrides):
            _among(environment, environment, ENVIRONMENTS[::-1])  # whoever errs means production, mostly
    except OverrideError as error:
        return str(error)
    for environment in ENVIRONMENTS:
        try:
            apply(overrides, environment, next(iter(SIZES.values())).workloads)
        except OverrideError as error:
            return f"{error} in {environment}"
    return ""
