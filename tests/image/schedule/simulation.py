"""The real image, Laravel and Valkey through a night of ticks, each with a clock of its own (libfaketime)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tests.engine import ensure_images
from tests.image.docker import Container, Docker
from tests.image.services import APP_KEY, VALKEY

from .expectation import Run
from .ticks import Tick

HERE = Path(__file__).parent
FAKETIME = """\
FROM debian:trixie-slim
RUN apt-get update && apt-get install --yes --no-install-recommends libfaketime
"""


@dataclass(frozen=True)
class Ran:
    """What ran, and what the ticks said."""

    runs: list[Run]
    output: str


@dataclass(frozen=True)
class Simulation:
    """An image with a Valkey of its own, without TLS: at another time of day no certificate is valid."""

    docker: Docker
    image: str
    valkey: Container
    faketime: Path

    @property
    def options(self) -> list[str | Path]:
        """How a container is started that has clock and schedule of the simulation."""
        return [
            f"--network=container:{self.valkey.id}",
            f"--volume={self.faketime}:/faketime:ro",
            f"--volume={HERE}:/schedule:ro",
            "--read-only",
            "--tmpfs=/tmp:mode=1777,size=256m",
            *(f"--env={name}={value}" for name, value in self.environment.items()),
        ]

    @property
    def environment(self) -> dict[str, str]:
        """What every tick finds, plain Laravel's as well."""
        return {
            "APP_KEY": APP_KEY,
            "CACHE_STORE": "redis",
            "LOG_CHANNEL": "stderr",
            "LOG_FORMAT": "line",
            "METRICS_NAMESPACE": "shop-test",
            "REDIS_HOST": "127.0.0.1",
        }

    def run(self, ticks: Sequence[Tick], how: str, seconds: float) -> Ran:
        """Run them all, one after the other; `how` is ours or plain."""
        lines = [tick.line for tick in ticks]
        prefix = f"--env=REDIS_PREFIX={uuid4().hex}:"
        printed = self._run(f"run.sh {how}", "console.php", lines, seconds, prefix)
        output, _, runs = printed.partition("── runs\n")
        fields = [line.split("\t") for line in runs.splitlines()]
        return Ran([(int(number), task, int(time)) for number, task, time in fields], output)

    def race(self, minutes: Sequence[str], seconds: float) -> list[str]:
        """Have two containers claim each minute at once; return the minute of each run."""
        prefix = f"--env=REDIS_PREFIX={uuid4().hex}:"
        meeting = self.faketime.parent / f"race-{uuid4().hex}"
        meeting.mkdir()
        meeting.chmod(0o777)

        def racer(name: str) -> None:
            own = [prefix, f"--volume={meeting}:/race", f"--env=RACER={name}"]
            self._run("race.sh", "race.php", minutes, seconds, *own)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(racer, ["one", "two"]))
        failed = meeting / "failed"
        assert not failed.exists(), failed.read_text(encoding="utf-8")
        return (meeting / "runs").read_text(encoding="utf-8").split()

    def _run(self, script: str, schedule: str, lines: Sequence[str], seconds: float, *options: str) -> str:
        """Run a script of this folder (and its argument) with one of its schedules; return what it prints."""
        own = [*options, f"--volume={HERE / schedule}:/app/routes/console.php:ro", "--entrypoint=sh"]
        arguments = ["--rm", "--interactive", "--init", *self.options, *own]
        stdin = "".join(f"{line}\n" for line in lines).encode()
        command = f"/schedule/{script}".split()
        return self.docker("run", *arguments, self.image, *command, stdin=stdin, seconds=seconds).out


@contextmanager
def simulation(docker: Docker, image: str, folder: Path) -> Iterator[Simulation]:
    """Fetch libfaketime and start a Valkey."""
    ensure_images(docker.engine, [VALKEY])
    (folder / "Dockerfile").write_text(FAKETIME, encoding="utf-8")
    made = docker.build(folder, "--quiet").out.strip()
    holder = docker.run(made, "sleep", "60")
    library = folder / "faketime"
    library.mkdir()
    found = holder.exec("sh", "-c", "ls /usr/lib/*/faketime/libfaketime.so.1").out.strip()
    docker("cp", f"{holder.id}:{found}", library / "libfaketime.so.1")
    holder.remove()
    folder.chmod(0o755)
    valkey = docker.run(VALKEY, "valkey-server", "--save", "")
    try:
        yield Simulation(docker, image, valkey, library)
    finally:
        valkey.remove()
