"""What can be said of the rendered Terraform without any AWS: formatting, validity, its own tests."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.provider import staying_provider
from tests.emulator.tools import Tools
from tests.render import commit, files, render

pytestmark = pytest.mark.infra

SPREAD: dict[str, dict[str, Any]] = {
    "defaults": {},
    "three environments": {
        "environments": ["development", "staging", "production"],
        "database": "aurora-postgres",
        "domain_name": "shop.example.com",
        "repository": "acme/shop",
        "network": "private-ha",
        "cpu_architecture": "x86_64",
    },
    "everything of one's own": {
        "environments": ["production"],
        "database": "external",
        "network": "existing",
        "schedule_trigger": "scheduler",
        "schedule_capacity": "spot",
        "repository": "acme/tools/shop",
        "ci": "gitlab",
        "queue_timeout": 1,
    },
    "by hand": {
        "environments": ["staging"],
        "size_staging": "large",
        "database": "aurora-mysql",
        "network": "public",
        "schedule_trigger": "service",
        "ci": "none",
        "log_retention_days": 3653,
    },
    "large": {
        "database": "mysql",
        "size_production": "large",
        "project_slug": "abcdefghijklmnopqrst",
        "aws_region": "sa-east-1",
        "alarm_email": "oncall@example.com",
    },
}
FULLY = ("three environments", "everything of one's own")
"""Where each layer's own tests run, too: the layers are equal in every rendering, the manifests are not."""


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each set of answers, rendered."""
    folder = tmp_path_factory.mktemp("spread")
    return {
        name: commit(render(folder / str(number), **answers))
        for number, (name, answers) in enumerate(SPREAD.items())
    }


def test_the_layers_are_the_same_files_in_every_rendering(spread: dict[str, Path]) -> None:
    layers = {
        name: {
            path: content
            for path, content in files(project).items()
            if path.startswith("infra/") and not path.startswith(("infra/environments/", "infra/project.yml"))
        }
        for name, project in spread.items()
    }
    assert len(layers["defaults"]) > 40
    assert [name for name, content in layers.items() if content != layers["defaults"]] == []


@pytest.fixture(scope="module")
def provider(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """For layers that are only looked at: no test here has it ask anything of AWS."""
    with staying_provider(tools.provider, shell(tools), tmp_path_factory.mktemp("provider")) as found:
        yield found


@pytest.mark.parametrize("name", SPREAD)
def test_every_manifest_is_accepted(name: str, spread: dict[str, Path], tools: Tools) -> None:
    for manifest in sorted((spread[name] / "infra/environments").glob("*.yml")):
        layer = spread[name] / "infra/manifest"
        for command in (
            ["init", "-backend=false"],
            ["plan", "-lock=false", f"-var=environment={manifest.stem}"],
        ):
            done = _run([tools.terraform, f"-chdir={layer}", *command, "-no-color"], spread[name], tools)
            assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in FULLY])
def test_validate_passes_without_any_credentials(
    name: str, spread: dict[str, Path], tools: Tools, provider: Mapping[str, str]
) -> None:
    done = _run([spread[name] / "bin/ecs", "validate"], spread[name], tools, provider)
    assert done.returncode == 0, done.stdout
    for layer in ("manifest", "account", "platform", "tasks", "services"):
        assert f"✓ {layer}: Success! " in done.stdout
        assert f"✓ {layer}: Success! 0 passed" not in done.stdout


def test_validate_finds_each_kind_of_mistake(
    spread: dict[str, Path], tools: Tools, provider: Mapping[str, str]
) -> None:
    """Formatting, a wrong reference, a wrong manifest and one that is no YAML, all in one run."""
    project = spread["by hand"]
    (project / "infra/tasks/new.tf").write_text("locals {\n    four = local.nothing\n}\n", encoding="utf-8")
    manifest = project / "infra/environments/staging.yml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("network: public", "network: open"))
    (project / "infra/environments/torn.yml").write_text("workloads:\n  web: {\n", encoding="utf-8")
    done = _run([project / "bin/ecs", "validate"], project, tools, provider)
    assert done.returncode == 1
    for said in (
        "platform.network: private, private-ha, public, existing",
        "infra/environments/torn.yml is not YAML: on line 2, column 1: did not find expected node content",
        "is not formatted",
        "tasks: ",
    ):
        assert said in done.stdout


def shell(tools: Tools) -> dict[str, str]:
    """A shell without any credentials."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TF_"))}
    return environment | tools.env | {"CHECKPOINT_DISABLE": "1", "AWS_EC2_METADATA_DISABLED": "true"}


def _run(
    command: list[Any], folder: Path, tools: Tools, provider: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=shell(tools) | dict(provider or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
