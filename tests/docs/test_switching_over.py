"""The look at a new site under its name before the domain leads there, with the real curl."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from tests.command import run

from .how_to import commands

NAME = "shop.example.com"
BALANCER = "shop-production-123.eu-central-1.elb.amazonaws.com:443"


class Up(BaseHTTPRequestHandler):
    """A site that is well, or whose /up is not there."""

    status = 200

    def do_GET(self) -> None:
        """Answer as the load balancer would."""
        self.send_response(self.status if (self.path, self.headers["Host"]) == ("/up", NAME) else 404)
        self.end_headers()


class Down(Up):
    """The same with a fault."""

    status = 503


def certificate(folder: Path, name: str) -> Path:
    """A certificate for a host name, and its key, in one file."""
    key, made = folder / f"{name}.key", folder / f"{name}.crt"
    options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    run(["openssl", "req", "-x509", *options, *subject, "-keyout", key, "-out", made], folder)
    made.write_text(made.read_text() + key.read_text())
    return made


@contextmanager
def balancer(handler: type[Up], certified: Path) -> Iterator[str]:
    """Something that answers over TLS; its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified)
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def look(address: str, trusted: Path) -> int:
    """Type the guide's command; how it ends."""
    [command] = [line for line in commands("switching-over") if line.startswith("curl ")]
    assert BALANCER in command
    words = command.replace(BALANCER, address).split()
    environment = {"PATH": "/usr/bin:/bin:/usr/local/bin", "CURL_CA_BUNDLE": str(trusted)}
    return subprocess.run(words, env=environment, capture_output=True, check=False, timeout=60).returncode


def test_it_is_well_under_its_own_name_and_certificate_only(tmp_path: Path) -> None:
    own, other = certificate(tmp_path, NAME), certificate(tmp_path, "other.example.com")
    with balancer(Up, own) as address:
        assert look(address, own) == 0
    with balancer(Up, other) as address:
        assert look(address, other) == 60, "a certificate for another name"
    with balancer(Down, own) as address:
        assert look(address, own) == 22, "no 200"
