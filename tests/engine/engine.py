"""A Docker engine for the tests: the one that runs already, or Debian's, unpacked and started here.

Networks need no firewall rules for what the tests do (containers that find each other by name,
ports published on the host), so the daemon writes none. Containers therefore have no way to the
internet: what needs it during a build takes the host's network, `docker build --network=host`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .debian import SBIN, Apt, install_on_host, require_root_on_debian
from .host import CACHE, EngineError, lock, run, step

# tini-static is what `docker run --init` puts in front.
PACKAGES = ("docker.io", "docker-cli", "docker-buildx", "docker-compose", "containerd", "tini-static")

TREE = CACHE / "docker"
BIN = TREE / "usr/bin"
DAEMON = TREE / "usr/sbin/dockerd"
SOCKET = CACHE / "docker.sock"
LOG = CACHE / "dockerd.log"
STATE = CACHE / "run"
PID_FILES = (CACHE / "dockerd.pid", STATE / "containerd/containerd.pid")
HOST = f"unix://{SOCKET}"

# How the daemon started here says, to whoever asks it, that it cannot pull.
NO_REGISTRY = "copier-laravel-ecs.registry=none"

START_SECONDS = 60
STOP_SECONDS = 60


@dataclass(frozen=True)
class Engine:
    """An engine that answers; `registry` says whether it can pull images."""

    docker_host: str
    registry: bool
    env: dict[str, str]


def ensure() -> Engine:
    """Return the engine that the environment names, or else our own, started if need be."""
    if present := _ask(dict(os.environ)):
        return present
    if ours := _ask(_own_env()):
        return ours
    require_root_on_debian()
    with lock():
        if ours := _ask(_own_env()):
            return ours
        if not DAEMON.exists():
            _unpack()
        # iptables is for the daemon's name server, inside each container's own network.
        install_on_host({"runc": "runc", "iptables": "iptables"})
        with step("starting dockerd"):
            _start()
    if ours := _ask(_own_env()):
        return ours
    raise EngineError(f"dockerd started but does not answer: see {LOG}")


def stop() -> None:
    """Stop the daemon started here; its images stay for the next start."""
    if not _pids(DAEMON):
        return
    with lock(), step("stopping dockerd"):
        for pid in _pids(DAEMON):
            os.kill(pid, signal.SIGTERM)
        if not _wait(lambda: not _pids(DAEMON), STOP_SECONDS):
            raise EngineError(f"dockerd does not stop: see {LOG}")


def _own_env() -> dict[str, str]:
    """The environment in which `docker` is the unpacked client, speaking to our daemon."""
    path = os.environ.get("PATH", os.defpath).removeprefix(f"{BIN}{os.pathsep}")
    return os.environ | {
        "DOCKER_HOST": HOST,
        "DOCKER_CONFIG": str(CACHE / "config"),
        "PATH": f"{BIN}{os.pathsep}{path}",
    }


def _ask(env: dict[str, str]) -> Engine | None:
    """The engine that answers in this environment, if one does."""
    if env.get("DOCKER_HOST") == HOST:
        env = _own_env()
    form = '{"version": {{json .ServerVersion}}, "labels": {{json .Labels}}}'
    try:
        info = json.loads(run(["docker", "info", "--format", form], env=env))
        form = "{{.Endpoints.docker.Host}}"
        host = run(["docker", "context", "inspect", "--format", form], env=env).strip()
    except (EngineError, FileNotFoundError):  # it does not answer, or there is no client
        return None
    if not info["version"]:
        return None
    return Engine(host, NO_REGISTRY not in (info["labels"] or ()), env)


def _unpack() -> None:
    Apt("sid").unpack("docker.io", PACKAGES, TREE)
    config = CACHE / "config" / "config.json"
    config.parent.mkdir(exist_ok=True)
    config.write_text(json.dumps({"cliPluginsExtraDirs": [f"{TREE}/usr/libexec/docker/cli-plugins"]}))


def _start() -> None:
    for pid_file in PID_FILES:
        _drop_if_stale(pid_file)
    command = [
        str(DAEMON),
        f"--host={HOST}",
        f"--data-root={CACHE / 'data'}",
        f"--exec-root={STATE}",
        f"--pidfile={PID_FILES[0]}",
        f"--label={NO_REGISTRY}",
        "--iptables=false",
        "--ip6tables=false",
    ]
    env = _own_env()
    env["PATH"] = os.pathsep.join([str(DAEMON.parent), env["PATH"], *SBIN])
    with LOG.open("w") as log:
        daemon = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    if not _wait(lambda: daemon.poll() is not None or _ask(env) is not None, START_SECONDS):
        raise EngineError(f"dockerd is not ready after {START_SECONDS} s: see {LOG}")
    if daemon.poll() is not None:
        last = LOG.read_text().strip().splitlines()[-1:]
        raise EngineError(f"dockerd does not start: see {LOG} ({' '.join(last)[:200]})")


def _pids(program: Path) -> list[int]:
    """The running processes of exactly this program file."""
    processes = Path("/proc").glob("[0-9]*")
    return [int(process.name) for process in processes if _program(process) == program]


def _program(process: Path) -> Path | None:
    try:
        return (process / "exe").readlink()
    except OSError:  # the process is gone, or is a kernel thread
        return None


def _drop_if_stale(pid_file: Path) -> None:
    """Remove a pid file whose number now belongs to another program, or to none."""
    if pid_file.exists():
        program = _program(Path("/proc", pid_file.read_text().strip()))
        if program is None or not program.is_relative_to(TREE):
            pid_file.unlink()


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
