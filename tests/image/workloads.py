"""Containers of the image, run as ECS runs them, under the limits of the size *small*."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from email.message import Message
from typing import Any, Self

from .docker import Container, Docker, Output, until
from .logs import records
from .services import Services

LOCKED_UP = (
    "--init",
    "--read-only",
    "--tmpfs=/tmp:mode=1777,size=128m",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
)

# A task of the size small has 512 MB, which in the web service two containers share.
MEMORY = {"web": "448m", "proxy": "64m"}
TASK_MEMORY = "512m"


class Fleet:
    """Containers that belong together; leaving the `with` block removes them.

    By then, every line of every container that logs JSON must have been JSON.
    """

    def __init__(self, services: Services, image: str, **environment: str | None) -> None:
        self.services = services
        self.image = image
        self.environment = environment
        self._logging_json: list[Container] = []
        self._started: list[Container] = []

    @property
    def docker(self) -> Docker:
        """The engine it runs on."""
        return self.services.docker

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Read what they logged, and remove them."""
        try:
            for container in self._logging_json:
                records(container.logs().lines)
        finally:
            if self._started:
                self.docker("rm", "--force", "--volumes", *(container.id for container in self._started))

    def start(self, mode: str | None, *arguments: str, **environment: str | None) -> Container:
        """Start a mode; a variable given as None is not set."""
        return self._start(mode, arguments, environment)

    def finish(self, mode: str | None, *arguments: str, **environment: str | None) -> Output:
        """Start a mode and wait for its end."""
        container = self._start(mode, arguments, environment)
        code = container.wait()
        return replace(container.logs(), code=code)

    def site(self, memory: str = MEMORY["web"], **environment: str | None) -> Site:
        """Start web and proxy, which share a network as in one ECS task."""
        web = self._start("web", (), environment, ["--publish=127.0.0.1::8080", f"--memory={memory}"])
        log_format = {"LOG_FORMAT": environment["LOG_FORMAT"]} if "LOG_FORMAT" in environment else {}
        network = f"--network=container:{web.id}"
        return Site(web, self._start("proxy", (), log_format, [network], services=False))

    def lonely_proxy(self) -> Site:
        """Start a proxy that has no web container to talk to."""
        proxy = self._start("proxy", (), {}, ["--publish=127.0.0.1::8080"], services=False)
        return Site(proxy, proxy).await_up("/robots.txt")

    def unlocked(self, mode: str, *arguments: str, **environment: str | None) -> Container:
        """Start a mode as root on a writable file system: nothing keeps it from writing a file."""
        return self._start(
            mode, arguments, environment, ["--user=root", "--read-only=false", "--cap-add=ALL"]
        )

    def _start(
        self,
        mode: str | None,
        arguments: Sequence[str],
        environment: Mapping[str, str | None],
        options: Sequence[str] = (),
        *,
        services: bool = True,
    ) -> Container:
        memory = MEMORY.get(mode or "", TASK_MEMORY)
        limits = [*LOCKED_UP, f"--memory={memory}"]
        settings: dict[str, str | None] = {"CONTAINER_MODE": mode}
        if services:
            settings |= self.services.environment | self.environment
            limits += self.services.options
        settings |= environment
        given = [f"--env={name}={value}" for name, value in settings.items() if value is not None]
        container = self.docker.run(*limits, *options, *given, self.image, *arguments)
        self._started.append(container)
        if settings.get("LOG_FORMAT", "json") == "json":
            self._logging_json.append(container)
        return container


@dataclass(frozen=True)
class Response:
    """An answer over HTTP."""

    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        """Its body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """Its body, read as JSON."""
        return json.loads(self.body)

    @property
    def cookies(self) -> str:
        """The cookies it sets, as the next request sends them back."""
        values = [value.split(";")[0] for name, value in self.headers.items() if name.lower() == "set-cookie"]
        return "; ".join(values)


@dataclass(frozen=True)
class Site:
    """The web service: what a visitor reaches."""

    web: Container
    proxy: Container

    def get(self, path: str, **headers: str) -> Response:
        """Ask for a page."""
        return ask(published(self.web), "GET", path, headers=headers)

    def post(self, path: str, body: bytes | None, **headers: str) -> Response:
        """Send something."""
        return ask(published(self.web), "POST", path, body, headers)

    def restart(self) -> Self:
        """Stop and start both, in the order in which ECS does."""
        for container in (self.proxy, self.web):
            container.stop()
        for container in (self.web, self.proxy):
            container.start()
        return self

    def await_up(self, path: str = "/up") -> Self:
        """Wait until it answers, as a rule what the load balancer asks."""
        address = published(self.web)

        def up() -> bool:
            try:
                return ask(address, "GET", path).status == 200
            except (OSError, http.client.HTTPException):
                return False

        until(up, f"{path} is 200", seconds=30)
        return self


def published(container: Container) -> tuple[str, int]:
    """Where a container's HTTP is reached, which changes when it is started again."""
    address = container.docker("port", container.id, "8080/tcp").out.splitlines()[0]
    host, _, port = address.rpartition(":")
    return host, int(port)


def ask(
    address: tuple[str, int],
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Send one request on a connection of its own; in a header's name, _ stands for a hyphen."""
    connection = http.client.HTTPConnection(*address, timeout=60)
    try:
        sent = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        return Response(answer.status, answer.headers, answer.read())
    finally:
        connection.close()
