"""Sizes of one's own: what is taken, and what is said of what is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laravel_ecs.fargate import CPU, MEMORY
from laravel_ecs.overrides import apply, check
from laravel_ecs.sizes import SIZES, Workload

BEFORE = "Validation error for question 'sizing_overrides': "
"""What Copier puts before each message."""

COLUMNS = 80

REFUSED: list[tuple[object, str, str]] = [
    ("web", "{staging: {web: {max: 9}}}, no", "t web"),
    (["web"], "{staging: {web: {max: 9}}}, no", "t ['web']"),
    ([], "{staging: {web: {max: 9}}}, no", "t []"),
    (0, "{staging: {web: {max: 9}}}, no", "t 0"),
    ({"web": {"cpu": 512}}, "no web: production, staging, d", "evelopment"),
    ({"production": "web"}, "production: {web: {max: 9}}, n", "ot web in production"),
    ({"production": {"worker": {}}}, "no worker: web, queue, schedul", "e, migrate in production"),
    ({"staging": {"web": 512}}, "web: {cpu: 512}, not 512 in st", "aging"),
    ({"production": {"web": {"ram": 512}}}, "no web.ram: cpu, memory, min, ", "max in production"),
    ({"production": {"migrate": {"max": 2}}}, "no migrate.max: cpu, memory in", " production"),
    ({"production": {"web": {"cpu": 300}}}, "web.cpu: 256 or 512, not 300 i", "n production"),
    ({"production": {"web": {"cpu": "512 units"}}}, "web.cpu: 256 to 16384, not 512", " units in production"),
    ({"production": {"web": {"cpu": 512.0}}}, "web.cpu: 512, not 512.0 in pro", "duction"),
    ({"production": {"web": {"cpu": 0.7}}}, "web.cpu: 512 or 1024, not 0.7 ", "in production"),
    ({"production": {"web": {"cpu": 4}}}, "web.cpu: 4096, not 4 in produc", "tion"),
    ({"production": {"web": {"cpu": 20000}}}, "web.cpu: at most 16384, not 20", "000 in production"),
    ({"production": {"web": {"cpu": -1}}}, "web.cpu: at least 256, not -1 ", "in production"),
    ({"production": {"web": {"cpu": True}}}, "web.cpu: 256 to 16384, not Tru", "e in production"),
    ({"production": {"web": {"cpu": [512]}}}, "web.cpu: 256 to 16384, not [51", "2] in production"),
    ({"production": {"web": {"cpu": float("nan")}}}, "web.cpu: 256 to 16384, not nan", " in production"),
    ({"production": {"web": {"cpu": "9" * 12}}}, "web.cpu: 256 to 16384, not 999", "999999999 in production"),
    ({"staging": {"web": {"memory": 700}}}, "web.memory: 512 or 1024, not 7", "00 in staging"),
    ({"staging": {"web": {"memory": 4}}}, "web.memory: 4096, not 4 in sta", "ging"),
    (
        {"production": {"web": {"cpu": 1024, "memory": 1024}}},
        "web.memory: at least 2048 (cpu",
        " 1024), not 1024 in production",
    ),
    (
        {"production": {"migrate": {"cpu": 16384, "memory": 33000}}},
        "migrate.memory: 32768 or 40960",
        " (cpu 16384), not 33000 in production",
    ),
    (
        {"production": {"web": {"cpu": 512, "memory": "2 GB"}}},
        "web.memory: 1024 to 4096 (cpu ",
        "512), not 2 GB in production",
    ),
    (
        {"production": {"web": {"cpu": 512, "memory": 2}}},
        "web.memory: 2048 (cpu 512), no",
        "t 2 in production",
    ),
    ({"production": {"web": {"min": 0}}}, "web.min: 1 to 1000, not 0 in p", "roduction"),
    ({"production": {"web": {"min": 1.5}}}, "web.min: 1 to 1000, not 1.5 in", " production"),
    ({"production": {"web": {"max": True}}}, "web.max: 1 to 1000, not True i", "n production"),
    ({"production": {"queue": {"min": -1}}}, "queue.min: 0 to 1000, not -1 i", "n production"),
    (
        {"production": {"queue": {"min": 0, "max": 0}}},
        "queue.max: 1 to 1000, not 0 in",
        " production",
    ),
    ({"production": {"web": {"max": 1001}}}, "web.max: 1 to 1000, not 1001 i", "n production"),
    (
        {"staging": {"queue": {"min": 9, "max": 8}}},
        "queue.min: at most max, 8, not",
        " 9 in staging",
    ),
]
"""What is refused, what is said of it at 80 columns, and what comes after that where there is room."""

TAKEN: list[object] = [
    {},
    None,
    {"production": None},
    {"production": {"web": {}}},
    {"production": {"web": None}},
    {"production": {"queue": {"min": 0}}},
    {"development": {"web": {"min": 1000}}},
    {"production": {"web": {"memory": 122880}}},
    {"production": {"web": {"cpu": "512", "memory": "1024", "min": "2"}}},
    {"production": {"web": {"min": 1, "max": 1}}},
    {"production": {"web": {"cpu": 16384, "memory": 122880}}},
    {"staging": {"migrate": {"cpu": 256, "memory": 2048}}, "production": {"schedule": {"cpu": 512}}},
]


def one(size: str, name: str, numbers: dict[str, Any]) -> Workload:
    """A workload of a size with other numbers."""
    workloads = apply({"production": {name: numbers}}, "production", SIZES[size].workloads)
    return next(workload for workload in workloads if workload.name == name)


@pytest.mark.parametrize(("overrides", "seen", "rest"), REFUSED)
def test_what_cannot_work_is_refused_with_its_key_and_what_is_allowed(
    overrides: object, seen: str, rest: str
) -> None:
    assert check(overrides) == seen + rest
    assert len(BEFORE + seen) == COLUMNS


@pytest.mark.parametrize("overrides", TAKEN)
def test_what_can_work_is_taken(overrides: object) -> None:
    assert check(overrides) == ""


def test_a_number_in_quotes_is_that_number() -> None:
    assert one("small", "web", {"cpu": "512", "min": "2"}) == one("small", "web", {"cpu": 512, "min": 2})


def test_only_what_is_named_changes() -> None:
    before = SIZES["medium"].workloads
    after = {
        workload.name: workload
        for workload in apply({"production": {"web": {"max": 9}}}, "production", before)
    }
    assert after["web"].max == 9
    assert after["web"].cpu == before["web"].cpu
    assert {name: after[name] for name in after if name != "web"} == {
        name: before[name] for name in before if name != "web"
    }


def test_another_environments_overrides_change_nothing() -> None:
    workloads = SIZES["small"].workloads
    assert apply({"production": {"web": {"max": 9}}}, "staging", workloads) == tuple(workloads.values())


def test_a_cpu_alone_brings_the_least_memory_it_allows() -> None:
    assert one("medium", "web", {"cpu": 2048}).memory == 4096


def test_a_cpu_alone_keeps_a_memory_that_goes_with_it() -> None:
    assert one("large", "web", {"cpu": 512}).memory == 2048


def test_a_memory_alone_brings_the_least_cpu_that_has_it() -> None:
    assert one("small", "web", {"memory": 4096}).cpu == 512


def test_a_min_or_max_alone_moves_the_other_out_of_its_way() -> None:
    low, high = one("small", "web", {"min": 9}), one("large", "web", {"max": 1})
    assert (low.min, low.max, high.min, high.max) == (9, 9, 1, 1)


@given(
    size=st.sampled_from(sorted(SIZES)),
    name=st.sampled_from(["web", "queue", "schedule", "migrate"]),
    numbers=st.dictionaries(
        st.sampled_from(["cpu", "memory", "min", "max"]),
        st.one_of(
            st.sampled_from(CPU), st.integers(-1, 130_000), st.sampled_from([512, 1024, 2048]), st.text()
        ),
    ),
)
def test_whatever_is_taken_can_run(size: str, name: str, numbers: dict[str, Any]) -> None:
    """With every size alike, or a recorded answer would be dropped when the size changes."""
    if check({"production": {name: numbers}}):
        return
    workload = one(size, name, numbers)
    assert workload.memory in MEMORY[workload.cpu]
    assert (workload.min is None) == (workload.max is None) == (name in {"schedule", "migrate"})
    if workload.min is not None and workload.max is not None:
        assert 0 <= workload.min <= workload.max
        assert workload.max >= 1
