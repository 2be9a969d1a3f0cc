"""``docs/ecs/commands.md`` of a rendered repository, made from what each command says of itself.

`python -m tests.infra.commands_page` writes it anew.
"""

from __future__ import annotations

import re

from tests.command import run
from tests.render import ROOT

PAGE = ROOT / "template/docs/ecs/commands.md"
COMMAND = ROOT / "template/bin/ecs"

HEAD = """\
# Commands

What `bin/ecs --help` and `bin/ecs help COMMAND` say. [runbook.md](runbook.md) tells when to use which.
"""


def page() -> str:
    """The whole page: the overview, then a section for each command in its order."""
    overview = run([COMMAND, "--help"], ROOT)
    commands = re.findall(r"^  (\w+) +\S", overview.partition("\nCommands:\n")[2], re.MULTILINE)
    sections = [
        f"## {command}\n\n```\n{run([COMMAND, command, '--help'], ROOT).strip()}\n```\n"
        for command in commands
    ]
    return "\n".join([HEAD, f"```\n{overview.strip()}\n```\n", *sections])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
