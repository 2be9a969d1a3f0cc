"""PHPUnit, where a developer runs it: with the development packages, outside of any mode."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.image.docker import Docker, Output

from .developer import typed

pytestmark = pytest.mark.engine


def assert_all_passed(done: Output, project: Path, *folders: str) -> None:
    """Nothing failed, and every test class of these folders took part."""
    output = done.out
    assert done.code == 0, output
    assert "\nOK (" in output, output
    tests = project / "tests"
    for folder in folders:
        classes = [path.relative_to(tests) for path in sorted((tests / folder).rglob("*Test.php"))]
        assert classes
        for path in classes:
            name = f"Tests\\{path.with_suffix('').as_posix().replace('/', chr(92)).removesuffix('Test')}"
            assert f"({name})" in output, output


def test_a_new_application_passes_its_tests(docker: Docker, shop: Path, tmp_path: Path) -> None:
    [done] = typed(docker, shop, tmp_path, "composer test -- --testdox --colors=never")

    assert_all_passed(done, shop, "Feature", "Ecs")


def test_an_existing_application_passes_its_own_tests_and_the_rendered_ones(
    docker: Docker, ferries: Path, tmp_path: Path
) -> None:
    command = "vendor/bin/phpunit --testdox --colors=never"
    own, rendered = typed(docker, ferries, tmp_path, command, f"{command} tests/Ecs")

    assert_all_passed(own, ferries, "Unit", "Feature")
    assert_all_passed(rendered, ferries, "Ecs")
