"""Debian packages without touching the host: apt with a state of its own, unpacked by dpkg."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

from .host import CACHE, EngineError, run, step

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SBIN = ("/usr/sbin", "/sbin")  # not on the path of every root shell
OFFLINE = "check the network, then try again"

# APT::Sandbox::User: the cache may lie in a home that apt's own user cannot enter.
# Check-Valid-Until: a mirror's copy of sid may be older than its Release file allows.
APT_CONF = """\
Dir::State "{root}";
Dir::State::status "{root}/status";
Dir::State::lists "{root}/lists";
Dir::Cache "{root}";
Dir::Etc::sourcelist "{root}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Acquire::Check-Valid-Until "false";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
"""


def require_root_on_debian(missing: str = "no Docker engine answers: start Docker") -> None:
    """Fail with what to do where this folder's way to what is missing cannot work."""
    release = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    if release.get("ID") != "debian":
        raise EngineError(f"{missing}, then try again")
    if os.geteuid() != 0:
        raise EngineError(f"{missing}, or run this as root")


def install_on_host(commands: dict[str, str]) -> None:
    """Install with apt-get what the host lacks; `commands` maps a command to its package."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *SBIN])
    missing = [package for name, package in commands.items() if not shutil.which(name, path=path)]
    if missing:
        with step(f"installing {' '.join(missing)}"):
            run(["apt-get", "update"], tries=3, hint=OFFLINE)
            env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
            run(install, env=env, tries=3, hint=OFFLINE)


def sources(suite: str, *extras: str) -> str:
    """Apt's source lines for a suite, from the mirrors this machine's own apt uses.

    `extras` are suffixes, as in `trixie-security`; one that the machine lacks is left out.
    """
    codename = platform.freedesktop_os_release()["VERSION_CODENAME"]
    suites = {codename + extra: suite + extra for extra in ("", *extras)}
    form = "$(RELEASE) $(COMPONENT) $(REPO_URI)"
    targets = run(["apt-get", "indextargets", "--format", form, "Created-By: Packages"]).splitlines()
    lines = [
        f"deb [signed-by={KEYRING}] {uri} {suites[release]} main\n"
        for release, component, uri in map(str.split, dict.fromkeys(targets))
        if release in suites and component == "main"
    ]
    if not lines:
        raise EngineError(f"apt knows no mirror: add {codename} main to /etc/apt/sources.list")
    return "".join(lines)


@dataclass(frozen=True)
class Apt:
    """An apt of one suite, apart from the host's own lists, keys and installed packages."""

    suite: str

    @property
    def root(self) -> Path:
        return CACHE / "apt" / self.suite

    @cached_property
    def env(self) -> dict[str, str]:
        """The environment that points apt here, made and updated on first use."""
        conf = self.root / "apt.conf"
        for folder in ("lists/partial", "archives/partial"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / "status").touch()
        (self.root / "sources.list").write_text(sources(self.suite))
        conf.write_text(APT_CONF.format(root=self.root))
        env = os.environ | {"APT_CONFIG": str(conf)}
        with step(f"updating the package lists of Debian {self.suite}"):
            run(["apt-get", "update"], env=env, tries=3, hint=OFFLINE)
        return env

    def unpack(self, what: str, packages: Sequence[str], target: Path) -> None:
        """Unpack exactly these packages, without their dependencies; all of them or none."""
        env = self.env
        with tempfile.TemporaryDirectory(dir=self.root) as name:
            folder, tree = Path(name), Path(name, "tree")
            with step(f"downloading {what} from Debian {self.suite}"):
                run(["apt-get", "download", *packages], env=env, cwd=folder, tries=3, hint=OFFLINE)
            for archive in folder.glob("*.deb"):
                run(["dpkg", "-x", archive, tree])
            shutil.rmtree(target, ignore_errors=True)
            tree.rename(target)

    def needs(self, packages: Sequence[str]) -> dict[str, str]:
        """Everything that installing them on an empty system takes, by name, with its version."""
        uris = run(["apt-get", "install", "-qq", "--print-uris", *packages], env=self.env)
        files = [line.split()[1] for line in uris.splitlines()]
        return {name: unquote(version) for name, version, _ in (file.split("_") for file in files)}
