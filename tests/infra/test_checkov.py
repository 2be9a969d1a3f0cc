"""Checkov over the rendered Terraform: each finding is fixed, or stands here with a reviewer's reason."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.command import run
from tests.render import ROOT, render

pytestmark = pytest.mark.infra

OWN_KEY = "AWS's own key encrypts it; a key of one's own costs a dollar a month and can lock everybody out"
PER_MANIFEST = "decided per environment in its manifest; checkov reads the code without one"

ACCEPTED: dict[tuple[str, str], str] = {
    # ── Encryption with a key of one's own ───────────────────────────────────────────────────────
    ("CKV_AWS_136", "aws_ecr_repository.images"): OWN_KEY,
    ("CKV_AWS_136", "aws_ecr_repository.cache"): OWN_KEY,
    ("CKV_AWS_145", "aws_s3_bucket.files"): OWN_KEY,
    ("CKV_AWS_158", "aws_cloudwatch_log_group.database"): OWN_KEY,
    ("CKV_AWS_158", "aws_cloudwatch_log_group.workload"): OWN_KEY,
    ("CKV_AWS_191", "aws_elasticache_replication_group.valkey"): OWN_KEY,
    ("CKV_AWS_327", "aws_rds_cluster.this"): OWN_KEY,
    ("CKV_AWS_354", "aws_rds_cluster_instance.this"): OWN_KEY,
    ("CKV_AWS_354", "aws_db_instance.this"): OWN_KEY,
    ("CKV_AWS_26", "aws_sns_topic.alarms"): "CloudWatch cannot publish to a topic under AWS's own key",
    (
        "CKV2_AWS_34",
        "aws_ssm_parameter.contract",
    ): "names and addresses, nothing secret; secrets are SecureString",
    # ── HTTP ─────────────────────────────────────────────────────────────────────────────────────
    (
        "CKV_AWS_2",
        "aws_lb_listener.http",
    ): "it redirects to HTTPS; without a domain there is no certificate, and a warning",
    ("CKV_AWS_103", "aws_lb_listener.http"): "the HTTP listener has no TLS; that of HTTPS wants 1.2 or newer",
    ("CKV2_AWS_20", "aws_lb.this"): "it redirects wherever there is a domain, which checkov does not see",
    (
        "CKV_AWS_378",
        "aws_lb_target_group.web",
    ): "TLS ends at the load balancer; tasks take requests from it alone",
    # ── What another value is passed for ─────────────────────────────────────────────────────────
    (
        "CKV_AWS_31",
        "aws_elasticache_replication_group.valkey",
    ): "TLS is required; bin/ecs sets the token, which no state may hold",
    ("CKV2_AWS_50", "aws_elasticache_replication_group.valkey"): PER_MANIFEST,
    ("CKV_AWS_133", "aws_db_instance.this"): PER_MANIFEST + "; at least a day",
    ("CKV_AWS_133", "aws_rds_cluster.this"): PER_MANIFEST + "; at least a day",
    (
        "CKV_AWS_249",
        "aws_ecs_task_definition.workload",
    ): "they are two roles; the names come from the contract",
    ("CKV2_AWS_5", "aws_security_group.tasks"): "the tasks take it, through the contract, in another layer",
    (
        "CKV_AWS_394",
        "aws_availability_zones.fargate",
    ): "the manifest says how many; a new zone comes last by name",
    (
        "CKV_AWS_51",
        "aws_ecr_repository.cache",
    ): "the build cache replaces itself; the images' repository is immutable",
    # ── What costs more than it gives a first deployment; each is a resource to add ──────────────
    ("CKV_AWS_18", "aws_s3_bucket.files"): "a second bucket of logs for one reader, the application",
    ("CKV_AWS_91", "aws_lb.this"): "the proxy logs every request already",
    ("CKV_AWS_118", "aws_db_instance.this"): "Performance Insights is on; more is billed",
    ("CKV_AWS_118", "aws_rds_cluster_instance.this"): "Performance Insights is on; more is billed",
    ("CKV_AWS_144", "aws_s3_bucket.files"): "a copy in another region is a decision about where data may lie",
    ("CKV_AWS_162", "aws_rds_cluster.this"): "Laravel holds connections longer than IAM's tokens live",
    ("CKV2_AWS_8", "aws_rds_cluster.this"): "RDS's own backups cover the manifest's days",
    ("CKV2_AWS_11", "aws_vpc.this"): "billed by the connection; of use to somebody who reads it",
    ("CKV2_AWS_28", "aws_lb.this"): "a firewall without rules for this application is a bill",
    ("CKV2_AWS_62", "aws_s3_bucket.files"): "nothing waits for such an event",
}


def findings(folder: Path) -> set[tuple[str, str]]:
    """Check and resource of everything that checkov has against the Terraform in a folder."""
    checkov = ROOT / ".venv/audit/bin/checkov"
    done = subprocess.run(
        [
            checkov,
            "--directory",
            folder,
            "--framework",
            "terraform",
            "--output",
            "json",
            "--quiet",
            "--compact",
        ],
        cwd=folder,
        env={**os.environ, "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        check=False,
    )
    reports = json.loads(done.stdout)
    reports = reports if isinstance(reports, list) else [reports]
    assert any(report["summary"]["resource_count"] for report in reports), done.stderr
    failed: list[dict[str, Any]] = [one for report in reports for one in report["results"]["failed_checks"]]
    return {
        (one["check_id"], one["resource"].removeprefix("module.manifest.").split("[")[0]) for one in failed
    }


@pytest.fixture(scope="module", autouse=True)
def checkov() -> None:
    """Installed apart from the tests: its dependencies are older than theirs."""
    run(["make", ".venv/audit/.ready"], ROOT)


def test_every_finding_is_fixed_or_accepted_with_a_reason(tmp_path: Path) -> None:
    found = findings(
        render(tmp_path / "shop", domain_name="shop.example.com", repository="acme/shop") / "infra"
    )
    assert sorted(found - ACCEPTED.keys()) == []
    assert sorted(ACCEPTED.keys() - found) == [], "no longer found: take it out"


def test_checkov_is_awake(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_security_group" "open" {\n'
        '  description = "open"\n'
        '  ingress {\n    description = "ssh"\n    from_port = 22\n    to_port = 22\n'
        '    protocol = "tcp"\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n}\n'
    )
    assert ("CKV_AWS_24", "aws_security_group.open") in findings(tmp_path)
