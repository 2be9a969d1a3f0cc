"""What moto lacks, a module per service. Each module says why; importing it changes moto."""

from __future__ import annotations

from importlib import import_module

MODULES = ("core", "autoscaling", "ec2", "ecr", "ecs", "elasticache", "elbv2", "rds", "s3")


def apply() -> None:
    """Change moto, in this process only."""
    for name in MODULES:
        import_module(f".{name}", __name__)
