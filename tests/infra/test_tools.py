"""The tools that the tests bring along behave like those that people install."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import run
from tests.emulator import Emulator, credentials
from tests.emulator.tools import Tools

pytestmark = pytest.mark.infra


def test_the_aws_cli_keeps_a_role_s_session_in_its_caller_s_home(
    aws: Emulator, tools: Tools, tmp_path: Path
) -> None:
    """One process answers for every test: what it knows of one must not reach the next."""
    token = tmp_path / "token"
    token.write_text("token")
    shell = aws.environment() | tools.env | dict.fromkeys(credentials(), "")
    for name in ("one", "other"):
        home = tmp_path / name
        home.mkdir()
        role = {
            "AWS_ROLE_ARN": f"arn:aws:iam::111122223333:role/{name}",
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
            "HOME": str(home),
        }
        said = run([tools.aws, "sts", "get-caller-identity"], tmp_path, environment=shell | role)
        assert f":assumed-role/{name}/" in json.loads(said)["Arn"]
        assert len(list((home / ".aws/cli/cache").glob("*.json"))) == 1
