"""The load generator: wrk, Debian's package, in a container beside the site it asks.

It shares the site's network, so that nothing of Docker's lies between them, but not its processor core.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.image.docker import Docker

from .application import Application
from .measure import progress
from .site import Site

IMAGE = "copier-laravel-ecs-wrk"
DOCKERFILE = """\
FROM debian:trixie-slim
RUN apt-get update && apt-get install --yes --no-install-recommends wrk
ENTRYPOINT ["wrk"]
"""
CONNECTIONS = 8
MILLISECONDS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}


@dataclass(frozen=True)
class Load:
    """What wrk saw: requests per second, and the milliseconds that 99 of 100 requests stayed below."""

    rate: float
    p99: float


def read(printed: str) -> Load:
    """Read what `wrk --latency` prints.

    Answers that are no 2xx or 3xx, and what got no answer, are errors. Connections that end after their
    answer are none (wrk counts them as read errors): PHP's development server closes each.
    """
    wrong = re.search(r"Non-2xx or 3xx responses: \d+|(?:connect|write|timeout) [1-9]\d*", printed)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", printed)
    if wrong or not rate or not p99:
        raise ValueError(wrong[0] if wrong else f"not wrk's output: {printed}")
    return Load(float(rate[1]), float(p99[1]) * MILLISECONDS[p99[2]])


def make(docker: Docker) -> None:
    """Build the image that holds it."""
    progress("building the image of wrk")
    network = [] if docker.engine.registry else ["--network=host"]
    docker("build", *network, f"--tag={IMAGE}", "-", stdin=DOCKERFILE.encode(), seconds=300)


def ask_all(application: Application, site: Site, path: str, seconds: int) -> Load:
    """Ask for one page as fast as answers come, on some connections, for some seconds."""
    place = [f"--network=container:{site.id}", f"--cpuset-cpus={application.other_cores}"]
    asked = ["--latency", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds}s"]
    command = ["run", "--rm", *place, IMAGE, *asked, "--timeout=30s", f"http://127.0.0.1:8080{path}"]
    return read(application.docker(*command).out)
