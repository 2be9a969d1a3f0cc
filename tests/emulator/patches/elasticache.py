"""Replication groups whose members are there, which take a password and go away; parameter groups.

moto lacks parameter groups altogether.
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from moto.core.responses import ActionResult
from moto.elasticache.exceptions import CacheSubnetGroupNotFound, ElastiCacheException
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from .replace import Method, replaces


@replaces(ElastiCacheBackend, "create_replication_group")
def create_replication_group(original: Method, self: Any, **given: Any) -> Any:
    """Moto counts the replicas only where they are given per shard."""
    clusters = given.get("num_cache_clusters")
    if clusters and not given.get("replicas_per_node_group") and not given.get("num_node_groups"):
        given["replicas_per_node_group"] = int(clusters) - 1
    return original(self, **given)


@replaces(ElastiCacheResponse, "modify_replication_group")
def modify_replication_group(original: Method, self: Any) -> Any:
    """Moto ignores AUTH, which is set after the group was made."""
    answer = original(self)
    if self._get_param("AuthToken"):
        answer.result["ReplicationGroup"].auth_token_enabled = True
    return answer


@replaces(ElastiCacheBackend, "delete_replication_group")
def delete_replication_group(original: Method, self: Any, *given: Any, **named: Any) -> Any:
    """Moto leaves it `deleting` for ever."""
    group = original(self, *given, **named)
    self.replication_groups.pop(group.replication_group_id)
    return group


@replaces(ElastiCacheBackend, "describe_cache_clusters")
def describe_cache_clusters(original: Method, self: Any, cache_cluster_id: str | None = None) -> Any:
    """Moto does not know the members of a group as clusters; the provider reads their versions."""
    for group in self.replication_groups.values():
        if cache_cluster_id and cache_cluster_id in group.member_clusters:
            return [_member(group, cache_cluster_id)]
    return original(self, cache_cluster_id)


def _member(group: Any, name: str) -> SimpleNamespace:
    version = group.engine_version or "8.0"
    parameters = group.cache_parameter_group_name or "default.valkey8"
    return SimpleNamespace(
        arn=f"{group.arn}-member",
        at_rest_encryption_enabled=group.at_rest_encryption_enabled,
        auto_minor_version_upgrade=group.auto_minor_version_upgrade,
        cache_cluster_id=name,
        cache_cluster_status="available",
        cache_node_type=group.cache_node_type,
        cache_parameter_group=SimpleNamespace(
            cache_parameter_group_name=parameters, parameter_apply_status="in-sync"
        ),
        cache_subnet_group_name=group.cache_subnet_group_name,
        engine=group.engine,
        engine_version=version if version.count(".") == 2 else f"{version}.0",
        num_cache_nodes=1,
        preferred_maintenance_window="sun:05:00-sun:06:00",
        replication_group_id=group.replication_group_id,
        security_groups=[
            SimpleNamespace(security_group_id=group_id, status="active")
            for group_id in getattr(group, "security_group_ids", None) or []
        ],
        snapshot_retention_limit=0,
        transit_encryption_enabled=group.transit_encryption_enabled,
        transit_encryption_mode=group.transit_encryption_mode,
    )


@replaces(ElastiCacheResponse, "delete_cache_subnet_group")
def delete_cache_subnet_group(_: Method, self: Any) -> ActionResult:
    name = self._get_param("CacheSubnetGroupName")
    if self.elasticache_backend.cache_subnet_groups.pop(name, None) is None:
        raise CacheSubnetGroupNotFound(name)
    return ActionResult({})


# ── Parameter groups ─────────────────────────────────────────────────────────────────────────────


class CacheParameterGroupNotFound(ElastiCacheException):
    """As AWS calls it."""

    code = "CacheParameterGroupNotFound"


@replaces(ElastiCacheBackend, "__init__")
def backend(original: Method, self: Any, *given: Any, **named: Any) -> None:
    """Moto refuses to tell the tags of what it does not know."""
    original(self, *given, **named)
    self.arn_regex = re.compile(r"^arn:[^:]+:elasticache:[^:]*:[0-9]*:[a-z]+:.*$")


def _groups(backend: Any) -> dict[str, dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = vars(backend).setdefault("cache_parameter_groups", {})
    return groups


def _group(response: Any) -> dict[str, Any]:
    name = response._get_param("CacheParameterGroupName")
    if name not in _groups(response.elasticache_backend):
        raise CacheParameterGroupNotFound(f"CacheParameterGroup {name} not found.")
    return _groups(response.elasticache_backend)[name]


@replaces(ElastiCacheResponse, "create_cache_parameter_group")
def create_cache_parameter_group(_: Method, self: Any) -> ActionResult:
    backend, name = self.elasticache_backend, self._get_param("CacheParameterGroupName")
    prefix = f"arn:{backend.partition}:elasticache:{backend.region_name}:{backend.account_id}"
    group = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": self._get_param("CacheParameterGroupFamily"),
        "Description": self._get_param("Description"),
        "IsGlobal": False,
        "ARN": f"{prefix}:parametergroup:{name}",
        "Parameters": {},
    }
    _groups(backend)[name] = group
    backend.tagging_service.tag_resource(group["ARN"], self._get_param("Tags", []))
    return ActionResult({"CacheParameterGroup": group})


@replaces(ElastiCacheResponse, "describe_cache_parameter_groups")
def describe_cache_parameter_groups(_: Method, self: Any) -> ActionResult:
    if self._get_param("CacheParameterGroupName"):
        return ActionResult({"CacheParameterGroups": [_group(self)]})
    return ActionResult({"CacheParameterGroups": list(_groups(self.elasticache_backend).values())})


@replaces(ElastiCacheResponse, "modify_cache_parameter_group")
def modify_cache_parameter_group(_: Method, self: Any) -> ActionResult:
    group = _group(self)
    for parameter in self._get_param("ParameterNameValues"):
        group["Parameters"][parameter["ParameterName"]] = parameter["ParameterValue"]
    return ActionResult({"CacheParameterGroupName": group["CacheParameterGroupName"]})


@replaces(ElastiCacheResponse, "describe_cache_parameters")
def describe_cache_parameters(_: Method, self: Any) -> ActionResult:
    parameters = [
        {"ParameterName": name, "ParameterValue": value, "Source": "user", "IsModifiable": True}
        for name, value in _group(self)["Parameters"].items()
    ]
    return ActionResult({"Parameters": parameters})


@replaces(ElastiCacheResponse, "delete_cache_parameter_group")
def delete_cache_parameter_group(_: Method, self: Any) -> ActionResult:
    name = _group(self)["CacheParameterGroupName"]
    del _groups(self.elasticache_backend)[name]
    return ActionResult({})
