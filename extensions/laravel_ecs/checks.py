"""What is wrong with an answer, in one line: an example first, then the rule.

Each check takes the answer and returns a message, or an empty string when nothing is wrong.
Copier puts ``Validation error for question '<name>':`` before it, so a message has some 34
characters before a terminal of 80 columns cuts it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from . import overrides
from .names import slug_error

PROJECT_NAME_MAX = 60
DOMAIN_MAX = 52
"""ACM takes 64 characters, and ``development.`` stands before production's domain."""

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def project_name(answer: str) -> str:
    """A human name of any script; without what shells, YAML and .env files would interpret."""
    if not answer.strip():
        return "e.g. Shop: it must not be empty"
    if len(answer) > PROJECT_NAME_MAX:
        return f"e.g. Shop: at most {PROJECT_NAME_MAX} characters"
    if not answer.isprintable():
        return "e.g. Shop: no invisible characters"
    if answer != answer.strip() or set(answer) & set('"\\$`{}<>'):
        return r'e.g. Shop: none of " \ $ ` { } < >'
    return ""


def environments(answer: list[str]) -> str:
    """At least one."""
    return "" if answer else "choose at least one (space)"


def domain_name(answer: str) -> str:
    """A host name with at least one dot, or nothing."""
    faults = (
        (len(answer) > DOMAIN_MAX, f", at most {DOMAIN_MAX}"),
        ("://" in answer, " (no https://)"),
        ("/" in answer, " (no /)"),
        (answer != answer.lower(), " (lower case)"),
        ("." not in answer or answer.replace(".", "").isdigit(), ": such a name"),
        (not re.fullmatch(rf"({LABEL}\.)+[a-z]([a-z0-9-]*[a-z0-9])", answer), ": a-z, 0-9, -"),
    )
    return next((f"e.g. shop.example.com{hint}" for fault, hint in faults if answer and fault), "")


def repository(answer: str) -> str:
    """``owner/name`` (GitLab: groups before the name) as the pipeline's identity tells it, or nothing."""
    if not answer:
        return ""
    parts = answer.split("/")
    if (
        len(parts) < 2
        or parts[0].lower() in {"github.com", "gitlab.com"}
        or answer.endswith(".git")
        or not all(re.fullmatch(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*", part) and part.strip(".") for part in parts)
    ):
        return "e.g. acme/shop (no host, no .git)"
    return ""


def project_slug(answer: str) -> str:
    """See `names.slug_error`."""
    return slug_error(answer)


def queue_timeout(answer: int) -> str:
    """Below Fargate's longest stop, 120 seconds, with room to finish."""
    return "" if 1 <= answer <= 110 else "e.g. 90: 1 to 110 seconds"


def queue_tries(answer: int) -> str:
    """At least one; Laravel's 0 would mean for ever."""
    return "" if 1 <= answer <= 100 else "e.g. 3: 1 to 100 times"


def queue_sleep(answer: int) -> str:
    """At least one; 0 would ask Valkey without a pause."""
    return "" if 1 <= answer <= 60 else "e.g. 3: 1 to 60 seconds"


def alarm_email(answer: str) -> str:
    """An address, or nothing. Narrower than the standard: it will stand in infrastructure code."""
    address = rf"[A-Za-z0-9][A-Za-z0-9._+-]{{0,63}}@({LABEL}\.)+[a-z]([a-z0-9-]*[a-z0-9])"
    if answer and (len(answer) > 254 or not re.fullmatch(address, answer)):
        return "e.g. oncall@example.com (or empty)"
    return ""


def sizing_overrides(answer: object) -> str:
    """See `overrides.check`."""
    return overrides.check(answer)


CHECKS: dict[str, Callable[[Any], str]] = {
    check.__name__: check
    for check in (
        project_name,
        environments,
        domain_name,
        repository,
        project_slug,
        queue_timeout,
        queue_tries,
        queue_sleep,
        alarm_email,
        sizing_overrides,
    )
}
"""Every check, by the name of its question."""
