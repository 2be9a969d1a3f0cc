"""Terraform's AWS provider as a process that stays, for many commands.

It is the same program, started as its developers debug it, which saves each command its start. Good for
plans and tests; an apply through one that has planned before may fail.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .tools import PROVIDER, REGISTRIES

ANNOUNCED = re.compile(r"TF_REATTACH_PROVIDERS='(\{.*\})'")
SECONDS = 60


@contextmanager
def staying_provider(program: Path, shell: Mapping[str, str], folder: Path) -> Iterator[dict[str, str]]:
    """The variable by which Terraform finds it; credentials and endpoints are those of `shell`, for good."""
    said = folder / "provider.log"
    with said.open("w") as log:
        process = subprocess.Popen(
            [program, "-debug"], env=shell, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield {"TF_REATTACH_PROVIDERS": _announced(said)}
    finally:
        process.kill()
        process.wait()


def _announced(said: Path) -> str:
    deadline = time.monotonic() + SECONDS
    while not (match := ANNOUNCED.search(said.read_text(encoding="utf-8"))):
        assert time.monotonic() < deadline, f"the provider does not start: see {said}"
        time.sleep(0.1)
    [address] = json.loads(match[1]).values()
    return json.dumps({f"{registry}/{PROVIDER}": address for registry in REGISTRIES})
