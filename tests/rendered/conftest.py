"""The renderings that many tests look at, made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.render import copy_sources, files, quick_copier, render

from .matrix import Answers, matrix


@dataclass(frozen=True)
class Rendering:
    """A rendered project: where it lies, what was answered, what it holds."""

    folder: Path
    answers: Answers
    files: dict[str, bytes]


@dataclass(frozen=True)
class Renderings:
    """All renderings of the matrix."""

    all: tuple[Rendering, ...]

    def distinct(self, wanted: Callable[[str, bytes], bool]) -> Iterator[Path]:
        """Each wanted file, but once where several renderings have the same."""
        seen = set()
        for rendering in self.all:
            for path, content in rendering.files.items():
                if (path, content) not in seen and wanted(path, content):
                    seen.add((path, content))
                    yield rendering.folder / path

    def named(self, *endings: str) -> list[Path]:
        """Distinct files by the end of their name; there has to be one."""
        found = list(self.distinct(lambda path, _: path.endswith(endings)))
        assert found, f"nothing ends in {endings}"
        return found


@pytest.fixture(scope="session")
def renderings(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Renderings:
    """Every row of the matrix, rendered; the folder's name is the row's number."""
    folder = tmp_path_factory.mktemp("matrix")
    source = folder / "template"
    source.mkdir()
    copy_sources(source)  # outside git, so that Copier needs not clone it again and again
    made = []
    with quick_copier():
        for number, answers in enumerate(matrix(3 if request.config.getoption("--campaign") else 2)):
            project = render(folder / str(number), source=source, **answers)
            made.append(Rendering(project, answers, files(project)))
    return Renderings(tuple(made))
