"""A developer's machine: the application with its development packages, outside of any mode."""

from __future__ import annotations

from pathlib import Path

from tests.image.docker import Docker, Output, progress

DEVELOPER = """
FROM vendor AS developer
RUN apt-get update \\
    && apt-get install --no-install-recommends --yes "php$(php -r 'printf("%.1f", PHP_VERSION);')-sqlite3"
COPY . .
RUN COMPOSER_ALLOW_SUPERUSER=1 composer install --no-interaction --no-progress
"""
"""It has SQLite for the tests; the image has the answered database alone."""


def typed(docker: Docker, project: Path, folder: Path, *commands: str) -> list[Output]:
    """Run commands in a project as its developer does."""
    dockerfile = folder / "Dockerfile"
    dockerfile.write_text((project / "Dockerfile").read_text(encoding="utf-8") + DEVELOPER, encoding="utf-8")
    # Tests are not for the image, and its .dockerignore says so; this one stands in for it.
    dockerfile.with_name("Dockerfile.dockerignore").write_text("vendor\n")
    with progress(f"a developer's commands in {project.name}"):
        image = docker.build(project, f"--file={dockerfile}", "--target=developer", "--quiet").out.strip()
        try:
            run = ["run", "--rm", "--env=COMPOSER_ALLOW_SUPERUSER=1", image, "sh", "-c"]
            return [docker(*run, f"{command} 2>&1", check=False) for command in commands]
        finally:
            docker("rmi", "--force", image, check=False)
