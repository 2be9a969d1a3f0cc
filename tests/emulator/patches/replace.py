"""How a patch is written."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

Method = Callable[..., Any]


def replaces(owner: Any, name: str) -> Callable[[Method], Method]:
    """Put a function in place of a method or function; what it replaces is its first argument."""
    original = getattr(owner, name, None)

    def put(function: Method) -> Method:
        @wraps(function)
        def replacement(*arguments: Any, **named: Any) -> Any:
            return function(original, *arguments, **named)

        setattr(owner, name, replacement)
        return function

    return put
