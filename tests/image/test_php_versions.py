"""The PHP that an answer asks for. Only Debian's own can be built everywhere, so that is what really runs.

For the others this shows what their image is built from; that those packages exist and work is not shown.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.render import render

REPOSITORY = "https://packages.sury.org/php"


@pytest.mark.parametrize("version", ["8.3", "8.4", "8.5"])
def test_its_packages_and_where_they_come_from(tmp_path: Path, version: str) -> None:
    dockerfile = (render(tmp_path / "shop", php_version=version) / "Dockerfile").read_text(encoding="utf-8")
    source = f"deb [signed-by=/etc/apt/keyrings/sury-php.gpg] {REPOSITORY} trixie main"

    assert (
        (source in dockerfile)
        == (f"ADD --chmod=644 {REPOSITORY}/apt.gpg" in dockerfile)
        == (version != "8.4")
    )
    assert f"PHP_VERSION={version} " in dockerfile  # the entrypoint starts php-fpm of that name
    packages = re.findall(r"^ +(php\S+) \\$", dockerfile, re.MULTILINE)
    assert {package.partition("-")[0] for package in packages} == {f"php{version}"}
    assert {f"php{version}-{name}" for name in ("cli", "fpm", "mbstring", "pgsql", "redis")} <= set(packages)
