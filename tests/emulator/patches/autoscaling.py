"""moto forgets the tags of a scalable target: every plan would want to set them again."""

from __future__ import annotations

import json
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from .replace import Method, replaces

TAGS: dict[str, dict[str, str]] = {}


@replaces(ApplicationAutoScalingResponse, "register_scalable_target")
def register_scalable_target(original: Method, self: Any) -> Any:
    answer = original(self)
    if tags := self._get_param("Tags"):
        TAGS[json.loads(answer)["ScalableTargetARN"]] = tags
    return answer


@replaces(ApplicationAutoScalingResponse, "list_tags_for_resource")
def list_tags_for_resource(_: Method, self: Any) -> str:
    return json.dumps({"Tags": TAGS.get(self._get_param("ResourceARN"), {})})


@replaces(ApplicationAutoScalingResponse, "tag_resource")
def tag_resource(_: Method, self: Any) -> str:
    TAGS.setdefault(self._get_param("ResourceARN"), {}).update(self._get_param("Tags"))
    return "{}"


@replaces(ApplicationAutoScalingResponse, "untag_resource")
def untag_resource(_: Method, self: Any) -> str:
    for key in self._get_param("TagKeys"):
        TAGS.get(self._get_param("ResourceARN"), {}).pop(key, None)
    return "{}"
