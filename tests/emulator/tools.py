"""Terraform with its AWS provider, and the AWS CLI v2: found on this machine, or fetched where they can be.

Terraform itself cannot be fetched: HashiCorp's and OpenTofu's own pages say how to install it.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.engine import EngineError
from tests.engine.debian import Apt
from tests.engine.host import CACHE, lock, run, step

from . import warm_cli

ROOT = Path(__file__).resolve().parents[2]
FOLDER = CACHE.parent / "tools"
HERE = ROOT / ".cache/aws"  # what names this clone's own Python

OLDEST = (1, 11)  # write-only arguments and S3's own lock file
REGISTRIES = ("registry.terraform.io", "registry.opentofu.org")
PROVIDER = "hashicorp/aws"
VERSION = "5.100.0"  # the provider that is fetched: what it asks of AWS is what the emulator was made for

MIRRORS = (
    Path("/opt"),
    Path("/usr/share"),
    Path("/usr/local/share"),
    Path.home() / ".terraform.d",
    Path.home() / ".local/share",
)
"""Where a folder named like a registry may lie, at most two folders down."""


class ToolError(RuntimeError):
    """What is missing, and how to get it."""


@dataclass(frozen=True)
class Tools:
    """What `bin/ecs` calls."""

    terraform: Path
    aws: Path
    config: Path
    overrides: Path
    provider: Path

    @property
    def env(self) -> dict[str, str]:
        """The variables by which these are used, and no others of their name."""
        path = os.pathsep.join([str(self.aws.parent), str(self.terraform.parent), os.environ["PATH"]])
        return {
            "PATH": path,
            "TERRAFORM": str(self.terraform),
            "TF_CLI_CONFIG_FILE": str(self.config),
            "GOGC": "800",  # Terraform and its provider collect less garbage: a fifth of their time
        }

    @property
    def unchecked(self) -> dict[str, str]:
        """What has Terraform take the provider as it lies there; else each command hashes its 700 MB."""
        return {"TF_CLI_CONFIG_FILE": str(self.overrides)}


@cache
def ensure_tools() -> Tools:
    """Find them all; ToolError says what is missing."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    terraform = _terraform()
    with lock():
        mirror = _mirror(terraform)
        provider = _newest(mirror)
        installation = f'filesystem_mirror {{\n    path = "{mirror}"\n  }}'
        config = _cli_config("terraform", installation)
        names = "".join(f'    "{registry}/{PROVIDER}" = "{provider.parent}"\n' for registry in REGISTRIES)
        overrides = _cli_config("overrides", f"dev_overrides {{\n{names}  }}\n  {installation}")
    return Tools(terraform, _aws(), config, overrides, provider)


def _terraform() -> Path:
    found = shutil.which(os.environ.get("TERRAFORM", "terraform")) or shutil.which("tofu")
    get = "install Terraform or OpenTofu 1.11 or newer, then try again"
    if not found:
        raise ToolError(f"neither Terraform nor OpenTofu is here: {get}")
    version = json.loads(run([found, "version", "-json"]))["terraform_version"]
    if tuple(int(part) for part in version.split("-")[0].split(".")[:2]) < OLDEST:
        raise ToolError(f"{found} is {version}: {get}")
    return Path(found)


def _cli_config(name: str, installation: str) -> Path:
    """A configuration of Terraform's that takes the provider from one folder, and nothing from elsewhere."""
    config = FOLDER / f"{name}.rc"
    config.write_text(f"provider_installation {{\n  {installation}\n}}\n")
    return config


def _newest(mirror: Path) -> Path:
    """The provider that Terraform takes from there."""
    found = (mirror / REGISTRIES[0] / PROVIDER).glob("*/*/terraform-provider-aws_*")
    return max(found, key=lambda path: [int(part) for part in path.parent.parent.name.split(".")])


def _mirror(terraform: Path) -> Path:
    """A mirror of our own: OpenTofu asks for another registry's name, and an unpacked one is faster."""
    mirror = FOLDER / "mirror"
    found = next(_providers(), None) or _download(terraform)
    for registry in REGISTRIES:
        target = mirror / registry / PROVIDER
        for unpacked in found.glob("*/*_*"):
            _link(target / unpacked.relative_to(found), unpacked)
        for archive in found.glob("*.zip"):
            _, version, system = archive.stem.split("_", 2)  # terraform-provider-aws_5.100.0_linux_amd64
            _unzip(archive, target / version / system)
    return mirror


def _link(link: Path, target: Path) -> None:
    """Terraform follows a link in a mirror only in place of the last folder."""
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or link.readlink() != target:
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def _unzip(archive: Path, target: Path) -> None:
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=FOLDER) as name, zipfile.ZipFile(archive) as file:
            tree = Path(name, "tree")
            file.extractall(tree)
            for program in tree.glob("terraform-provider-*"):
                program.chmod(0o755)
            target.parent.mkdir(parents=True, exist_ok=True)
            tree.rename(target)


def _providers() -> Iterator[Path]:
    for base in (*MIRRORS, FOLDER / "providers"):
        for depth in range(3):
            for registry in REGISTRIES:
                pattern = "/".join(["*"] * depth + [registry, PROVIDER])
                yield from (path for path in sorted(base.glob(pattern)) if any(path.iterdir()))


def _download(terraform: Path) -> Path:
    """Terraform's own copy of the provider, from its registry."""
    try:
        with urllib.request.urlopen(f"https://{REGISTRIES[0]}/.well-known/terraform.json", timeout=10):
            pass
    except OSError as error:
        raise ToolError(
            "no AWS provider is here and its registry does not answer: put a filesystem mirror of "
            f"{PROVIDER} {VERSION} below /opt (terraform providers mirror /opt/terraform), then try again"
        ) from error
    work, target = FOLDER / "download", FOLDER / "providers"
    work.mkdir(exist_ok=True)
    requirement = {"source": PROVIDER, "version": VERSION}
    main = {"terraform": {"required_providers": {"aws": requirement}}}
    (work / "main.tf.json").write_text(json.dumps(main))
    with step(f"downloading the provider {PROVIDER} {VERSION}"):
        run([terraform, f"-chdir={work}", "providers", "mirror", target], tries=3)
    return next(iter(_providers()))


def _aws() -> Path:
    """The AWS CLI v2; v1 ignores the endpoint for some services and would call the real AWS."""
    found = shutil.which("aws")
    if found and run([found, "--version"]).startswith("aws-cli/2."):
        return Path(found)
    with lock():
        packages = _unpack()
        python = _python()
        command = HERE / "aws"
        program = shlex.join([str(python), "-PS", str(Path(warm_cli.__file__)), str(HERE)])
        script = f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(packages))} exec {program} "$@"\n'
        if not command.exists() or command.read_text() != script:
            HERE.mkdir(parents=True, exist_ok=True)
            command.write_text(script)
            command.chmod(0o755)
    if not run([command, "--version"]).startswith("aws-cli/2."):
        raise ToolError("Debian's awscli is no AWS CLI v2: install one, then try again")
    return command


def _unpack() -> Path:
    """Debian's newest, which is pure Python."""
    tree = FOLDER / "awscli"
    if not tree.exists():
        try:
            Apt("sid").unpack("awscli", ["awscli"], tree)
        except (EngineError, OSError, KeyError) as error:
            raise ToolError(f"no AWS CLI v2 is here: install it, then try again ({error})") from error
    return tree / "usr/lib/python3/dist-packages"


def _python() -> Path:
    """A Python with what it imports."""
    done = subprocess.run(
        ["make", f"PYTHON={sys.executable}", ".venv/awscli/.ready"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ToolError(f"what the AWS CLI v2 imports cannot be installed: {done.stderr.strip()[-300:]}")
    return ROOT / ".venv/awscli/bin/python"
