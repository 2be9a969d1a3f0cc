"""PostgreSQL and Valkey as AWS offers them: over TLS, with a password, found by name."""

from __future__ import annotations

import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tests.engine import ensure_images

from .docker import Container, Docker, DockerError, progress, until

POSTGRES = "postgres:17-alpine"
VALKEY = "valkey/valkey:8-alpine"
PASSWORD = "only-for-tests"
APP_KEY = f"base64:{b64encode(b'a key of 32 bytes, only for here').decode()}"
CERTIFICATES = "/certificates"

DATABASE_COMMAND = f"""\
install -o postgres -m 600 {CERTIFICATES}/server.key /tmp/server.key
exec docker-entrypoint.sh postgres -c fsync=off \
    -c ssl=on -c ssl_cert_file={CERTIFICATES}/server.crt -c ssl_key_file=/tmp/server.key
"""

VALKEY_COMMAND = [
    *("valkey-server", "--port", "0", "--tls-port", "6379", "--tls-auth-clients", "no"),
    *("--tls-cert-file", f"{CERTIFICATES}/server.crt", "--tls-key-file", f"{CERTIFICATES}/server.key"),
    *("--requirepass", PASSWORD, "--save", "", "--maxmemory", "64mb", "--maxmemory-policy", "volatile-lru"),
]


@dataclass(frozen=True)
class Services:
    """A network with a database and a Valkey, and what a container must know of them."""

    docker: Docker
    network: str
    certificates: Path
    database: Container
    valkey: Container

    @property
    def environment(self) -> dict[str, str]:
        """What a task definition sets, and what it injects as secrets."""
        return {
            "APP_KEY": APP_KEY,
            "DB_HOST": "database",
            "DB_DATABASE": "app",
            "DB_USERNAME": "app",
            "DB_PASSWORD": PASSWORD,
            "DB_SSLMODE": "verify-full",
            "PGSSLROOTCERT": f"{CERTIFICATES}/ca.crt",
            "REDIS_HOST": "valkey",
            "REDIS_SCHEME": "tls",
            "REDIS_PASSWORD": PASSWORD,
            "SSL_CERT_DIR": CERTIFICATES,
        }

    @property
    def options(self) -> list[str]:
        """How a container gets there."""
        return [f"--network={self.network}", f"--volume={self.certificates / 'ca'}:{CERTIFICATES}:ro"]

    def new_database(self) -> str:
        """Make an empty database of its own for a test; return its name."""
        name = f"test_{uuid4().hex}"
        self.sql(f"create database {name}", "postgres")
        return name

    def sql(self, statement: str, database: str = "app", **values: str) -> list[str]:
        """Ask the database; return the rows. A value is written :'name' in the statement."""
        command = ["psql", "--quiet", "--username=app", "--no-align", "--tuples-only"]
        command += [f"--set={name}={value}" for name, value in values.items()]
        answer = self.database.exec(*command, "--set=ON_ERROR_STOP=1", database, stdin=statement.encode())
        if answer.code:
            raise DockerError(answer.err)
        return answer.out.splitlines()

    def ask_valkey(self, *command: str) -> list[str]:
        """Ask Valkey; return the lines of its answer."""
        client = ["valkey-cli", "--tls", "--insecure", "--no-auth-warning", "-a", PASSWORD]
        answer = self.valkey.exec(*client, *command)
        if answer.code:
            raise DockerError(answer.out + answer.err)
        return answer.out.split()


@contextmanager
def services(docker: Docker, folder: Path, *valkey_options: str) -> Iterator[Services]:
    """Start both and wait until they answer; remove them in the end."""
    ensure_images(docker.engine, [POSTGRES, VALKEY])
    make_certificates(folder, ["database", "valkey"])
    network = f"shop-test-{uuid4().hex[:8]}"
    docker("network", "create", network)
    started: list[Container] = []
    try:
        with progress("starting PostgreSQL and Valkey with TLS"):
            shared = [f"--network={network}", f"--volume={folder}:{CERTIFICATES}:ro"]
            started.append(
                docker.run(
                    *shared,
                    "--network-alias=database",
                    *("--env=POSTGRES_USER=app", f"--env=POSTGRES_PASSWORD={PASSWORD}"),
                    *("--entrypoint=sh", POSTGRES, "-ec", DATABASE_COMMAND),
                )
            )
            started.append(
                docker.run(*shared, "--network-alias=valkey", VALKEY, *VALKEY_COMMAND, *valkey_options)
            )
            made = Services(docker, network, folder, *started)
            # Over TCP: while it sets itself up, it listens on its socket alone.
            ready = ["pg_isready", "--host=127.0.0.1", "--username=app"]
            until(lambda: made.database.exec(*ready).code == 0, "PostgreSQL answers")
            until(
                lambda: made.valkey.exec("valkey-cli", "--tls", "--insecure", "ping").code == 0,
                "Valkey answers",
            )
        yield made
    finally:
        for container in started:
            container.remove()
        docker("network", "rm", network)


def make_certificates(folder: Path, hosts: list[str]) -> None:
    """A certificate authority of our own, and a server certificate that it signed.

    `folder` is what the servers get, `folder/ca` what a client gets: the authority's certificate alone, also
    by the name under which OpenSSL looks for it in a folder.
    """
    folder.chmod(0o755)
    (folder / "ca").mkdir()
    (folder / "names").write_text("subjectAltName=" + ",".join(f"DNS:{host}" for host in hosts))
    key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout"
    for arguments in (
        f"req -x509 {key} ca.key -out ca/ca.crt -days 2 -subj /CN=authority",
        f"req {key} server.key -out server.csr -subj /CN=server",
        "x509 -req -in server.csr -CA ca/ca.crt -CAkey ca.key -CAcreateserial -days 2"
        " -extfile names -out server.crt",
        "rehash ca",
    ):
        subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)
    (folder / "server.key").chmod(0o644)  # the servers run as users of their own
