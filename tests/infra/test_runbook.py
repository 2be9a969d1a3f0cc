"""The runbook's words: what it quotes is what one sees, and what it has one type is what AWS takes."""

from __future__ import annotations

import re

import pytest

from .conftest import MakeProject
from .project import Project

pytestmark = pytest.mark.infra


@pytest.fixture(scope="module")
def project(make_project: MakeProject) -> Project:
    return make_project(
        "restored", "production", "333344445555", database="aurora-mysql", environments=["production"]
    )


def section(text: str, title: str) -> str:
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_column(text: str, title: str) -> list[str]:
    """What stands in code in the first column of a section's table."""
    rows = re.findall(r"^\| (`.*?) \|", section(text, title), re.MULTILINE)
    return [name for row in rows for name in re.findall("`(.*?)`", row)]


def test_what_a_failed_deploy_says_is_what_bin_ecs_says(project: Project) -> None:
    files = project.folder / "bin/ecs.d"
    scripts = "".join(path.read_text(encoding="utf-8") for path in files.rglob("*.sh"))
    runbook = (project.folder / "docs/ecs/runbook.md").read_text(encoding="utf-8")
    said = first_column(runbook, "When a deploy fails") + re.findall(r"`bin/ecs .*?` says\s+`(.*?)`", runbook)
    assert len(said) > 6
    parts = [part for text in said for part in re.split(r" ?(?:…|\d+) ?", text)]
    assert [part for part in parts if part not in scripts] == []


def test_a_restored_cluster_has_its_server_and_the_name_of_the_old_one(project: Project) -> None:
    """Without Terraform, which knows a cluster by its name. A server is restored in alpha's life."""
    cluster(project)
    project.restore_backup()
    rds, name = project.client("rds"), project.full_name
    servers = {
        s["DBInstanceIdentifier"]: s["DBClusterIdentifier"]
        for s in rds.describe_db_instances()["DBInstances"]
    }
    assert servers == {f"{name}-1": name, f"{name}-old-1": f"{name}-old", f"{name}-old-2": f"{name}-old"}
    found = {c["DBClusterIdentifier"]: c for c in rds.describe_db_clusters()["DBClusters"]}
    assert found.keys() == {name, f"{name}-old"}
    assert found[name]["DBClusterParameterGroup"] == f"{name}-aurora-mysql8-0"
    project.delete_old_database()
    assert [c["DBClusterIdentifier"] for c in rds.describe_db_clusters()["DBClusters"]] == [name]
    assert [s["DBInstanceIdentifier"] for s in rds.describe_db_instances()["DBInstances"]] == [f"{name}-1"]


def cluster(project: Project) -> None:
    """What of an Aurora cluster with a standby has a name."""
    ec2, rds, name = project.client("ec2"), project.client("rds"), project.full_name
    vpc = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.30.{n}.0/24", AvailabilityZone=f"{project.region}{zone}")
        for n, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName=f"{name}-database", Description="From tasks", VpcId=vpc)
    rds.create_db_subnet_group(
        DBSubnetGroupName=name,
        DBSubnetGroupDescription="data",
        SubnetIds=[subnet["Subnet"]["SubnetId"] for subnet in subnets],
    )
    settings = f"{name}-aurora-mysql8-0"
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName=settings, DBParameterGroupFamily="aurora-mysql8.0", Description="Settings"
    )
    rds.create_db_cluster(
        DBClusterIdentifier=name,
        Engine="aurora-mysql",
        MasterUsername="laravel",
        MasterUserPassword="given-by-the-team-1",
        DBSubnetGroupName=name,
        DBClusterParameterGroupName=settings,
        VpcSecurityGroupIds=[group["GroupId"]],
    )
    for number in (1, 2):
        rds.create_db_instance(
            DBInstanceIdentifier=f"{name}-{number}",
            DBClusterIdentifier=name,
            Engine="aurora-mysql",
            DBInstanceClass="db.serverless",
        )
