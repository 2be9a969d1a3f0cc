"""Security group rules that keep what they are for; addresses in a network without names."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.security_groups import SecurityGroupRule


def description(self: Any) -> str | None:
    """Moto keeps it of addresses only."""
    return self.ip_range.get("Description") or self.source_group.get("Description")  # type: ignore[no-any-return]


SecurityGroupRule.description = property(description)  # type: ignore[method-assign, assignment]

# moto's tasks ask every interface for its name; it has one only where the VPC gives names.
NetworkInterface.private_dns_name = ""
