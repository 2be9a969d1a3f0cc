"""What the tests of the infrastructure share: the tools, an emulator, projects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import ACCOUNT, Emulator, emulator
from tests.emulator.tools import ToolError, Tools, ensure_tools
from tests.render import commit, render

from .lifecycle import LIVES, WORKERS, Life
from .project import Project

MakeProject = Callable[..., Project]


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Terraform with its provider and the AWS CLI."""
    try:
        return ensure_tools()
    except ToolError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator of this process's own."""
    with emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="session")
def make_project(tmp_path_factory: pytest.TempPathFactory, aws: Emulator, tools: Tools) -> MakeProject:
    """Render a project of a name, with these answers, and commit it.

    With `installs`, Terraform installs its provider, pins it and checks it, as it does for everybody.
    """

    def make(
        name: str, environment: str, account: str = ACCOUNT, *, installs: bool = False, **answers: Any
    ) -> Project:
        folder = tmp_path_factory.mktemp(name) / name
        rendered = commit(render(folder, project_name=name.title(), **answers))
        return Project(rendered, environment, aws, tools, account, {} if installs else tools.unchecked)

    return make


def lives() -> list[Any]:
    """One parameter for each life; its group keeps all that look at it in one process."""
    return [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in LIVES]


@pytest.fixture(scope="session", params=lives())
def life(request: pytest.FixtureRequest, make_project: MakeProject) -> Life:
    """A whole life, run when the first test asks for it."""
    environment, answers = LIVES[request.param]
    account = f"1111{list(LIVES).index(request.param)}1112222"
    project = make_project(request.param, environment, account, installs=request.param == "alpha", **answers)
    if request.param == "delta":
        project.edit("  schedule:\n", WORKERS + "  schedule:\n")
    life = Life(project, answers)
    life.live()
    return life


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rendering with every default, for what needs no AWS."""
    return commit(render(tmp_path_factory.mktemp("rendered") / "shop", domain_name="shop.example.com"))
