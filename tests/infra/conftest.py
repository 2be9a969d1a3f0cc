"""What the tests of the infrastructure share: the tools, an emulator, projects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import ACCOUNT, Emulator, emulator
from tests.emulator.provider import terraform_with_provider
from tests.emulator.tools import ToolError, Tools, ensure_tools
from tests.render import commit, render, update
from tests.update.projects import release, released

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
def make_project(
    tmp_path_factory: pytest.TempPathFactory, aws: Emulator, tools: Tools
) -> Iterator[MakeProject]:
    """Render a project of a name, with these answers, and commit it.

    With `installs`, Terraform installs its provider, pins it and checks it, as for everybody. With `stays`,
    the provider is one process all along, which has the credentials of the project's account. With `since`,
    it was rendered by that release and has been updated.
    """
    with ExitStack() as stack:

        def make(
            name: str,
            environment: str,
            account: str = ACCOUNT,
            *,
            installs: bool = False,
            stays: bool = True,
            since: str = "",
            **answers: Any,
        ) -> Project:
            folder = tmp_path_factory.mktemp(name)
            answers |= {"project_name": name.title()}
            if since:
                rendered = released(folder, since, **answers)
                release(rendered)
                commit(update(rendered))
            else:
                rendered = commit(render(folder / name, **answers))
            project = Project(rendered, environment, aws, tools, account)
            if not installs:
                project.provider = tools.unchecked
            if stays and not installs:
                script = terraform_with_provider(tools.terraform, tools.provider, project.shell, folder)
                project.provider |= {"TERRAFORM": str(stack.enter_context(script))}
            return project

        yield make


def lives() -> list[Any]:
    """One parameter for each life; its group keeps all that look at it in one process."""
    return [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in LIVES]


@pytest.fixture(scope="session", params=lives())
def life(request: pytest.FixtureRequest, make_project: MakeProject) -> Life:
    """A whole life, run when the first test asks for it."""
    environment, answers = LIVES[request.param]
    account = f"1111{list(LIVES).index(request.param)}1112222"
    project = make_project(
        request.param,
        environment,
        account,
        installs=request.param == "alpha",
        since="0.2.0" if request.param == "gamma" else "",
        **answers,
    )
    if request.param == "delta":
        project.edit("  schedule:\n", WORKERS + "  schedule:\n")
    life = Life(project, answers)
    life.live()
    return life


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rendering with every default, for what needs no AWS."""
    return commit(render(tmp_path_factory.mktemp("rendered") / "shop", domain_name="shop.example.com"))
