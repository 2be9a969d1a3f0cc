"""An environment's whole life, run once: bootstrap, platform, three releases, destroy.

Many tests then look at what each step said and asked of AWS. Four lives with different answers run side by
side, each in a process, an emulator and an account of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.emulator import Rollout

from .project import Done, Project

Answers = dict[str, Any]

LIVES: dict[str, tuple[str, Answers]] = {
    "alpha": (
        "production",
        {
            "database": "postgres",
            "domain_name": "alpha.example.com",
            "repository": "acme/alpha",
            "alarm_email": "oncall@example.com",
            "environments": ["production"],
        },
    ),
    "beta": (
        "staging",
        {
            "aws_region": "eu-west-1",
            "ci": "none",
            "cpu_architecture": "x86_64",
            "database": "aurora-mysql",
            "environments": ["staging", "production"],
            "network": "public",
            "queue_timeout": 30,
            "schedule_capacity": "spot",
            "schedule_trigger": "scheduler",
        },
    ),
    "gamma": (
        "staging",
        {
            "ci": "gitlab",
            "database": "external",
            "environments": ["staging"],
            "log_retention_days": 7,
            "network": "existing",
            "repository": "acme/tools/gamma",
            "schedule_trigger": "service",
        },
    ),
    "delta": (
        "development",
        {
            "aws_region": "eu-central-1",
            "database": "mysql",
            "domain_name": "delta.example.com",
            "environments": ["development", "staging", "production"],
            "network": "private-ha",
            "repository": "acme/delta",
            "schedule_capacity": "spot",
        },
    ),
}
"""Project → the environment that lives, and the answers. Together: each way to start the schedule, each
network, each pipeline; with and without a domain; one, two and three environments."""

WORKERS = """  mails:
    kind: queue
    cpu: 256
    memory: 512
    min: 1
    max: 2
    queues:
      - mails
    timeout: 45

  reports:
    kind: queue
    cpu: 256
    memory: 512
    min: 0
    max: 3
    queues:
      - reports
      - mails
    timeout: 600
    backlog_per_task: 2

"""
"""Two more workers, which delta has: one with a timeout of its own, one that sleeps and has long jobs."""


@dataclass
class Life:
    """A project and what each step of its life did; a step that fails is the last."""

    project: Project
    answers: Answers
    steps: dict[str, Done] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def step(self, name: str) -> Done:
        """What a step did; fails where the life never came to it, or it ended badly."""
        last = list(self.steps.values())[-1] if self.steps else None
        assert name in self.steps, f"no {name}: {last}"
        assert self.steps[name].code == 0, str(self.steps[name])
        return self.steps[name]

    def live(self) -> None:
        """Run it all."""
        for name, run in STEPS.items():
            self.steps[name] = run(self)
            if self.steps[name].code:
                return

    def fact(self, name: str, value: Any) -> None:
        """Keep what is true at this moment of the life only."""
        self.facts[name] = value


# ── The steps ────────────────────────────────────────────────────────────────────────────────────


def bootstrap(life: Life) -> Done:
    return life.project.ecs("bootstrap", life.project.environment, "--yes")


def platform(life: Life) -> Done:
    project = life.project
    provide(project)
    return project.ecs("platform", project.environment, "--yes")


def deploy(life: Life) -> Done:
    """The commit's image, which is there: nothing is built."""
    project = life.project
    life.fact("first", project.push(project.commit()))
    done = project.ecs("deploy", project.environment)
    life.fact("running after deploy", project.running())
    return done


def platform_again(life: Life) -> Done:
    return life.project.ecs("platform", life.project.environment, "--dry-run")


def deploy_again(life: Life) -> Done:
    return life.project.ecs("deploy", life.project.environment, "--dry-run")


def update(life: Life) -> Done:
    """Another image, and one line more below `environment` and below `secrets`."""
    project = life.project
    project.edit("environment:\n", "environment:\n  GREETING: hello\n")
    project.edit("  - APP_KEY\n", "  - APP_KEY\n  - MAIL_PASSWORD\n")
    life.fact("mail password", "correct-horse-battery")
    project.must("secret", project.environment, "set", "MAIL_PASSWORD", given=life.facts["mail password"])
    life.fact("second", project.push("second"))
    if "reports" in project.workloads:  # woken, and at a job that lasts longer than these tests
        project.client("ecs").update_service(cluster=project.full_name, service="reports", desiredCount=1)
        project.aws.play(Rollout(service="reports", held=3600))
    done = project.ecs("deploy", project.environment, "--image", life.facts["second"])
    life.fact("images after update", project.images())
    return done


def rollback(life: Life) -> Done:
    project = life.project
    done = project.ecs("rollback", project.environment)
    life.fact("images after rollback", project.images())
    life.fact("current", project.parameter("release/current"))
    life.fact("previous", project.parameter("release/previous"))
    life.fact("lock", project.parameter("release/lock"))
    return done


def unprotect(life: Life) -> Done:
    """Where the manifest protects the environment, `destroy` refuses until that is taken back.

    The same run of `platform` finds a database that was restored from a backup, and a password of Valkey that
    an earlier run has begun to set.
    """
    project = life.project
    if not project.manifest["protected"]:
        return life.steps["rollback"]
    life.fact("refused", project.ecs("destroy", project.environment, "--yes", project.environment))
    life.fact("servers", servers(project))
    project.restore_backup()
    life.fact("servers restored", servers(project))
    valkey = f"arn:aws:elasticache:{project.here}:replicationgroup:{project.full_name}"
    project.client("elasticache").remove_tags_from_resource(ResourceName=valkey, TagKeys=["Password"])
    project.edit("protected: true", "protected: false")
    done = project.ecs("platform", project.environment, "--yes")
    life.fact("afterwards", project.ecs("platform", project.environment, "--dry-run"))
    project.delete_old_database()  # its groups are those of the new one, and cannot go before it
    return done


def destroy(life: Life) -> Done:
    project = life.project
    life.fact("states", project.states())
    done = project.ecs("destroy", project.environment, "--yes", project.environment)
    life.fact("resources", project.resources())
    life.fact("servers left", servers(project))
    return done


def servers(project: Project) -> dict[str, str]:
    """Name of each database server → the id that AWS gave it."""
    found = project.client("rds").describe_db_instances()["DBInstances"]
    return {server["DBInstanceIdentifier"]: server["DbiResourceId"] for server in found}


STEPS: dict[str, Callable[[Life], Done]] = {
    "bootstrap": bootstrap,
    "platform": platform,
    "deploy": deploy,
    "platform again": platform_again,
    "deploy again": deploy_again,
    "update": update,
    "rollback": rollback,
    "unprotect": unprotect,
    "destroy": destroy,
}

# ── What a team has before: a zone, a network, a database ────────────────────────────────────────


def provide(project: Project) -> None:
    """Make what the manifest says is there already, and write the parameters that a team writes itself."""
    wanted = project.manifest["platform"]
    given: dict[str, str] = {}
    if wanted["hosted_zone"]:
        project.client("route53").create_hosted_zone(Name=wanted["hosted_zone"], CallerReference=project.slug)
    if wanted["network"] == "existing":
        given |= existing_network(project)
    if wanted["database"] == "external":
        given |= {
            "database_connection": "mysql",
            "database_host": "db.example.com",
            "database_port": "3306",
            "database_name": "app",
            "database_username": "app",
        }
        project.must("secret", project.environment, "set", "DB_PASSWORD", given="given-by-the-team-1")
    for name, value in given.items():
        path = f"/{project.slug}/{project.environment}/platform/{name}"
        project.client("ssm").put_parameter(Name=path, Type="String", Value=value)


def existing_network(project: Project) -> dict[str, str]:
    ec2 = project.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"10.99.{number}.0/24",
            AvailabilityZone=f"{project.region}{'ab'[number % 2]}",
        )["Subnet"]["SubnetId"]
        for number in range(6)
    ]
    return {
        "vpc_id": vpc,
        "public_subnet_ids": ",".join(subnets[:2]),
        "task_subnet_ids": ",".join(subnets[2:4]),
        "data_subnet_ids": ",".join(subnets[4:]),
        "assign_public_ip": "DISABLED",
    }
