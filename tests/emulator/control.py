"""What a test has the emulator play next, over HTTP under a path of its own.

    POST /_emulator/tasks     how the next task of a family ends: exit code, lines, or that it never starts
    POST /_emulator/rollouts  the next roll-out of a service never gets healthy, or an old task holds it up
    POST /_emulator/refusals  the next requests of an action are answered with an error
    POST /_emulator/delays    the next requests of an action take their time
    POST /_emulator/reset     nothing of that any more

Each takes one JSON object with the fields of the class below. `times` is how often it is played, -1 for
always. The oldest part that fits is played first.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

PATH = "/_emulator/"


@dataclass
class Task:
    """How a task ends; the one that nobody plays starts, says so and exits with 0."""

    family: str = ""
    container: str = ""
    exit_code: int | None = 0
    log: list[str] = field(default_factory=list)
    seconds: float = 0.2
    starts: bool = True
    reason: str = ""
    times: int = 1

    def fits(self, family: str, containers: Iterable[str]) -> bool:
        return self.family in ("", family) and (not self.container or self.container in containers)


@dataclass
class Rollout:
    """A roll-out whose tasks never get healthy: the circuit breaker ends it, if there is one.

    With `held` its tasks are healthy, and for so many seconds old ones run on, as with a protected job.
    """

    cluster: str = ""
    service: str = ""
    held: float = 0
    times: int = 1

    def fits(self, cluster: str, service: str) -> bool:
        return self.cluster in ("", cluster) and self.service in ("", service)


@dataclass
class Refusal:
    """An error in place of an answer."""

    service: str = ""
    action: str = ""
    code: str = "AccessDeniedException"
    message: str = "refused by the test"
    status: int = 400
    times: int = 1

    def fits(self, service: str, action: str) -> bool:
        return self.service in ("", service) and self.action in ("", action)


@dataclass
class Delay:
    """Time that passes before a request is looked at, in which a test can do something."""

    service: str = ""
    action: str = ""
    seconds: float = 5
    times: int = 1

    def fits(self, service: str, action: str) -> bool:
        return self.service in ("", service) and self.action in ("", action)


Part = Task | Rollout | Refusal | Delay
KINDS: dict[str, type[Part]] = {"tasks": Task, "rollouts": Rollout, "refusals": Refusal, "delays": Delay}
Played = TypeVar("Played", Task, Rollout, Refusal, Delay)


class Script:
    """The parts that are still to be played."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: list[Part] = []

    def handle(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Answer a request below PATH."""
        what = path.removeprefix(PATH)
        if what == "reset":
            with self._lock:
                self._parts.clear()
            return 200, {}
        if what not in KINDS:
            return 404, {"error": f"there is no {what}: use {', '.join(KINDS)} or reset"}
        try:
            part = KINDS[what](**json.loads(body or b"{}"))
        except (TypeError, ValueError) as error:
            return 400, {"error": str(error)}
        with self._lock:
            self._parts.append(part)
        return 200, {}

    def task(self, family: str, containers: list[str]) -> Task:
        """How a task of this family, made of these containers, ends."""
        return self._next(Task, family, containers) or Task()

    def rollout(self, cluster: str, service: str) -> Rollout | None:
        """Why the roll-out that begins now fails or is held up, if it is."""
        return self._next(Rollout, cluster, service)

    def refusal(self, service: str, action: str) -> Refusal | None:
        """The error that answers this request, if one does."""
        return self._next(Refusal, service, action)

    def delay(self, service: str, action: str) -> float:
        """How long this request takes."""
        found = self._next(Delay, service, action)
        return found.seconds if found else 0

    def _next(self, kind: type[Played], *what: Any) -> Played | None:
        with self._lock:
            for part in self._parts:
                if isinstance(part, kind) and part.fits(*what):
                    part.times -= 1
                    if part.times == 0:
                        self._parts.remove(part)
                    return part
        return None


SCRIPT = Script()
"""Of this process: the emulator serves one."""
