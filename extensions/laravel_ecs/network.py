"""The address plan of an environment: one /16 each, never overlapping, the same for ever."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from .names import ENVIRONMENTS
from .regions import Region

SECOND_OCTET: dict[str, int] = {name: 10 * number for number, name in enumerate(ENVIRONMENTS, start=1)}
"""Fixed per environment, so that adding one later moves none of the others."""


@dataclass(frozen=True)
class Network:
    """A VPC and its subnets, one of each kind per availability zone.

    Attributes:
        cidr: The VPC's addresses, ``10.30.0.0/16``.
        zones: How many availability zones it spans, two or three.
        public: For the load balancer and NAT: /20 each.
        private: For the tasks: /20 each, because every tick of the schedule takes an address.
        data: For database and Valkey, with no way out: /24 each.
    """

    cidr: str
    zones: int
    public: tuple[str, ...]
    private: tuple[str, ...]
    data: tuple[str, ...]


def network(environment: str, region: Region) -> Network:
    """Lay out one environment: production spans three zones where the region has them."""
    vpc = IPv4Network(f"10.{SECOND_OCTET[environment]}.0.0/16")
    zones = min(3 if environment == "production" else 2, region.fargate_zones)
    wide, narrow = list(vpc.subnets(new_prefix=20)), list(vpc.subnets(new_prefix=24))
    return Network(
        cidr=str(vpc),
        zones=zones,
        public=tuple(map(str, wide[0:zones])),
        private=tuple(map(str, wide[4 : 4 + zones])),
        data=tuple(map(str, narrow[128 : 128 + zones])),
    )
