"""The template of each release, kept so that updates can be tried without tags and without a network.

`python -m tests.releases cut 0.1.0` archives the template as it lies in the working tree. An archive
that was committed is never made anew: projects were rendered from what it holds.
"""

from __future__ import annotations

import argparse
import gzip
import re
import sys
import tarfile
from pathlib import Path

from tests.render import ROOT, SOURCES

ARCHIVES = ROOT / "tests" / "releases"
CHANGELOG = ROOT / "CHANGELOG.md"


def versions() -> list[str]:
    """Every release that the change log tells of, oldest first."""
    found = re.findall(
        r"^## \[?(\d+\.\d+\.\d+)\]?(?: |$)", CHANGELOG.read_text(encoding="utf-8"), re.MULTILINE
    )
    return found[::-1]


def archive(version: str) -> Path:
    """Where the archive of a release lies."""
    return ARCHIVES / f"{version}.tar.gz"


def cut(target: Path) -> None:
    """Archive the working tree's template: the same files give the same bytes.

    Raises:
        FileExistsError: This release was cut before.
    """
    paths = [path for name in SOURCES for path in (ROOT / name, *(ROOT / name).rglob("*"))]
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        target.open("xb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(paths):
            if path.is_file() and "__pycache__" not in path.parts:
                tar.add(path, path.relative_to(ROOT).as_posix(), filter=_neutral)


def unpack(version: str, target: Path) -> None:
    """Lay out the template of a release in a folder."""
    with tarfile.open(archive(version)) as tar:
        tar.extractall(target, filter="data")


def _neutral(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Take out what differs from machine to machine."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.mode & 0o100 else 0o644
    return member


def main() -> int:
    """Cut a release that the change log tells of."""
    parser = argparse.ArgumentParser(prog="python -m tests.releases", description=__doc__)
    parser.add_argument("command", choices=["cut"])
    parser.add_argument("version")
    version = parser.parse_args().version
    if version not in versions():
        print(f"error: {CHANGELOG.name} has no heading for {version}", file=sys.stderr)
        return 1
    try:
        cut(archive(version))
    except FileExistsError:
        print(f"error: {version} was cut before; the next release needs another number", file=sys.stderr)
        return 1
    print(archive(version).relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
