"""Jobs that do nothing, queued before a worker starts; the first and the last note when they ran."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from tests.image.docker import Container, DockerError

from .application import FILES, Application, Way

PATIENCE = 120
JOB = f"--volume={FILES / 'Nothing.php'}:/app/app/Jobs/Nothing.php:ro"
COMMAND = f"--volume={FILES / 'QueueNothing.php'}:/app/app/Console/Commands/QueueNothing.php:ro"


class Jobs:
    """Some jobs in a place of their own in Valkey."""

    def __init__(self, application: Application, count: int, place: Mapping[str, str]) -> None:
        self._application = application
        self._place = place
        application.finish(Way("artisan", ("bench:queue", str(count))).but(**place), JOB, COMMAND)

    def worker(self, way: Way, *options: str) -> Container:
        """Start a worker for them."""
        return self._application.start(way.but(**self._place), JOB, *options)

    def await_note(self, note: str, workers: Sequence[Container], pause: float = 0.05) -> float:
        """Wait until the first or the last has run; return when, in seconds since 1970."""
        deadline = time.monotonic() + PATIENCE
        key = f"{self._place['REDIS_PREFIX']}{note}"
        while not (answer := self._application.services.ask_valkey("get", key)):
            if time.monotonic() > deadline:
                lines = [line for worker in workers for line in worker.logs().lines[-5:]]
                raise DockerError("the jobs are not done:\n" + "\n".join(lines))
            time.sleep(pause)
        return float(answer[0])
