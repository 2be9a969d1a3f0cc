"""Terraform's AWS provider as a process that stays, for many commands.

It is the same program, started as its developers debug it. That saves each command its starts: two for a
plan, and half of all the processor's time. It holds one configuration at a time, so the platform layer, which
has two, gets processes of its own.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .tools import PROVIDER, REGISTRIES

ANNOUNCED = re.compile(r"TF_REATTACH_PROVIDERS='(\{.*\})'")
SECONDS = 60
ONE_CONFIGURATION = ("account", "tasks", "services")

SCRIPT = """\
#!/bin/sh
case ${{1-}} in {layers}) export TF_REATTACH_PROVIDERS={address} ;; esac
exec {terraform} "$@"
"""


@contextmanager
def staying_provider(program: Path, shell: Mapping[str, str], folder: Path) -> Iterator[dict[str, str]]:
    """The variable by which Terraform finds it; credentials and endpoints are those of `shell`, for good."""
    said = folder / "provider.log"
    with said.open("w") as log:
        process = subprocess.Popen(
            [program, "-debug"],
            env={**shell, "GOGC": "100"},  # it stays, so its garbage has to go
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield {"TF_REATTACH_PROVIDERS": _announced(said)}
    finally:
        process.kill()
        process.wait()


@contextmanager
def terraform_with_provider(
    terraform: Path, program: Path, shell: Mapping[str, str], folder: Path
) -> Iterator[Path]:
    """A `terraform` whose provider stays, for the layers that have one configuration of it."""
    with staying_provider(program, shell, folder) as found:
        script = folder / "terraform"
        content = SCRIPT.format(
            layers=" | ".join(f"*/infra/{layer}" for layer in ONE_CONFIGURATION),
            address=shlex.quote(found["TF_REATTACH_PROVIDERS"]),
            terraform=shlex.quote(str(terraform)),
        )
        script.write_text(content, encoding="utf-8")
        script.chmod(0o755)
        yield script


def _announced(said: Path) -> str:
    deadline = time.monotonic() + SECONDS
    while not (match := ANNOUNCED.search(said.read_text(encoding="utf-8"))):
        assert time.monotonic() < deadline, f"the provider does not start: see {said}"
        time.sleep(0.1)
    [address] = json.loads(match[1]).values()
    return json.dumps({f"{registry}/{PROVIDER}": address for registry in REGISTRIES})
