"""The application of the default answers, its services, and its containers as ECS runs them.

What is measured runs on a processor core of its own, and alone there: database, Valkey and the load generator
have the others (on a machine with one core, all share it).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from tests.engine import ensure, ensure_images
from tests.image.docker import Container, Docker, DockerError
from tests.image.services import Services, services
from tests.image.workloads import LOCKED_UP, TASK_MEMORY
from tests.render import render

from .measure import progress

TAG = "copier-laravel-ecs-bench"
FILES = Path(__file__).parent / "laravel"
"""What the measurements add to the application: a job that does nothing, and a command that queues it."""


@dataclass(frozen=True)
class Way:
    """A way to start a container of the image; without a mode, the entrypoint is not what starts it."""

    mode: str = ""
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[str] = ()

    @classmethod
    def plain(cls, *command: str, **environment: str) -> Way:
        """Laravel's own command with Laravel's own settings, for the same services.

        Only what the image's read-only root and Valkey's TLS need is set, and that PHP reads all of Debian's
        authorities for each TLS connection, as it does without docker/php.ini.
        """
        given = {
            "CACHE_STORE": "redis",
            "LOG_CHANNEL": "stderr",
            "QUEUE_CONNECTION": "redis",
            "REDIS_HOST": "tls://valkey",
            "SESSION_DRIVER": "redis",
            "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
        }
        start = f"mkdir -p /tmp/app/views && exec {' '.join(command)}"
        return cls(command=("-c", start), environment=given | environment, options=("--entrypoint=sh",))

    def but(self, *options: str, **environment: str) -> Way:
        """The same with more options and other variables."""
        given = {**self.environment, **environment}
        return Way(self.mode, self.command, given, (*self.options, *options))


@dataclass(frozen=True)
class Application:
    """The built image and what it needs to run."""

    docker: Docker
    services: Services
    image: str
    own_core: str
    other_cores: str
    all_cores: str

    def start(self, way: Way, *options: str, beside: Container | None = None) -> Container:
        """Start a container and leave it running; beside another one, it shares that one's network alone."""
        given = {"CONTAINER_MODE": way.mode, **way.environment}
        if not beside:
            given = self.services.environment | given
        variables = [f"--env={name}={value}" for name, value in given.items() if value]
        limits = [*LOCKED_UP, f"--memory={TASK_MEMORY}", f"--cpuset-cpus={self.own_core}"]
        network = [f"--network=container:{beside.id}"] if beside else self.services.options
        return self.docker.run(
            *limits, *network, *options, *way.options, *variables, self.image, *way.command
        )

    def finish(self, way: Way, *options: str) -> str:
        """Run a container to its end, which has to be a good one; return what it printed."""
        with removed(self.start(way, *options)) as (container,):
            code = container.wait()
            output = "\n".join(container.logs().lines)
        if code:
            raise DockerError(f"{way} ended with {code}: {output[-2000:]}")
        return output


@contextmanager
def removed(*containers: Container) -> Iterator[tuple[Container, ...]]:
    """Remove them in the end."""
    try:
        yield containers
    finally:
        for container in containers:
            container.remove()


def apart() -> dict[str, str]:
    """A place of one's own in Valkey."""
    return {"REDIS_PREFIX": f"{uuid4().hex}:"}


@contextmanager
def built() -> Iterator[Docker]:
    """An engine that has the image."""
    engine = ensure()
    ensure_images(engine)
    docker = Docker(engine)
    with tempfile.TemporaryDirectory() as name:
        progress("building the image")
        render(Path(name) / "shop", project_name="Shop")
        docker.build(Path(name) / "shop", f"--tag={TAG}")
    yield docker


@contextmanager
def application(docker: Docker) -> Iterator[Application]:
    """The application with a database that is migrated, and a Valkey."""
    count = int(docker("info", "--format={{.NCPU}}").out)
    others, all_cores = (f"1-{count - 1}", f"0-{count - 1}") if count > 1 else ("0", "0")
    with tempfile.TemporaryDirectory() as name, services(docker, Path(name)) as given:
        for container in (given.database, given.valkey):
            docker("update", f"--cpuset-cpus={others}", container.id)
        made = Application(docker, given, TAG, "0", others, all_cores)
        made.finish(Way("migrate"))
        yield made
