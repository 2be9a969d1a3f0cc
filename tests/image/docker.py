"""The docker program, as far as these tests use it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.engine import Engine

STOP_SECONDS = 60
"""How long ECS and compose wait for a container that should stop."""


class DockerError(AssertionError):
    """A docker command failed that had no reason to; a test that sees it has failed."""


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Say what takes long, and how long it took."""
    began = time.monotonic()
    print(f"image: {what} …", file=sys.stderr, flush=True)
    yield
    print(f"image: {what}: {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)


def until(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait for something to become true, without sleeping longer than it takes."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise DockerError(f"after {seconds:g} s still not: {what}")
        time.sleep(0.1)


@dataclass(frozen=True)
class Output:
    """What a program printed, and how it ended. Bytes that are not UTF-8 are kept as surrogates."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Both streams, one after the other, without empty lines."""
        return [line for line in (self.out + "\n" + self.err).split("\n") if line.strip()]


@dataclass(frozen=True)
class Docker:
    """The docker program, speaking to one engine."""

    engine: Engine

    def __call__(
        self,
        *arguments: str | Path,
        check: bool = True,
        seconds: float = 120,
        stdin: bytes | None = None,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
    ) -> Output:
        """Run a docker command to its end."""
        command = ["docker", *map(str, arguments)]
        done = subprocess.run(
            command,
            env=self.engine.env | (env or {}),
            cwd=cwd,
            input=stdin,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
        out, err = (text.decode(errors="surrogateescape") for text in (done.stdout, done.stderr))
        if check and done.returncode:
            raise DockerError(f"`{' '.join(command)[:300]}` ended with {done.returncode}: {err[-3000:]}")
        return Output(done.returncode, out, err)

    def build(self, context: Path, *options: str, check: bool = True, **environment: str) -> Output:
        """Build a Dockerfile; where containers have no network, with that of the host."""
        network = [] if self.engine.registry else ["--network=host"]
        return self("build", *network, *options, context, check=check, seconds=900, env=environment)

    def run(self, *arguments: str | Path) -> Container:
        """Start a container and leave it running."""
        return Container(self, self("run", "--detach", *arguments).out.strip())


@dataclass(frozen=True)
class Container:
    """A container that was started."""

    docker: Docker
    id: str

    def logs(self) -> Output:
        """What it has written until now."""
        return self.docker("logs", self.id)

    def await_line(self, text: str, times: int = 1, seconds: float = 30) -> None:
        """Wait until it has written a line with this text (`times` of them)."""
        deadline = time.monotonic() + seconds
        while True:
            alive = self.running  # before its lines are read a last time
            lines = self.logs().lines
            if sum(text in line for line in lines) >= times:
                return
            if not alive or time.monotonic() > deadline:
                raise DockerError(f"{times} × {text!r} awaited, but:\n" + "\n".join(lines)[-3000:])
            time.sleep(0.1)

    @property
    def running(self) -> bool:
        """Whether its process still lives."""
        return self.docker("inspect", "--format={{.State.Running}}", self.id).out.strip() == "true"

    def wait(self, seconds: float = 60) -> int:
        """Wait for its end; return its exit code."""
        return int(self.docker("wait", self.id, seconds=seconds).out)

    def stop(self) -> int:
        """Stop it as ECS does, with the image's own signal; return its exit code."""
        self.docker("stop", f"--timeout={STOP_SECONDS}", self.id, seconds=STOP_SECONDS + 30)
        return self.wait()

    def kill(self, signal: str) -> None:
        """Send it a signal."""
        self.docker("kill", f"--signal={signal}", self.id)

    def start(self) -> None:
        """Start it again."""
        self.docker("start", self.id)

    def exec(self, *command: str, stdin: bytes | None = None) -> Output:
        """Run a program inside."""
        interactive = ["--interactive"] if stdin is not None else []
        return self.docker("exec", *interactive, self.id, *command, check=False, stdin=stdin)

    def processes(self) -> list[tuple[int, str]]:
        """The user and the command line of each process in it."""
        lines = self.docker("top", self.id, "-o", "pid,uid,args").out.splitlines()[1:]
        return [(int(user), command) for _, user, command in (line.split(maxsplit=2) for line in lines)]

    def changes(self) -> list[str]:
        """The files that differ from the image."""
        return [line.split(maxsplit=1)[1] for line in self.docker("diff", self.id).out.splitlines()]

    def remove(self) -> None:
        """Remove it, running or not, with what it stored."""
        self.docker("rm", "--force", "--volumes", self.id)
