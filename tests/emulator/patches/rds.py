"""Parameter groups that answer what they were told, Performance Insights, and Aurora's scaling."""

from __future__ import annotations

from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.moto_api._internal import mock_random
from moto.rds.models import DBCluster, DBClusterParameterGroup, DBInstance, DBParameterGroup, RDSBackend
from moto.rds.responses import RDSResponse

from .replace import Method, replaces


def update_parameters(original: Method, self: Any, new: Any) -> None:
    """Moto keeps what was sent, but answers from attributes named otherwise, and without a source."""
    parameters = [{"ApplyMethod": "immediate"} | dict(parameter) | {"Source": "user"} for parameter in new]
    original(self, parameters)
    for parameter in parameters:
        kept = self.parameters[parameter["ParameterName"]]
        kept.update({camelcase_to_underscores(key): value for key, value in list(kept.items())})


for group in (DBParameterGroup, DBClusterParameterGroup):
    if "update_parameters" in vars(group):
        replaces(group, "update_parameters")(update_parameters)


_scaling_of_version_1 = DBCluster.scaling_configuration_info


def scaling_configuration_info(self: Any) -> Any:
    """Moto tells of version 1's scaling for every cluster; the provider would take it away again for ever."""
    return _scaling_of_version_1.__get__(self) if self.scaling_configuration else None


DBCluster.scaling_configuration_info = property(scaling_configuration_info)  # type: ignore[method-assign, assignment]


@replaces(DBInstance, "__init__")
def server(original: Method, self: Any, *given: Any, **named: Any) -> None:
    """Moto gives every server the same id, by which the provider tells them apart."""
    original(self, *given, **named)
    self.dbi_resource_id = f"db-{mock_random.get_random_hex(26).upper()}"


@replaces(RDSBackend, "modify_db_cluster")
def modify_db_cluster(original: Method, self: Any, given: dict[str, Any]) -> Any:
    """Moto's servers go on with the name that their cluster had."""
    before, after = given["db_cluster_identifier"], given.get("new_db_cluster_identifier")
    cluster = original(self, given)
    for one in self.databases.values():
        if after and one.db_cluster_identifier == before:
            one.db_cluster_identifier = after
    return cluster


@replaces(RDSBackend, "restore_db_instance_to_point_in_time")
def restore_db_instance_to_point_in_time(original: Method, self: Any, *given: Any, **named: Any) -> Any:
    """Moto takes what was restored for a replica of where it came from."""
    server = original(self, *given, **named)
    server.source_db_instance_identifier = None
    return server


@replaces(RDSResponse, "create_db_instance")
@replaces(RDSResponse, "modify_db_instance")
def performance_insights(original: Method, self: Any) -> Any:
    answer = original(self)
    server = answer.result["DBInstance"]
    before = getattr(server, "performance_insights_enabled", False)
    asked = self.params.get("EnablePerformanceInsights", before)
    server.performance_insights_enabled = str(asked).lower() == "true"
    return answer
