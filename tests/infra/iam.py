"""What IAM answers, as far as the policies here go: statements with wildcards and conditions on strings.

An operator or element that is not known here is an error, never a yes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .checks import statements

Claims = Mapping[str, str]


def allows(
    policies: Iterable[dict[str, Any]], action: str, resource: str, claims: Claims | None = None
) -> bool:
    """Whether some statement allows an action on a resource and none denies it."""
    effects = {
        statement["Effect"]
        for policy in policies
        for statement in statements(policy)
        if _applies(statement, action, resource, claims or {})
    }
    return effects == {"Allow"}


def trusts(policy: dict[str, Any], action: str, claims: Claims) -> bool:
    """Whether a role's trust policy lets in whoever has these claims."""
    return any(
        statement["Effect"] == "Allow" and action in statement["Action"] and _conditions(statement, claims)
        for statement in statements(policy)
    )


def _applies(statement: dict[str, Any], action: str, resource: str, claims: Claims) -> bool:
    unknown = statement.keys() - {"Sid", "Effect", "Action", "Resource", "Condition", "Principal"}
    assert not unknown, f"what does {unknown} mean?"
    return (
        any(like(pattern.lower(), action.lower()) for pattern in statement["Action"])
        and any(like(pattern, resource) for pattern in statement["Resource"])
        and _conditions(statement, claims)
    )


def _conditions(statement: dict[str, Any], claims: Claims) -> bool:
    for operator, wanted in statement.get("Condition", {}).items():
        for key, values in wanted.items():
            listed = values if isinstance(values, list) else [values]
            if not _holds(operator, listed, claims.get(key)):
                return False
    return True


def _holds(operator: str, values: list[str], found: str | None) -> bool:
    if found is None:
        return operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    if operator in ("StringEquals", "Bool"):
        return found in values
    if operator in ("StringLike", "ArnLike", "ArnEquals"):
        return any(like(value, found) for value in values)
    raise AssertionError(f"what does {operator} mean?")


def like(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern of IAM's: * is anything, ? one character."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None
