"""A rolling replacement of the web service under load."""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event, Lock

import pytest

from tests.image.docker import until
from tests.image.workloads import Fleet, Site, ask, published

pytestmark = pytest.mark.engine


class LoadBalancer:
    """Sends requests to its targets in turn; one that was removed gets no new one."""

    def __init__(self) -> None:
        self._targets: list[tuple[str, int]] = []
        self._turn = count()
        self._lock = Lock()

    def add(self, site: Site) -> None:
        """Send requests there, too."""
        with self._lock:
            self._targets.append(published(site.web))

    def remove(self, site: Site) -> None:
        """Send no further one there; those on their way are not called back."""
        with self._lock:
            self._targets.remove(published(site.web))

    def get(self, path: str) -> int:
        """Ask whoever's turn it is; return the status, 0 when there was no answer."""
        with self._lock:
            target = self._targets[next(self._turn) % len(self._targets)]
        try:
            return ask(target, "GET", path).status
        except (OSError, http.client.HTTPException):
            return 0


def replace(balancer: LoadBalancer, old: Site, new: Site) -> None:
    """As ECS does: the new one is healthy before the old one, of which no more is asked, is told to stop."""
    balancer.add(new.await_up())
    balancer.remove(old)
    for container in (old.proxy, old.web):  # dependsOn, reversed
        assert container.stop() == 0


def test_no_request_fails_while_every_web_container_is_replaced(
    fleet: Fleet, times: Callable[[int, int], int]
) -> None:
    clients = times(50, 200)
    balancer = LoadBalancer()
    old = [fleet.site().await_up() for _ in range(2)]
    for site in old:
        balancer.add(site)
    end = Event()
    statuses: Counter[int] = Counter()

    def client(number: int) -> None:
        while not end.is_set():
            statuses[balancer.get(f"/probe/brief/{number}")] += 1

    with ThreadPoolExecutor(clients) as pool:
        running = [pool.submit(client, number) for number in range(clients)]
        try:
            until(lambda: statuses.total() > clients, "requests are answered")
            for site in old:
                replace(balancer, site, fleet.site())
            answered = statuses.total()
            until(lambda: statuses.total() > answered + clients, "the new ones answer")
        finally:
            end.set()
    for each in running:
        each.result()

    assert set(statuses) == {200}, statuses
