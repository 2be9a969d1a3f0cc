"""A real image registry, Debian's docker-registry, to stand behind ECR where a test pushes an image."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engine.debian import Apt
from tests.engine.host import lock

from .tools import FOLDER

PROGRAM = FOLDER / "registry/usr/bin/docker-registry"

CONFIG = """\
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


@contextmanager
def registry(folder: Path) -> Iterator[str]:
    """Its host and port; images lie in the folder. Docker asks for no TLS on this machine."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with lock():
        if not PROGRAM.exists():
            Apt("trixie").unpack("docker-registry", ["docker-registry"], FOLDER / "registry")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "registry.yml"
    config.write_text(CONFIG.format(folder=folder / "images", port=port), encoding="utf-8")
    with (folder / "registry.log").open("w") as log:
        process = subprocess.Popen([PROGRAM, "serve", config], stdout=log, stderr=log)
        try:
            _wait(port)
            yield f"localhost:{port}"
        finally:
            process.kill()
            process.wait()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
