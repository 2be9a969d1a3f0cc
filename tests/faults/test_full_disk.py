"""/tmp is memory and of limited size: what happens when it is full."""

from __future__ import annotations

import http.client
import time

import pytest

from tests.image.docker import Container
from tests.image.workloads import Fleet, published

from .jobs import Jobs

pytestmark = pytest.mark.engine

FILL = "dd if=/dev/zero of=/tmp/full bs=64k 2>&1; echo more >> /tmp/full"
MEGABYTE = 1024 * 1024


def fill(container: Container) -> None:
    """Leave no byte free."""
    done = container.exec("sh", "-c", FILL)
    assert "No space left on device" in done.out + done.err


def upload(megabytes: int) -> bytes:
    """A form with a file in it."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    return head + b"x" * (megabytes * MEGABYTE) + b"\r\n--x--\r\n"


def test_pages_are_served_uploads_fail_and_all_is_well_with_the_first_free_byte(fleet: Fleet) -> None:
    site = fleet.site(memory="640m").await_up()
    form = {"Content_Type": "multipart/form-data; boundary=x"}

    fill(site.web)
    assert site.get("/up").status == 200
    assert site.get("/").status == 200
    assert site.post("/probe/upload", upload(1), **form).status == 500
    assert site.web.exec("php", "-n", "docker/healthcheck.php").code == 0, "a new container would not help"

    site.web.exec("rm", "/tmp/full")
    assert site.post("/probe/upload", upload(1), **form).status == 200

    fleet.docker("update", "--memory=256m", "--memory-swap=256m", site.proxy.id)  # a full /tmp fits into it
    fill(site.proxy)
    assert site.get("/up").status == 200
    assert site.post("/probe/upload", upload(1), **form).status == 500, "nginx has no room for it"


def test_a_download_that_is_larger_than_tmp_arrives_whole_at_slow_clients(fleet: Fleet) -> None:
    """Nginx keeps what it cannot hand on yet in /tmp: without a limit it cuts it off there, with a 200."""
    site = fleet.site(memory="640m").await_up()
    connections = [http.client.HTTPConnection(*published(site.web), timeout=60) for _ in range(5)]
    for connection in connections:
        connection.request("GET", "/probe/download/64")
    time.sleep(5)  # clients that take nothing meanwhile
    for connection in connections:
        answer = connection.getresponse()
        received = sum(len(part) for part in iter(lambda: answer.read(MEGABYTE), b""))  # noqa: B023
        connection.close()
        assert (answer.status, received) == (200, 64 * MEGABYTE)


def test_a_worker_goes_on_and_shows_that_it_lives(fleet: Fleet) -> None:
    worker = fleet.start("queue", QUEUE_SLEEP="1")
    Jobs(fleet, 1).await_all()  # it has begun
    fill(worker)

    jobs = Jobs(fleet, 3)
    jobs.await_all()

    assert worker.exec("php", "-n", "docker/healthcheck-queue.php").code == 0
    assert worker.stop() == 0
