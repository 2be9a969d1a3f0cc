"""`bin/ecs build` with a real Docker, pushing to a real registry that stands behind ECR."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.emulator import Emulator, emulator
from tests.emulator.registry import registry
from tests.emulator.tools import Tools
from tests.engine import Engine
from tests.render import commit, render

from .project import Project

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("build")]

DOCKERFILE = "FROM scratch\nCOPY artisan /\n"
"""What is built matters elsewhere; here it is how it gets to ECR."""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("registry")
    with registry(folder) as address, emulator(folder, address) as running:
        yield running


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, aws: Emulator, tools: Tools, engine: Engine
) -> Iterator[Project]:
    """A project whose account is ready for images; its shell finds the engine."""
    folder = render(
        tmp_path_factory.mktemp("built") / "built", environments=["staging"], cpu_architecture="x86_64"
    )
    (folder / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    (folder / ".dockerignore").unlink()
    made = Project(commit(folder), "staging", aws, tools)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DOCKER_HOST", "DOCKER_CONFIG"):
            if name in engine.env:
                patch.setenv(name, engine.env[name])
        patch.setenv("PATH", os.pathsep.join([engine.env["PATH"], os.environ["PATH"]]))
        made.must("bootstrap", "--yes")
        made.commit()
        yield made


def test_a_commit_is_built_once_and_known_by_its_digest(project: Project) -> None:
    missing = project.ecs("build", "staging", "--existing")
    assert missing.code == 1
    assert "There is no image of" in missing.output

    first = project.ecs("build", "staging")
    assert first.code == 0, str(first)
    digest = first.output.splitlines()[-1]
    assert digest.startswith("sha256:")
    assert len(digest) == len("sha256:") + 64

    again = project.ecs("build", "staging", "--existing")
    assert again.code == 0
    assert again.output.splitlines()[-1] == digest
    found = project.client("ecr").describe_images(repositoryName=project.slug)["imageDetails"]
    assert [image["imageDigest"] for image in found] == [digest]


def test_what_no_commit_has_is_not_built(project: Project) -> None:
    (project.folder / "artisan").write_text("committed", encoding="utf-8")
    project.commit()
    (project.folder / "artisan").write_text("not committed", encoding="utf-8")
    refused = project.ecs("build", "staging")
    assert refused.code == 1
    assert "There are changes that no commit has (artisan)" in refused.output
