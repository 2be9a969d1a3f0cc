"""What the engine's modules share: where things are kept, how steps are shown and commands run."""

from __future__ import annotations

import fcntl
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "copier-laravel-ecs" / "engine"
FAILURE = CACHE / "failure.log"


class EngineError(RuntimeError):
    """A one-line reason why there is no engine or image, with what to do about it."""


@contextmanager
def step(what: str) -> Iterator[None]:
    """Announce a long step and how long it took, on stderr: stdout belongs to the caller."""
    print(f"engine: {what} …", file=sys.stderr, flush=True)
    began = time.monotonic()
    yield
    print(f"engine: {what}: {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)


@contextmanager
def lock() -> Iterator[None]:
    """Let one process at a time change the engine; the lock ends with its process."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    tries: int = 1,
    hint: str = "",
) -> str:
    """Return what the command prints; tries > 1 is for what needs a network.

    With a hint, which says what to do about a failure, all output of a failure is kept as well.
    """
    for left in reversed(range(tries)):
        done = subprocess.run(
            command, env=env, cwd=cwd, capture_output=True, text=True, errors="replace", check=False
        )
        if done.returncode == 0:
            return done.stdout
        if left:
            time.sleep(3)
    output = f"{done.stdout}\n{done.stderr}".strip()
    message = f"{shlex.join(map(str, command))[:100]} failed: {output.rpartition(chr(10))[2]}"
    if hint:
        FAILURE.write_text(output)
        message += f"; {hint} (all of its output: {FAILURE})"
    raise EngineError(message)
