"""The AWS CLI, ready in memory: to import it takes several times as long as most of its calls.

Run as a script, this is `aws`. It hands its arguments, environment and files to a process that has imported
the CLI already and forks for each call. That process is started by the first call and ends by itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import socket
import subprocess
import sys

IDLE_SECONDS = 60
ENOUGH = 1 << 20
FAILED = 255
CALLS = (
    "ecr describe-repositories",
    "ecs list-clusters",
    "elbv2 describe-load-balancers",
    "logs describe-log-groups",
    "s3api list-buckets",
    "ssm describe-parameters",
    "sts get-caller-identity",
)
"""One of each service that is asked often; what it takes to ask is then there."""


def main(folder: str, arguments: list[str]) -> int:
    """Be `aws`: return its exit code."""
    path = f"{folder}/aws.sock"
    with open(f"{folder}/aws.lock", "w") as lock:  # noqa: PTH123 pathlib would double the time of a call
        fcntl.flock(lock, fcntl.LOCK_EX)
        connection = _connect(path) or _start(path)
    call = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}  # noqa: PTH109
    socket.send_fds(connection, [json.dumps(call).encode()], [0, 1, 2])
    answer = connection.recv(1)
    return answer[0] if answer else FAILED


def _connect(path: str) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(path)
    except OSError:
        return None
    return connection


def _start(path: str) -> socket.socket:
    """Start the process that stays, and wait until it listens."""
    command = [sys.executable, "-P", "-W", "ignore", __file__, "--serve", path]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    ) as process:
        assert process.stdout
        process.stdout.read()  # to its end, which comes when it listens
        process.returncode = 0  # it lives on
    connection = _connect(path)
    assert connection, "the AWS CLI does not start"
    return connection


def serve(path: str) -> None:
    """Import the CLI, then fork for each call until nobody has called for a while."""
    import awscli.clidriver  # noqa: PLC0415

    loaders = sys.modules["botocore.loaders"]  # the CLI's own copy, which it has put under this name
    _remember(loaders.JSONFileLoader, "load_file")
    _remember(loaders.Loader, "list_available_services")
    for call in CALLS:
        with contextlib.redirect_stdout(io.StringIO()):
            awscli.clidriver.create_clidriver().main([*call.split(), "--generate-cli-skeleton"])

    if os.path.exists(path):  # noqa: PTH110
        os.unlink(path)  # noqa: PTH108
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    listener.settimeout(IDLE_SECONDS)
    os.dup2(0, 1)
    while True:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            return
        _reap()
        if os.fork() == 0:
            listener.close()
            _answer(connection, awscli.clidriver.main)
        connection.close()


def _remember(owner: type, name: str) -> None:
    """Have a method answer from memory: to read what services are like is half of what a call takes."""
    method = getattr(owner, name)
    known: dict[object, object] = {}

    def remembered(self: object, *given: str, **named: str) -> object:
        key = (given, *named.items())
        if key not in known:
            known[key] = method(self, *given, **named)
        return known[key]

    setattr(owner, name, remembered)


def _answer(connection: socket.socket, cli: object) -> None:
    """In a process of its own: one call, then the end."""
    call, files, _, _ = socket.recv_fds(connection, ENOUGH, 3)
    given = json.loads(call)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    data = os.environ["AWS_DATA_PATH"]  # which the CLI has set when it was imported
    os.environ.clear()
    os.environ.update(given["environment"], AWS_DATA_PATH=data)
    os.chdir(given["folder"])
    _go_home()
    child = os.fork()
    if child == 0:
        os._exit(_run(cli, given["arguments"]))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    connection.sendall(bytes([code if code >= 0 else 128 - code]))
    os._exit(0)


def _go_home() -> None:
    """Keep the sessions of roles in this caller's home; the CLI has decided where when it was imported."""
    assumerole = sys.modules["awscli.customizations.assumerole"]
    assumerole.CACHE_DIR = os.path.expanduser("~/.aws/cli/cache")  # type: ignore[attr-defined] # noqa: PTH111


def _run(cli: object, arguments: list[str]) -> int:
    sys.argv = ["aws", *arguments]
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
    try:
        code = cli()  # type: ignore[operator]
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(bool(code))


def _reap() -> None:
    """Forget the calls that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        serve(sys.argv[2])
    else:
        sys.exit(main(sys.argv[1], sys.argv[2:]))
