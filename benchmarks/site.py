"""A web site to ask: `web` with `proxy`, or Laravel's development server, on the application's core."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from tests.image.docker import Container, DockerError
from tests.image.workloads import ask, published

from .application import Application, Way, removed

WEB = (Way("web"), Way("proxy", options=("--memory=64m",)))
SERVE = (Way.plain("php artisan serve --host=0.0.0.0 --port=8080 --no-reload"),)


def web(children: int) -> tuple[Way, ...]:
    """`web` with so many PHP processes, and `proxy`."""
    return (WEB[0].but(FPM_CHILDREN=str(children)), WEB[1])


def serve(workers: int) -> tuple[Way, ...]:
    """`artisan serve` with so many PHP processes: one, or a first one and its workers."""
    return tuple(way.but(PHP_CLI_SERVER_WORKERS=str(workers)) for way in SERVE) if workers > 1 else SERVE


@dataclass(frozen=True)
class Site:
    """Containers that share a network, in which one listens on 8080."""

    containers: tuple[Container, ...]

    @classmethod
    @contextmanager
    def of(cls, application: Application, ways: Sequence[Way], *options: str) -> Iterator[Self]:
        """Start them; remove them in the end."""
        first = application.start(ways[0], "--publish=127.0.0.1::8080", *options)
        with removed(first):
            others = [application.start(way, *options, beside=first) for way in ways[1:]]
            with removed(*others):
                yield cls((first, *others))

    @property
    def id(self) -> str:
        """Whose network it is."""
        return self.containers[0].id

    def await_up(self, patience: float) -> None:
        """Wait for the first 200 of ``/up``."""
        deadline = time.monotonic() + patience
        address = published(self.containers[0])
        while not _answers(address):
            if time.monotonic() > deadline:
                raise DockerError("\n".join(self.containers[0].logs().lines)[-2000:])
            time.sleep(0.01)


def _answers(address: tuple[str, int]) -> bool:
    try:
        return ask(address, "GET", "/up").status == 200
    except (OSError, http.client.HTTPException):
        return False
