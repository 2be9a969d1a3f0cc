"""What Fargate sells, and what small, medium and large are of it."""

from __future__ import annotations

from laravel_ecs.fargate import CPU, MEMORY
from laravel_ecs.sizes import SIZES

FARGATE = {
    256: (512, 1024, 2048),
    512: (1024, 2048, 3072, 4096),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}
"""AWS's table, written down a second time."""


def test_the_pairs_are_those_that_fargate_sells() -> None:
    assert MEMORY == FARGATE
    assert tuple(FARGATE) == CPU


def test_every_size_is_made_of_such_pairs() -> None:
    for size in SIZES.values():
        assert list(size.workloads) == ["web", "queue", "schedule", "migrate"]
        assert all(workload.memory in FARGATE[workload.cpu] for workload in size.workloads.values())


def test_a_larger_size_is_larger_in_nothing_smaller() -> None:
    small, medium, large = SIZES.values()
    for less, more in ((small, medium), (medium, large)):
        for name, workload in less.workloads.items():
            other = more.workloads[name]
            assert workload.cpu <= other.cpu
            assert workload.memory <= other.memory
            assert (workload.max or 0) <= (other.max or 0)
        assert less.workloads["web"].cpu < more.workloads["web"].cpu
