"""Choices that depend on earlier answers: what a question shows → what it records."""

from __future__ import annotations

from collections.abc import Iterable

from . import costs
from .copier_yml import DEFAULTS
from .sizes import SIZES, Size

Choice = str | dict[str, str]
"""What is recorded; with a reason beside it (Copier's ``validator``), it is shown and cannot be chosen."""


def sizes(region: str) -> dict[str, Choice]:
    """Sizes with the price of their containers: ``small     $23  1 to 2 web tasks of … (try-outs)``."""
    architecture = DEFAULTS["cpu_architecture"]  # it is asked later
    return {
        _size(size, _price(costs.containers(size.workloads.values(), architecture), region)): name
        for name, size in SIZES.items()
    }


def _size(size: Size, price: str) -> str:
    web = size.workloads["web"]
    return f"{size.name:<7} {price or '?':>5}  {web.tasks} web tasks of {web.size} ({size.about})"


def networks(region: str) -> dict[str, Choice]:
    """Networks with the price of their NAT gateways, for each environment."""
    price = _price([costs.nat_gateways(1)], region)
    one, each = (f" ({price})", f" ({price} each)") if price else ("", "")
    return {
        f"Private, one NAT gateway{one}": "private",
        f"Private, one NAT gateway per zone{each}": "private-ha",
        "Public, no NAT gateway": "public",
        "Existing VPC": "existing",
    }


def pipelines(repository: str) -> dict[str, Choice]:
    """Pipelines; GitHub's is shown, and cannot be chosen, where a repository can only be on GitLab."""
    github: Choice = "github"
    if ci(repository) == "gitlab":
        github = {"value": "github", "validator": "it has no groups in groups"}
    return {"GitHub Actions": github, "GitLab CI": "gitlab", "None, I deploy by hand": "none"}


def ci(repository: str) -> str:
    """The pipeline that a repository's name suggests: only GitLab has groups in groups."""
    return "gitlab" if repository.count("/") > 1 else "github"


def _price(uses: Iterable[costs.Use], region: str) -> str:
    """What it costs in a month, or nothing where that is not known."""
    estimate = costs.estimate(uses, region)
    return "" if estimate.missing else estimate.shown
