"""botocore's models of the services: what a request says, and whether the service would take it."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import botocore.session
from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    ServiceModel,
    Shape,
    StringShape,
    StructureShape,
)
from botocore.validate import ParamValidator

SIGNED_AS = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch"}
"""Services whose requests are signed with another name than botocore's."""

PATTERNS = ("ecs", "events", "scheduler", "ecr", "logs", "ssm")
"""Services whose patterns are checked, too: those of others are known to be narrower than the service."""


@cache
def service(name: str) -> ServiceModel:
    """The model of a service, by botocore's name or by the one its requests are signed with."""
    return botocore.session.get_session().get_service_model(SIGNED_AS.get(name, name))


@cache
def operation(service_name: str, action: str) -> OperationModel:
    """The model of one action."""
    return service(service_name).operation_model(action)


def problems(service_name: str, action: str, parameters: dict[str, Any]) -> list[str]:
    """Everything about these parameters that the service would refuse by its model alone."""
    shape = operation(service_name, action).input_shape
    if shape is None:
        return [f"{action} takes no parameters"] if parameters else []
    report = ParamValidator().validate(parameters, shape)
    found = [report.generate_report()] if report.has_errors() else []
    return found + list(_narrower(shape, parameters, "", patterns=service_name in PATTERNS))


def _narrower(shape: Shape, value: Any, where: str, *, patterns: bool) -> list[str]:
    """What botocore leaves to the service: the allowed values, the greatest lengths and the patterns."""
    found: list[str] = []
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name, member in shape.members.items():
            if name in value:
                found += _narrower(member, value[name], f"{where}.{name}", patterns=patterns)
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for index, item in enumerate(value):
            found += _narrower(shape.member, item, f"{where}[{index}]", patterns=patterns)
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for key, item in value.items():
            found += _narrower(shape.value, item, f"{where}.{key}", patterns=patterns)
    elif isinstance(shape, StringShape) and isinstance(value, str):
        if shape.enum and value not in shape.enum:
            found.append(f"{where}: {value!r} is none of {', '.join(shape.enum)}")
        pattern = shape.metadata.get("pattern")
        if patterns and pattern and not _matches(pattern, value):
            found.append(f"{where}: {value!r} does not match {pattern}")
    size = len(value) if isinstance(value, str | list | dict) else value
    limit = shape.metadata.get("max")
    if limit is not None and isinstance(size, int | float) and size > limit:
        found.append(f"{where}: {size} is more than {limit}")
    return found


def _matches(pattern: str, value: str) -> bool:
    """Whether a value matches a pattern of the models, which are written for Java."""
    try:
        return re.fullmatch(pattern, value, re.DOTALL) is not None
    except re.error:
        return True
