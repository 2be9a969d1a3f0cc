"""Proves the engine and the stand-ins by what the other tests will ask of them."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine import Engine, ensure_images

pytestmark = pytest.mark.engine

SMOKE = Path(__file__).parent / "smoke"
NAME = f"engine-smoke-{os.getpid()}"

Docker = Callable[..., str]


@pytest.fixture(scope="module")
def docker(engine: Engine) -> Docker:
    """Run docker; return what it prints."""
    ensure_images(engine)

    def run(*arguments: str | Path) -> str:
        done = subprocess.run(
            ["docker", *arguments], env=engine.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


@pytest.fixture(scope="module")
def app(docker: Docker) -> Iterator[str]:
    """A Laravel application in an image."""
    docker("build", "--network=host", f"--tag={NAME}", SMOKE)
    yield NAME
    docker("rmi", NAME)


@pytest.fixture
def network(docker: Docker) -> Iterator[str]:
    """A network, removed with all that is on it."""
    docker("network", "create", NAME)
    yield NAME
    containers = docker("ps", "--all", "--quiet", f"--filter=network={NAME}").split()
    if containers:
        docker("rm", "--force", "--volumes", *containers)
    docker("network", "rm", NAME)


def eventually(check: Callable[[], str], seconds: float = 60) -> str:
    """What check returns once it stops failing: servers take a while to listen."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return check()
        except (AssertionError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def test_laravel_runs_without_root_on_a_read_only_disk(docker: Docker, app: str) -> None:
    hardened = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--init")
    assert "Laravel Framework 13." in docker("run", "--rm", *hardened, app, "php", "artisan", "--version")


def test_health_route_answers_through_fpm(docker: Docker, app: str, network: str) -> None:
    docker(
        "run", "--detach", f"--network={network}", f"--name={NAME}", app, "php-fpm8.4", "-F", "-y", "fpm.conf"
    )
    request = "SCRIPT_FILENAME=/app/public/index.php REQUEST_URI=/up REQUEST_METHOD=GET"
    ask = f"{request} cgi-fcgi -bind -connect 127.0.0.1:9000"
    assert "Application up" in eventually(lambda: docker("exec", NAME, "sh", "-c", ask))


def test_phpunit_passes(docker: Docker) -> None:
    docker("build", "--network=host", "--target=test", SMOKE)


def test_containers_find_each_other_by_name(docker: Docker, network: str) -> None:
    image = "valkey/valkey:8-alpine"
    docker("run", "--detach", f"--network={network}", "--network-alias=store", image)
    client = ("run", "--rm", f"--network={network}", image, "valkey-cli", "-h", "store", "ping")
    assert eventually(lambda: docker(*client)).strip() == "PONG"


def test_published_port_answers_on_the_host(docker: Docker, network: str) -> None:
    image = "valkey/valkey:8-alpine"
    options = ("--detach", f"--network={network}", "--publish=127.0.0.1::6379")
    container = docker("run", *options, image, "valkey-server", "--requirepass", "secret").strip()
    port = int(docker("port", container, "6379/tcp").rpartition(":")[2])

    def ping() -> str:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"PING\r\n")
            answer = connection.recv(100).decode()
        assert answer
        return answer

    assert "NOAUTH" in eventually(ping)


def test_postgres_takes_settings_and_arguments(docker: Docker, network: str) -> None:
    settings = ("--env=POSTGRES_USER=shop", "--env=POSTGRES_PASSWORD=pw", "--env=POSTGRES_DB=orders")
    docker(
        *("run", "--detach", f"--network={network}", "--network-alias=db", *settings),
        *("postgres:17-alpine", "-c", "max_connections=21"),
    )
    client = ("run", "--rm", f"--network={network}", "--env=PGPASSWORD=pw", "postgres:17-alpine")
    ask = ("psql", "-h", "db", "-U", "shop", "-Atc", "show max_connections", "orders")
    assert eventually(lambda: docker(*client, *ask)).strip() == "21"


def test_mysql_takes_settings(docker: Docker, network: str) -> None:
    users = ("--env=MYSQL_USER=shop", "--env=MYSQL_PASSWORD=pw", "--env=MYSQL_ROOT_PASSWORD=it's")
    image = ("--env=MYSQL_DATABASE=orders", "mysql:8.4")
    container = docker("run", "--detach", f"--network={network}", *users, *image).strip()
    ask = ("mysql", "-h127.0.0.1", "-ushop", "-ppw", "-Ne", "select 6 * 7", "orders")
    assert eventually(lambda: docker("exec", container, *ask)).strip() == "42"


def test_rclone_serves_s3(docker: Docker, network: str) -> None:
    serve = ("serve", "s3", "--addr", ":8080", "--auth-key", "key,secret", "/srv")
    docker("run", "--detach", f"--network={network}", "--network-alias=s3", "rclone/rclone:1", *serve)
    remote = ":s3,provider=Rclone,endpoint='http://s3:8080',access_key_id=key,secret_access_key=secret:"
    client = ("run", "--rm", f"--network={network}", "rclone/rclone:1", "--retries=1")
    eventually(lambda: docker(*client, "mkdir", f"{remote}bucket"))
    assert "bucket" in docker(*client, "lsd", remote)


def test_npm_installs_from_a_lock_file(docker: Docker) -> None:
    script = "cd /tmp && npm init --yes && npm install is-number && npm ci && node -e 'require(`is-number`)'"
    docker("run", "--rm", "--network=host", "node:24-slim", "sh", "-c", script)


def test_compose_is_there(docker: Docker) -> None:
    assert docker("compose", "version", "--short").startswith(("2.", "5."))
