"""The commands of Composer that the how-to guides have one type, in an application of somebody's own."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.docs.how_to import commands
from tests.image.docker import Docker

from .developer import typed

pytestmark = pytest.mark.engine

S3 = {
    "type": "package",
    "package": {"name": "league/flysystem-aws-s3-v3", "version": "3.30.1", "type": "metapackage"},
}
"""The package without files: the tests reach no Packagist, and what is tried is the command."""


def documented(page: str) -> str:
    """A page's one command of Composer."""
    [command] = [line for line in commands(page) if line.startswith("composer ")]
    return command


def test_they_do_what_the_guides_say(docker: Docker, ferries: Path, tmp_path: Path) -> None:
    repository = f"composer config repositories.s3 {shlex.quote(json.dumps(S3))}"
    required, password, framework = typed(
        docker,
        ferries,
        tmp_path,
        f"{repository} && {documented('existing-application')} && cat composer.json",
        f"{documented('private-registry')} && cat auth.json",
        documented("laravel-12"),
    )

    assert required.code == 0, required.out
    assert (
        json.loads(required.out[required.out.index("\n{") :])["require"]["league/flysystem-aws-s3-v3"]
        == "^3.30"
    )
    assert password.code == 0, password.out
    login = {"packages.example.com": {"username": "USER", "password": "PASSWORD"}}
    assert json.loads(password.out[password.out.index("{") :])["http-basic"] == login
    assert framework.code == 0, framework.out
    assert "Nothing to modify in lock file" in framework.out
