"""`make demo`: the first deploy of a fresh rendering, against an emulator of AWS on this machine.

The template, Terraform, its AWS provider, the AWS CLI and `bin/ecs` are the real ones. Only AWS is not, and
no image is built: what runs there is a name.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.emulator.aws import Emulator, emulator
from tests.emulator.tools import ToolError, ensure_tools
from tests.render import GIT_SETTINGS, commit, git, render

ENVIRONMENT = "staging"

COMMANDS = (
    ("bin/ecs", "bootstrap", "--yes"),
    ("git", "add", "infra"),
    ("git", "commit", "--quiet", "--message", "The AWS account"),
    ("bin/ecs", "platform", ENVIRONMENT, "--yes"),
    ("bin/ecs", "deploy", ENVIRONMENT),
    ("bin/ecs", "status", ENVIRONMENT),
)
"""Those of the runbook, with nobody there to ask."""


def main() -> int:
    """Deploy, and show each command with what it prints."""
    try:
        tools = ensure_tools()
    except ToolError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    os.environ.update(GIT_SETTINGS)
    with tempfile.TemporaryDirectory(prefix="demo-") as folder, emulator(Path(folder)) as aws:
        project = commit(render(Path(folder) / "shop", project_name="Shop", environments=[ENVIRONMENT]))
        environment = aws.environment() | tools.env | {"ECS_POLL_SECONDS": "1"}
        for command in COMMANDS:
            print(f"\n\033[1m$ {' '.join(command)}\033[0m", flush=True)
            done = subprocess.run(command, cwd=project, env=environment, check=False)
            if done.returncode:
                return done.returncode
            if "commit" in command:
                _push_image(aws, project)
    print(
        "\nThat was the first deploy of a project nobody touched. "
        "AWS was played, and no image was built; everything else was real."
    )
    print("Your own: make new DEST=../shop, then docs/ecs/runbook.md in there.")
    return 0


def _push_image(aws: Emulator, project: Path) -> None:
    """Have the commit's image in the registry, as the pipeline would have pushed it."""
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": []}
    aws.client("ecr").put_image(
        repositoryName="shop",
        imageManifest=json.dumps(manifest),
        imageTag=git(project, "rev-parse", "HEAD").strip(),
    )


if __name__ == "__main__":
    sys.exit(main())
