"""The emulator from a shell: `python -m tests.emulator --port 4566 --journal requests.jsonl`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

SETTINGS = {
    "MOTO_ACM_VALIDATION_WAIT": "0",  # certificates are issued at once
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # AWS's own, which a role may be given
}
os.environ.update(SETTINGS)  # moto reads them when it is imported

from .server import serve  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the default is a free one, which is printed")
    parser.add_argument("--journal", type=Path, default=Path("/dev/null"), help="JSON lines, one per request")
    options = parser.parse_args()
    serve(options.port, options.journal)


if __name__ == "__main__":
    main()
