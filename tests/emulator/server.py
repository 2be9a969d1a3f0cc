"""The emulator itself: moto's server behind a journal, the script and accounts of its own."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request as MotoRequest
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from . import patches
from .control import PATH, SCRIPT, Refusal
from .journal import Request
from .models import SIGNED_AS
from .refusal import refuse

Environ = dict[str, Any]
Start = Callable[..., Any]

CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
EXPIRED = "EXPIRED0"
EXPIRY = Refusal(
    code="ExpiredToken", message="The security token included in the request is expired", status=403
)


class Application:
    """Every request: decoded, answered by the script or by moto, and written down."""

    def __init__(self, moto: Callable[[Environ, Start], Iterable[bytes]], journal: Path) -> None:
        self.moto = moto
        self.journal = journal.open("a", buffering=1, encoding="utf-8")
        self.lock = threading.Lock()
        self.number = 0

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        body = _read(environ)
        path = environ["PATH_INFO"]
        if path.startswith(PATH):
            status, said = SCRIPT.handle(path, body)
            start(f"{status} -", [("Content-Type", "application/json")])
            return [json.dumps(said).encode()]

        began = time.monotonic()
        key, region, signed_as = _credential(environ)
        service, action, parameters = decode(environ, body, signed_as)
        time.sleep(SCRIPT.delay(service, action))
        refusal = EXPIRY if key.startswith(EXPIRED) else SCRIPT.refusal(service, action)
        if refusal:
            status, headers, answer = refuse(refusal, service, environ.get("CONTENT_TYPE", ""))
        else:
            status, headers, answer = self._ask(environ, body)
        if status == 500:  # a fault of the emulator; the SDKs would try again for minutes
            status = 501
        self._write(
            account=key[-12:],
            region=region,
            service=service,
            action=action,
            parameters=parameters,
            status=status,
            error=answer.decode(errors="replace")[:1000] if status >= 400 else "",
            milliseconds=round((time.monotonic() - began) * 1000, 1),
        )
        start(f"{status} -", headers)
        return [answer]

    def _ask(self, environ: Environ, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        environ["wsgi.input"] = io.BytesIO(body)
        seen: list[Any] = []
        answer = b"".join(self.moto(environ, lambda status, headers, _=None: seen.extend((status, headers))))
        return int(seen[0].split()[0]), seen[1], answer

    def _write(self, **fields: Any) -> None:
        with self.lock:
            self.number += 1
            self.journal.write(Request(number=self.number, **fields).line())


def decode(environ: Environ, body: bytes, signed_as: str) -> tuple[str, str, dict[str, Any]]:
    """The service, the action and the parameters of a request, as botocore's models name them.

    What is JSON already is taken as it is, so that a key which no model knows stays visible.
    """
    service = SIGNED_AS.get(signed_as, signed_as)
    request = MotoRequest({**environ, "wsgi.input": io.BytesIO(body)})
    try:
        model = get_service_model(service)
        protocol = determine_request_protocol(model, request.content_type)
        target = environ.get("HTTP_X_AMZ_TARGET")
        if target and protocol == "json":
            return service, target.rpartition(".")[2], json.loads(body or b"{}")
        operation, uri = get_service_router(service).match(request)
        parsed = PROTOCOL_PARSERS[protocol](operation).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": uri,
            }
        )
    except Exception as error:
        return service, f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}", {"undecoded": repr(error)}
    return service, operation.name, plain(parsed)


def plain(value: Any) -> Any:
    """A decoded value in JSON's types."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bytes | bytearray):
        try:
            return bytes(value).decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    return value


class Handler(MotoRequestHandler):
    """One that does not tell of each request: the journal does."""

    def log_request(self, *_: Any) -> None:
        """Nothing."""


def serve(port: int, journal: Path) -> None:
    """Serve until the process is told to stop; the address is the first line on stdout."""
    patches.apply()
    moto = DomainDispatcherApplication(create_backend_app)
    server = make_server(
        "127.0.0.1", port, Application(moto, journal), threaded=True, request_handler=Handler
    )
    os.environ["MOTO_PORT"] = str(server.port)
    print(f"http://127.0.0.1:{server.port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(130)


def _read(environ: Environ) -> bytes:
    """The body of a request, whole: Terraform's S3 client sends some in chunks."""
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", ""):
        body: bytes = environ["wsgi.input"].read()
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING")
        return body
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return environ["wsgi.input"].read(length) if length else b""


def _credential(environ: Environ) -> tuple[str, str, str]:
    """The access key, the region and the service that a request is signed for."""
    match = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    return match.groups() if match else ("", "", "sts")  # type: ignore[return-value]
