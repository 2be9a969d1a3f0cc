"""The template of each release, kept so that updates can be tried without tags and without a network.

    python -m tests.releases cut 0.1.0      archive the template as it lies in the working tree
    python -m tests.releases newest         the last release, if the template still is what was cut
    python -m tests.releases notes 0.1.0    what the change log says of a release

An archive that was committed is never made anew: projects were rendered from what it holds.
"""

from __future__ import annotations

import argparse
import gzip
import re
import sys
import tarfile
import tempfile
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


def earlier() -> list[str]:
    """Every release that the working tree differs from: all, or all but the one that was just cut."""
    return [version for version in versions() if not _is_cut(version)]


def notes(version: str) -> str:
    """What the change log says of a release, without its heading."""
    heading, end = rf"^## {re.escape(version)}(?: [^\n]*)?\n", r"(?=^## |\Z)"
    found = re.search(
        rf"{heading}(.*?){end}", CHANGELOG.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found, f"{CHANGELOG.name} has no heading for {version}"
    return found[1].strip()


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


def _is_cut(version: str) -> bool:
    """Whether a release's archive holds the template as it lies in the working tree."""
    with tempfile.TemporaryDirectory() as folder:
        now = Path(folder, "now.tar.gz")
        cut(now)
        return archive(version).exists() and archive(version).read_bytes() == now.read_bytes()


def _neutral(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Take out what differs from machine to machine."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.mode & 0o100 else 0o644
    return member


def main() -> int:
    """Cut a release that the change log tells of, or say what it tells."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.releases",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=["cut", "newest", "notes"])
    parser.add_argument("version", nargs="?", default=versions()[-1])
    given = parser.parse_args()
    version = given.version
    if version not in versions():
        print(f"error: {CHANGELOG.name} has no heading for {version}", file=sys.stderr)
        return 1
    if given.command == "newest" and not _is_cut(version):
        print(
            f"error: the template has changed since {version} was cut: choose another",
            file=sys.stderr,
        )
        return 1
    if given.command != "cut":
        print(version if given.command == "newest" else notes(version))
        return 0
    try:
        cut(archive(version))
    except FileExistsError:
        print(f"error: {version} was cut before; the next release needs another number", file=sys.stderr)
        return 1
    print(archive(version).relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
