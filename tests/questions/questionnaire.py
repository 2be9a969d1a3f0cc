"""``copier.yml`` as data, and the names that are a contract."""

from __future__ import annotations

from typing import Any

import yaml

from tests.render import ROOT

ALWAYS = (
    "project_name",
    "aws_region",
    "environments",
    "size_development",
    "size_staging",
    "size_production",
    "database",
    "domain_name",
    "repository",
    "advanced",
)
ADVANCED = (
    "project_slug",
    "ci",
    "php_version",
    "cpu_architecture",
    "network",
    "schedule_trigger",
    "schedule_capacity",
    "queue_timeout",
    "queue_tries",
    "queue_sleep",
    "log_format",
    "log_retention_days",
    "alarm_email",
    "sizing_overrides",
)
NEVER = ("application",)
CONTRACT = ALWAYS + ADVANCED + NEVER
"""Every answers file ever written holds these names: one that is renamed needs a migration."""

DOCUMENTS: list[dict[str, Any]] = list(yaml.safe_load_all((ROOT / "copier.yml").read_text(encoding="utf-8")))

SETTINGS = {key for document in DOCUMENTS for key in document if key.startswith("_")}

QUESTIONS: dict[str, dict[str, Any]] = {
    key: value for document in DOCUMENTS for key, value in document.items() if not key.startswith("_")
}

YOURS: tuple[str, ...] = tuple(path.removeprefix("/") for path in DOCUMENTS[0]["_skip_if_exists"])
"""What is the user's own from the first minute: how these paths begin."""
