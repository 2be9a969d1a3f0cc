"""The emulator as tests see it: started on a free port, spoken to, its journal read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from .control import KINDS, PATH, Part
from .journal import Journal
from .models import problems

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
REGION = "us-east-1"

ROOT = Path(__file__).resolve().parents[2]


def credentials(account: str = ACCOUNT, *, expired: bool = False) -> dict[str, str]:
    """Keys that name an account here, and that no AWS would ever accept."""
    return {
        "AWS_ACCESS_KEY_ID": ("EXPIRED0" if expired else "EMULATED") + account,
        "AWS_SECRET_ACCESS_KEY": "none",
    }


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    url: str
    journal: Journal

    def environment(self, account: str = ACCOUNT, region: str = REGION) -> dict[str, str]:
        """The variables by which the AWS CLI and Terraform's provider speak to this and to nothing else."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))},
            **credentials(account),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "AWS_MAX_ATTEMPTS": "2",
        }

    def client(self, service: str, account: str = ACCOUNT, region: str = REGION) -> Any:
        """A client of boto3."""
        keys = credentials(account)
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    def play(self, part: Part) -> None:
        """Have this happen next."""
        self._post(next(what for what, kind in KINDS.items() if isinstance(part, kind)), asdict(part))

    def reset(self) -> None:
        """Forget what was to be played."""
        self._post("reset", {})

    def invalid_requests(self) -> list[str]:
        """What the models of the services have against the requests so far."""
        return [
            f"{request.service}:{request.action}: {problem}"
            for request in self.journal
            for problem in (
                [str(request.parameters)]
                if "undecoded" in request.parameters
                else problems(request.service, request.action, request.parameters)
            )
        ]

    def _post(self, what: str, body: dict[str, Any]) -> None:
        request = urllib.request.Request(self.url + PATH + what, json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=10):
            pass


@contextmanager
def emulator(folder: Path, registry: str = "") -> Iterator[Emulator]:
    """An emulator of its own, whose journal and errors lie in a folder.

    With the host and port of a registry, ECR's repositories are there.
    """
    journal = folder / "requests.jsonl"
    journal.touch()
    with (folder / "emulator.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.emulator", "--journal", journal],
            cwd=ROOT,
            env=os.environ | {"EMULATOR_REGISTRY": registry},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout
        try:
            url = process.stdout.readline().strip()
            assert url, f"the emulator does not start: see {log.name}"
            yield Emulator(url, Journal(journal))
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
