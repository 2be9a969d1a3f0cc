"""The how-to guides, typed: their manifests are accepted, and their commands do what the pages say.

What needs no Terraform is in tests/docs/test_how_to.py.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.how_to import PAGES, blocks, commands, manifests, merged
from tests.emulator.provider import staying_provider
from tests.emulator.tools import Tools
from tests.render import render

from .conftest import MakeProject
from .lifecycle import existing_network
from .project import Project, plain
from .test_static import shell

pytestmark = [pytest.mark.infra, pytest.mark.xdist_group("how-to")]

WITH_MANIFESTS = [page for page in PAGES if manifests(page)]


# ── Manifests ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Path:
    """The project of the pages, ready to read manifests."""
    folder = render(
        tmp_path_factory.mktemp("how-to") / "shop",
        project_name="Shop",
        aws_region="eu-central-1",
        domain_name="shop.example.com",
    )
    done = terraform(folder, tools, "init", "-backend=false", "-input=false")
    assert done.returncode == 0, done.stdout
    return folder


def terraform(project: Path, tools: Tools, *arguments: str) -> subprocess.CompletedProcess[str]:
    folder = project / "infra/manifest"
    return outcome([tools.terraform, f"-chdir={folder}", *arguments, "-no-color"], shell(tools))


def outcome(
    command: Sequence[str | Path], environment: Mapping[str, str], cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program with this environment alone; its two streams are one."""
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def plan(
    project: Path, tools: Tools, folder: Path, environment: str, added: dict[str, Any]
) -> subprocess.CompletedProcess[str]:
    """Have the repository's own check read the rendered manifest with something written into it."""
    file = f"{environment}.yml"
    before = yaml.safe_load((project / "infra/environments" / file).read_text(encoding="utf-8"))
    (folder / file).write_text(yaml.safe_dump(merged(before, added), sort_keys=False), encoding="utf-8")
    return terraform(
        project, tools, "plan", "-lock=false", f"-var=environment={environment}", f"-var=folder={folder}"
    )


def test_pages_have_manifests() -> None:
    assert {"another-queue", "existing-application", "own-database", "own-network"} <= set(WITH_MANIFESTS)


@pytest.mark.parametrize("page", WITH_MANIFESTS)
def test_a_pages_manifest_is_accepted(page: str, rendered: Path, tools: Tools, tmp_path: Path) -> None:
    for environment, added in manifests(page).items():
        done = plan(rendered, tools, tmp_path, environment, added)
        assert done.returncode == 0, done.stdout


def test_a_wrong_one_is_not(rendered: Path, tools: Tools, tmp_path: Path) -> None:
    wrong = {"workloads": {"mails": {"cpu": 256, "memory": 600, "min": 1, "max": 1}}}
    done = plan(rendered, tools, tmp_path, "staging", wrong)
    assert done.returncode == 1
    assert "workloads.mails.kind: missing" in done.stdout


def test_a_job_of_an_hour_is_protected_and_its_worker_may_sleep(
    rendered: Path, tools: Tools, tmp_path: Path
) -> None:
    done = plan(rendered, tools, tmp_path, "staging", manifests("another-queue")["staging"])
    reports = done.stdout.partition("+ reports ")[2].partition("}")[0]
    assert "is_long          = true" in reports
    assert "min              = 0" in reports
    assert "is_long          = false" in done.stdout.partition("+ mails ")[2].partition("}")[0]


# ── Files of Terraform ───────────────────────────────────────────────────────────────────────────


BOUNDARY = '"arn:aws:iam::111122223333:policy/company-boundary"'
SHOWS = {
    "account": [
        f"aws_iam_role.build[0].permissions_boundary == {BOUNDARY}",
        f'aws_iam_role.deploy["staging"].permissions_boundary == {BOUNDARY}',
        "length(aws_iam_role_policy.base_images) == 1",
    ],
    "platform": [
        f"aws_iam_role.execution.permissions_boundary == {BOUNDARY}",
        f"aws_iam_role.task.permissions_boundary == {BOUNDARY}",
        f"aws_iam_role.schedule.permissions_boundary == {BOUNDARY}",
        'endswith(aws_db_instance.this[0].kms_key_id, ":key/00000000-0000-0000-0000-000000000000")',
        'aws_elasticache_replication_group.valkey["main"].kms_key_id == aws_db_instance.this[0].kms_key_id',
    ],
}
"""Layer → what its plan has by the files of the pages: Terraform ignores in an override what it knows not."""


def shows(layer: Path) -> str:
    """A test of a layer, with the mocks of its own tests."""
    own = (layer / f"tests/{layer.name}.tftest.hcl").read_text(encoding="utf-8")
    asserts = "".join(
        f'  assert {{\n    condition = {condition}\n    error_message = "It does not."\n  }}\n'
        for condition in SHOWS[layer.name]
    )
    return own.partition('\nrun "')[0] + f'\nrun "files" {{\n  command = plan\n{asserts}}}\n'


@pytest.fixture(scope="module")
def with_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rendering with every file of Terraform that a page has one write."""
    folder = render(tmp_path_factory.mktemp("files") / "shop", project_name="Shop", repository="acme/shop")
    for manifest in (folder / "infra/environments").iterdir():
        text = manifest.read_text(encoding="utf-8")
        manifest.write_text(text.replace('account_id: ""', 'account_id: "111122223333"'), encoding="utf-8")
    for block in [block for page in PAGES for block in blocks(page, "hcl")]:
        file = folder / block.text.splitlines()[0].removeprefix("# ")
        assert not file.exists()
        file.write_text(block.text, encoding="utf-8")
    shutil.copy(folder / "infra/services/company_override.tf", folder / "infra/tasks")
    return folder


def test_terraform_takes_the_files_of_the_pages(with_files: Path, tools: Tools, tmp_path: Path) -> None:
    """Planned with the mocks of the layers' own tests, whose schema is that of the real provider."""
    environment = shell(tools)
    with staying_provider(tools.provider, environment, tmp_path) as provider:
        for layer in ("account", "platform", "tasks", "services"):
            folder = with_files / "infra" / layer
            steps = [["fmt", "-check"], ["init", "-backend=false", "-input=false"], ["validate"]]
            if layer in SHOWS:
                (folder / "tests/files.tftest.hcl").write_text(shows(folder), encoding="utf-8")
                named = [] if layer == "account" else ["-var=environment=production"]
                steps[-1] = ["test", "-filter=tests/files.tftest.hcl", *named]
            for step in steps:
                command: list[str | Path] = [tools.terraform, f"-chdir={folder}", *step, "-no-color"]
                done = outcome(command, environment | provider)
                assert done.returncode == 0, f"{layer}: {done.stdout}"
                assert step[0] != "test" or "1 passed" in done.stdout


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def shop(make_project: MakeProject) -> Project:
    """The project of the pages, in an account, before anything was made in it."""
    project = make_project(
        "shop", "production", "111122223333", stays=False, aws_region="eu-central-1", ci="none"
    )
    for name in ("staging", "production"):
        manifest = project.folder / f"infra/environments/{name}.yml"
        text = manifest.read_text(encoding="utf-8")
        manifest.write_text(
            text.replace('account_id: ""', f'account_id: "{project.account}"'), encoding="utf-8"
        )
    return project


def typed(
    project: Project,
    page: str,
    *beginnings: str,
    real: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """Type the commands of a page that begin like this, with real ids in place of its own; what they say."""
    lines = [line for line in commands(page) if line.startswith(beginnings)]
    assert lines, page
    script = "\n".join(lines)
    for placeholder, value in (real or {}).items():
        assert placeholder in script, placeholder
        script = script.replace(placeholder, value)
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = outcome(command, project.shell, cwd or project.folder)
    assert done.returncode == 0, f"{script}\n{done.stdout}"
    return done.stdout


def platform(project: Project, environment: str, network: str = "private", database: str = "postgres") -> str:
    """What `bin/ecs platform` asks for first, with such a manifest; it makes nothing."""
    manifest = project.folder / f"infra/environments/{environment}.yml"
    before = manifest.read_text(encoding="utf-8")
    after = before.replace("network: private", f"network: {network}", 1)
    manifest.write_text(after.replace("database: postgres", f"database: {database}", 1), encoding="utf-8")
    try:
        return plain(project.ecs("platform", environment, "--dry-run").output)
    finally:
        manifest.write_text(before, encoding="utf-8")


def parameter(project: Project, path: str) -> str:
    found = project.client("ssm").get_parameter(Name=path, WithDecryption=True)
    return str(found["Parameter"]["Value"])


def test_the_parameters_of_a_network_are_all_that_the_platform_asks_for(shop: Project) -> None:
    assert "Missing: vpc_id public_subnet_ids" in platform(shop, "staging", network="existing")
    own = existing_network(shop)
    ec2 = shop.client("ec2")
    table = ec2.create_route_table(VpcId=own["vpc_id"])["RouteTable"]["RouteTableId"]
    real = {"vpc-0123456789abcdef0": own["vpc_id"], "rtb-0123456789abcdef0": table}
    subnets = ",".join(own[f"{kind}_subnet_ids"] for kind in ("public", "task", "data"))
    for number, subnet in enumerate(subnets.split(",")):
        real[f"subnet-0123456789abcdef{number}"] = subnet
    shop.client("ecs").create_cluster(clusterName="shop-staging")

    typed(shop, "own-network", "aws ", real=real)

    written = {name: parameter(shop, f"/shop/staging/platform/{name}") for name in own}
    assert written == own
    [endpoint] = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    assert (endpoint["ServiceName"], endpoint["RouteTableIds"]) == ("com.amazonaws.eu-central-1.s3", [table])
    path, subnets = "/shop/staging/platform/task_subnet_ids", own["task_subnet_ids"]
    shop.client("ssm").put_parameter(Name=path, Value=subnets.replace(",", ", "), Overwrite=True)
    said = platform(shop, "staging", network="existing")
    assert f"The parameter {path} is '{subnets.replace(',', ', ')}'; it has to look like subnet-" in said
    shop.client("ssm").put_parameter(Name=path, Value=subnets, Overwrite=True)

    said = platform(shop, "staging", network="existing")
    assert "Missing" not in said
    assert "would make up the secret APP_KEY" in said


def test_subnets_in_which_nothing_would_run_are_refused(shop: Project) -> None:
    own, other = existing_network(shop), existing_network(shop)
    subnet = shop.client("ec2").create_subnet(
        VpcId=own["vpc_id"], CidrBlock="10.99.9.0/24", AvailabilityZone="eu-central-1c"
    )["Subnet"]["SubnetId"]
    public, task = "/shop/staging/platform/public_subnet_ids", "/shop/staging/platform/task_subnet_ids"

    def said(changed: str, value: str) -> str:
        given = {f"/shop/staging/platform/{name}": text for name, text in own.items()} | {changed: value}
        for path, text in given.items():
            shop.client("ssm").put_parameter(Name=path, Type="String", Value=text, Overwrite=True)
        return platform(shop, "staging", network="existing")

    first, second = own["task_subnet_ids"].split(",")
    same = own["data_subnet_ids"].split(",")[0]  # in the zone of the first
    assert f"Not all subnets of {task} lie in {own['vpc_id']}" in said(task, other["task_subnet_ids"])
    assert f"The subnets of {task} lie in one zone, eu-central-1" in said(task, f"{first},{same}")
    assert f"Tasks in eu-central-1c would get no request: {public} has none" in said(
        task, f"{second},{subnet}"
    )
    assert "(InvalidSubnetID.NotFound)" in said(task, "subnet-0,subnet-1")
    assert "would make up the secret APP_KEY" in said(task, own["task_subnet_ids"])


def test_the_parameters_of_a_database_and_the_way_to_it(shop: Project) -> None:
    assert "Missing: database_connection" in platform(shop, "production", database="external")
    ec2 = shop.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.98.0.0/16")["Vpc"]["VpcId"]
    groups = [
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        for name in ("tasks", "database")
    ]
    shop.client("ssm").put_parameter(
        Name="/shop/production/platform/task_security_group_id", Type="String", Value=groups[0]
    )

    real = {"sg-0123456789abcdef0": groups[1]}
    let_in = ("aws ssm", "aws ec2 describe", "aws ec2 authorize", "tasks=")
    typed(shop, "own-database", *let_in, real=real)

    [rule] = ec2.describe_security_groups(GroupIds=[groups[1]])["SecurityGroups"][0]["IpPermissions"]
    assert (rule["FromPort"], rule["UserIdGroupPairs"][0]["GroupId"]) == (5432, groups[0])
    typed(shop, "own-database", "tasks=", "aws ec2 revoke", real=real)
    assert not ec2.describe_security_groups(GroupIds=[groups[1]])["SecurityGroups"][0]["IpPermissions"]
    said = platform(shop, "production", database="external")
    assert "Missing" not in said
    assert "The password of your database is missing: bin/ecs secret production set DB_PASSWORD" in said
    assert "would make up" not in said


def test_secrets_come_over_from_copilot(shop: Project) -> None:
    for name, value in (("APP_KEY", "base64:b2xk"), ("DB_PASSWORD", "old password")):
        path = f"/copilot/shop/production/secrets/{name}"
        shop.client("ssm").put_parameter(Name=path, Type="SecureString", Value=value)

    said = typed(shop, "from-copilot", "aws ssm")

    assert parameter(shop, "/shop/production/secrets/APP_KEY") == "base64:b2xk"
    assert parameter(shop, "/shop/production/secrets/DB_PASSWORD") == "old password"
    assert "old password" not in said


def test_a_certificate_for_a_domain_whose_dns_stays_elsewhere(shop: Project) -> None:
    said = typed(shop, "switching-over", "aws acm", "aws ssm")

    assert said.startswith("arn:aws:acm:eu-central-1:111122223333:certificate/")
    assert parameter(shop, "/shop/production/platform/certificate_arn").startswith(
        "arn:aws:acm:eu-central-1:"
    )


def test_files_are_copied_to_the_bucket_of_the_platform(shop: Project, tmp_path: Path) -> None:
    s3, here = shop.client("s3"), {"LocationConstraint": "eu-central-1"}
    ours, theirs = f"shop-production-{shop.account}-eu-central-1", "vapor-bucket-of-yours"
    for name in (ours, theirs):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=here)
    s3.put_object(Bucket=theirs, Key="invoices/1.pdf", Body=b"one")
    upload = tmp_path / "storage/app/public/avatars/ada.png"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"png")

    typed(shop, "from-forge", "aws s3 sync", cwd=tmp_path)
    typed(shop, "from-vapor", "aws s3 sync")

    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=ours)["Contents"]]
    assert keys == ["invoices/1.pdf", "public/avatars/ada.png"]
