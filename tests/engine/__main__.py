"""The engine from a shell: `eval "$(python -m tests.engine)"`."""

from __future__ import annotations

import argparse
import shlex
import sys

from . import EngineError, ensure, ensure_images, stop


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.engine", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--images", action="store_true", help="make every base image as well")
    what.add_argument("--stop", action="store_true", help="stop the engine started here")
    options = parser.parse_args()
    try:
        if options.stop:
            stop()
            return 0
        engine = ensure()
        if options.images:
            ensure_images(engine)
    except EngineError as error:
        print(f"engine: error: {error}", file=sys.stderr)
        return 1
    names = [name for name in ("DOCKER_HOST", "DOCKER_CONFIG", "PATH") if name in engine.env]
    print("export", *(f"{name}={shlex.quote(engine.env[name])}" for name in names))
    return 0


if __name__ == "__main__":
    sys.exit(main())
