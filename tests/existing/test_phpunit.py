"""PHPUnit, where a developer runs it: with the development packages, outside of any mode."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.image.docker import Docker, Output, progress

pytestmark = pytest.mark.engine

# A developer's machine has SQLite for the tests; the image has the answered database alone.
DEVELOPER = """
FROM vendor AS developer
RUN apt-get update \\
    && apt-get install --no-install-recommends --yes "php$(php -r 'printf("%.1f", PHP_VERSION);')-sqlite3"
COPY . .
RUN COMPOSER_ALLOW_SUPERUSER=1 composer install --no-interaction --no-progress
"""


def phpunit(docker: Docker, project: Path, folder: Path, *commands: str) -> list[Output]:
    """Run commands in a project as its developer does."""
    dockerfile = folder / "Dockerfile"
    dockerfile.write_text((project / "Dockerfile").read_text(encoding="utf-8") + DEVELOPER, encoding="utf-8")
    # Tests are not for the image, and its .dockerignore says so; this one stands in for it.
    dockerfile.with_name("Dockerfile.dockerignore").write_text("vendor\n")
    with progress(f"PHPUnit in {project.name}"):
        image = docker.build(project, f"--file={dockerfile}", "--target=developer", "--quiet").out.strip()
        try:
            run = ["run", "--rm", "--env=COMPOSER_ALLOW_SUPERUSER=1", image, "sh", "-c"]
            return [docker(*run, f"{command} 2>&1", check=False) for command in commands]
        finally:
            docker("rmi", "--force", image, check=False)


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
    [done] = phpunit(docker, shop, tmp_path, "composer test -- --testdox --colors=never")

    assert_all_passed(done, shop, "Feature", "Ecs")


def test_an_existing_application_passes_its_own_tests_and_the_rendered_ones(
    docker: Docker, ferries: Path, tmp_path: Path
) -> None:
    command = "vendor/bin/phpunit --testdox --colors=never"
    own, rendered = phpunit(docker, ferries, tmp_path, command, f"{command} tests/Ecs")

    assert_all_passed(own, ferries, "Unit", "Feature")
    assert_all_passed(rendered, ferries, "Ecs")
