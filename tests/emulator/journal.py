"""What was asked of the emulator, one JSON object per line, and how a test reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
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


class _File:
    """A journal's file: each line is read once, however often the tests ask."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.requests: list[Request] = []
        self._read = 0

    def so_far(self) -> list[Request]:
        """The requests up to now; their numbers begin with 1 and leave none out."""
        with self.path.open("rb") as lines:
            lines.seek(self._read)
            for line in lines:
                if not line.endswith(b"\n"):  # it is still being written
                    break
                self._read += len(line)
                self.requests.append(Request(**json.loads(line)))
        return self.requests


_file = cache(_File)


class Journal:
    """The requests so far, or those between two marks; it grows while the emulator runs."""

    def __init__(self, path: Path, after: int = 0, upto: int | None = None) -> None:
        self.path = path
        self.after = after
        self.upto = upto

    def __iter__(self) -> Iterator[Request]:
        requests = _file(self.path).so_far()
        return iter(requests[self.after : len(requests) if self.upto is None else self.upto])

    def since_now(self) -> Journal:
        """Only what is asked from here on."""
        return Journal(self.path, len(_file(self.path).so_far()))

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
