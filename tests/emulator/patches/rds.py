"""Parameter groups that answer what they were told, Performance Insights, and Aurora's scaling."""

from __future__ import annotations

from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.rds.models import DBCluster, DBClusterParameterGroup, DBParameterGroup
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


@replaces(RDSResponse, "create_db_instance")
def create_db_instance(original: Method, self: Any) -> Any:
    answer = original(self)
    asked = str(self.params.get("EnablePerformanceInsights")).lower()
    answer.result["DBInstance"].performance_insights_enabled = asked == "true"
    return answer
