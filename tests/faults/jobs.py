"""Jobs that leave word of what becomes of them."""

from __future__ import annotations

from collections import defaultdict
from uuid import uuid4

from tests.image.docker import until
from tests.image.workloads import Fleet

ALL_EVENTS = "select name || ' ' || event from probe_events where name like :'name' || '-%' order by id"


class Jobs:
    """Some jobs whose names begin alike, on a Valkey prefix of their own."""

    def __init__(self, fleet: Fleet, count: int, *options: str, **environment: str) -> None:
        self.fleet = fleet
        self.name = f"job-{uuid4().hex}"
        self.names = [f"{self.name}-{number}" for number in range(count)]
        queued = fleet.finish("artisan", "probe:jobs", self.name, f"--count={count}", *options, **environment)
        assert queued.code == 0, queued

    @property
    def events(self) -> dict[str, list[str]]:
        """What became of each, in order."""
        events: defaultdict[str, list[str]] = defaultdict(list)
        for line in self.fleet.services.sql(ALL_EVENTS, name=self.name):
            name, _, event = line.partition(" ")
            events[name].append(event)
        return dict(events)

    @property
    def finished(self) -> int:
        """How many have reached their end at least once."""
        return sum("finished" in events for events in self.events.values())

    def await_all(self, seconds: float = 90) -> None:
        """Wait until each has reached its end."""
        until(lambda: self.finished == len(self.names), f"{len(self.names)} jobs are done", seconds)

    def assert_each(self, *events: str) -> None:
        """Nothing else became of any, and no queue holds one of them still."""
        assert self.events == {name: list(events) for name in self.names}
        assert self.queued == []

    @property
    def queued(self) -> list[str]:
        """The keys of queues that still hold something."""
        keys = self.fleet.services.ask_valkey("keys", f"{self.fleet.environment['REDIS_PREFIX']}queues:*")
        return [key for key in keys if not key.endswith(":notify")]
