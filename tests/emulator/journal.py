"""What was asked of the emulator, one JSON object per line, and how a test reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Request:
    """One request; `parameters` are as the service's model names them, `error` is what was answered."""

    number: int
    account: str
    region: str
    service: str
    action: str
    parameters: dict[str, Any]
    status: int
    error: str
    milliseconds: float

    @property
    def changes(self) -> bool:
        """Whether it asks for a change; what a plan does is all questions."""
        return not self.action.startswith(("Describe", "Get", "List", "Head", "BatchGet", "Lookup"))

    def line(self) -> str:
        """Itself as a line of the journal."""
        return json.dumps(asdict(self)) + "\n"


class Journal:
    """The requests so far, or those between two marks; it grows while the emulator runs."""

    def __init__(self, path: Path, after: int = 0, upto: int | None = None) -> None:
        self.path = path
        self.after = after
        self.upto = upto

    def __iter__(self) -> Iterator[Request]:
        with self.path.open(encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):  # else it is still being written
                    request = Request(**json.loads(line))
                    if request.number > self.after and (self.upto is None or request.number <= self.upto):
                        yield request

    def since_now(self) -> Journal:
        """Only what is asked from here on."""
        return Journal(self.path, max((request.number for request in self), default=self.after))

    def of(self, action: str, *, failed: bool = False, **parameters: Any) -> list[Request]:
        """The requests of one action, such as `CreateService` or `s3:PutObject`, that succeeded.

        `parameters` narrows them to those that were sent exactly so.
        """
        service, _, name = action.rpartition(":")
        return [
            request
            for request in self
            if request.action == name
            and service in ("", request.service)
            and (request.status >= 400) == failed
            and parameters.items() <= request.parameters.items()
        ]

    def one(self, action: str, **parameters: Any) -> dict[str, Any]:
        """The parameters of the only such request."""
        found = self.of(action, **parameters)
        assert len(found) == 1, f"{len(found)} × {action} {parameters}, expected one"
        return found[0].parameters
