"""What the answers so far amount to, before anything is written: part of the last question's help.

There are two last questions: ``advanced``, and where that is answered with yes, the last one after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from unicodedata import east_asian_width

from .choices import ci
from .copier_yml import DEFAULTS
from .names import derive_slug
from .overrides import OverrideError
from .plan import Plan, plan

COLUMNS = 60
"""What fits beside the titles, at 80 columns."""

NETWORKS = {
    "private": "private network",
    "private-ha": "private network with a NAT gateway per zone",
    "public": "public network",
    "existing": "a VPC of your own",
}
PIPELINES = {"github": "GitHub Actions", "gitlab": "GitLab CI"}
PROCESSORS = {"arm64": "ARM", "x86_64": "x86"}
TRIGGERS = {"rule": "EventBridge rule", "scheduler": "EventBridge Scheduler", "service": "a service"}
CAPACITIES = {"on-demand": "on demand", "spot": "Spot"}
FORMATS = {"json": "JSON", "line": "plain lines"}


def summary(context: Mapping[str, Any]) -> str:
    """A line for each thing that people want to see once more.

    Args:
        context: Copier's variables while it asks: what was answered, recorded or given with ``--data``.
    """
    given = {
        "project_slug": derive_slug(context["project_name"]),
        "ci": ci(context["repository"]),
        **DEFAULTS,
        **context,
    }
    try:
        rows = list(_rows(given, plan(given)))
    except (AttributeError, KeyError, OverrideError, TypeError):
        return ""  # --data holds what Copier refuses as soon as it comes to its question
    return "".join(f"  {title:<13}{_shortened(text)}\n" for title, text in rows)


def _rows(given: Mapping[str, Any], made: Plan) -> Iterator[tuple[str, str]]:
    yield "project", given["project_name"]
    yield "on AWS", f"{given['project_slug']}, the beginning of every name, for good"
    if given.get("application") == "existing":
        yield "application", "yours stays; all that is added to its code is app/Ecs"
    yield "region", f"{made.region.code}, {made.region.place}"
    for one in made.environments:
        yield one.name, f"{one.size:<8}{made.estimates[one.name].shown}"
    yield "", "a month, and some tens of dollars each for metrics"
    yield "database", made.database.title
    yield "address", made.environments[-1].domain or "the load balancer's own name, over HTTP only"
    if made.hosted_zone:
        yield "DNS", f"{made.hosted_zone}, a zone in Route 53 by the first deploy"
    yield "deployed by", _who_deploys(given)
    processor = PROCESSORS[given["cpu_architecture"]]
    yield "besides", f"PHP {given['php_version']} on {processor}, {NETWORKS[given['network']]}"
    if given.get("advanced"):
        yield from _advanced(given)


def _who_deploys(given: Mapping[str, Any]) -> str:
    if given["ci"] == "none":
        return "you alone, without a pipeline"
    if not given["repository"]:
        return "you alone, until a repository is set"
    return f"{PIPELINES[given['ci']]} of {given['repository']}"


def _advanced(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    trigger = TRIGGERS[given["schedule_trigger"]]
    yield "schedule", f"{trigger}, {CAPACITIES[given['schedule_capacity']]}"
    yield (
        "a job",
        f"{given['queue_timeout']} s at most, {given['queue_tries']} tries; "
        f"an idle worker rests {given['queue_sleep']} s",
    )
    yield "logs", f"{FORMATS[given['log_format']]}, kept for {given['log_retention_days']} days"
    yield "alarms go to", given["alarm_email"] or "nobody yet"


def _shortened(text: str) -> str:
    """A text that fits its line: Chinese and Japanese characters are two columns wide."""
    columns = 0
    for index, character in enumerate(text):
        columns += 2 if east_asian_width(character) in "WF" else 1
        if columns > COLUMNS:
            return f"{text[: index - 1]}…"
    return text
