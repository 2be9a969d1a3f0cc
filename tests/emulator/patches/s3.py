"""moto reads a bucket's policy without its conditions: one that refuses plain HTTP would refuse everybody."""

from __future__ import annotations

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from .replace import Method, replaces


@replaces(FakeBucket, "get_permission")
def get_permission(*_: Method | Any) -> PermissionResult:
    return PermissionResult.NEUTRAL
