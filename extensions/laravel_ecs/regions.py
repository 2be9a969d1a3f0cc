"""The commercial AWS regions (data: ``regions.toml``)."""

from __future__ import annotations

from dataclasses import dataclass

from .data import load

VALKEY_MICRO = "cache.t4g.micro"
"""The smallest node type of ElastiCache, nearly everywhere."""


@dataclass(frozen=True)
class Region:
    """One AWS region.

    Attributes:
        code: ``eu-central-1``.
        area: ``Europe``.
        place: ``Frankfurt, Germany``.
        opt_in: Whether an account has to enable it first.
        zones: Availability zones that a new account can use.
        fargate_ids: The zone ids that have Fargate; empty where every zone has it.
        valkey_micro: The smallest node type of ElastiCache.
    """

    code: str
    area: str
    place: str
    opt_in: bool
    zones: int
    fargate_ids: tuple[str, ...]
    valkey_micro: str = VALKEY_MICRO

    @property
    def fargate_zones(self) -> int:
        """How many zones can run tasks."""
        return len(self.fargate_ids) or self.zones


REGIONS: dict[str, Region] = {
    code: Region(
        code=code,
        area=row["area"],
        place=row["place"],
        opt_in=row.get("opt_in", False),
        zones=row["zones"],
        fargate_ids=tuple(row.get("fargate_ids", ())),
        valkey_micro=row.get("valkey_micro", VALKEY_MICRO),
    )
    for code, row in load("regions").items()
}


def _choices() -> dict[str, str]:
    """What the question shows → what it records; an area stands at the first of its regions."""
    shown = {}
    area = ""
    for region in REGIONS.values():
        heading = "" if region.area == area else region.area
        area = region.area
        first = " (enable first)" if region.opt_in else ""
        shown[f"{heading:<14} {region.code:<15} {region.place}{first}"] = region.code
    return shown


CHOICES = _choices()
