"""An application with configuration of its own, every word of which contradicts what a container needs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.image.docker import Docker, Output, until
from tests.image.logs import records
from tests.image.workloads import Fleet, Site
from tests.questions.questionnaire import DOCUMENTS, YOURS
from tests.render import files, recorded

from .conftest import FERRIES, LINE, PROVIDERS

pytestmark = pytest.mark.engine

VISITOR = "203.0.113.9"


@pytest.fixture(scope="module")
def site(fleet: Fleet) -> Site:
    """The running application; /up tells the load balancer so."""
    return fleet.site().await_up()


def test_its_files_stay_as_they_are(rendered: Path) -> None:
    own, after = files(FERRIES), files(rendered)

    assert {path: after.get(path) for path in own} == own
    assert recorded(rendered)["application"] == "existing"


def test_only_what_is_shared_has_come(rendered: Path, shop: Path) -> None:
    """The skeleton of a new application is nothing for one that has all of it already."""
    shared = {path for path in files(shop) if not path.startswith(YOURS)}

    assert files(rendered).keys() - files(FERRIES).keys() == shared
    assert {"Dockerfile", "compose.yaml", "app/Ecs/EcsServiceProvider.php"} <= shared


def test_without_the_provider_the_build_says_which_line_to_add(refused: Output) -> None:
    assert refused.code != 0
    assert re.search(rf"^#\d+ [\d.]+ +{re.escape(LINE)}$", refused.err, re.MULTILINE), refused.err
    assert PROVIDERS in refused.err


def test_the_copy_says_so_too() -> None:
    assert LINE in DOCUMENTS[0]["_message_after_copy"]


def test_its_assets_were_built_into_the_image(site: Site, fleet: Fleet, docker: Docker) -> None:
    [path] = re.findall(r'href="(/build/app-\w+\.css)"', site.get("/").text)
    answer = site.get(path)

    assert (answer.status, answer.text) == (200, "body { background: wheat; color: midnightblue; }")
    assert answer.headers["Cache-Control"] == "max-age=315360000"
    look = "ls -d node_modules; for tool in node npm composer git; do command -v $tool; done"
    left = docker("run", "--rm", "--entrypoint=sh", fleet.image, "-c", look, check=False).out
    assert left == "", "what built them stays outside"


def test_a_booking_goes_through_every_part_of_it(site: Site, fleet: Fleet) -> None:
    """The form's token and the notice need the session, the ticket the queue; both were files and tables."""
    page = site.get("/")
    [token] = re.findall(r'name="_token" value="(\w+)"', page.text)
    booked = site.post(
        "/bookings",
        f"_token={token}&passenger=Ada&seats=2".encode(),
        Cookie=page.cookies,
        Content_Type="application/x-www-form-urlencoded",
        X_Forwarded_For=f"198.51.100.1, {VISITOR}",
    )
    assert booked.status == 302

    page = site.get("/", Cookie=booked.cookies)
    assert "Welcome aboard, Ada" in page.text
    assert "<li>Ada, 2 seats</li>" in page.text

    worker = fleet.start("queue")
    until(lambda: "Ada, 2 seats, ticket sent" in site.get("/").text, "the ticket is sent")
    assert worker.stop() == 0

    [fare] = [line for line in records(worker.logs().lines) if line["message"] == "fare taken"]
    assert (fare["level"], fare["workload"], fare["context"]) == ("info", "queue", {"fare": 24})
    assert fare["channel"] == "payments", "in one stream with all others it is still told apart"
    sql = fleet.services.sql
    database = str(fleet.environment["DB_DATABASE"])
    assert sql("select count(*) from jobs", database) == ["0"]
    # The application itself trusts everybody, and so would believe the address that a visitor made up.
    assert sql("select address from bookings", database) == [VISITOR]


def test_what_runs_is_not_what_its_files_say(site: Site) -> None:
    drivers = json.loads(site.web.exec("php", "artisan", "about", "--json", "--only=drivers").out)["drivers"]

    assert {name: drivers[name] for name in ("cache", "database", "queue", "session")} == {
        "cache": "redis",
        "database": "pgsql",
        "queue": "redis",
        "session": "redis",
    }
    assert drivers["logs"] == "stderr"


def test_its_time_zone_is_still_its_own(site: Site) -> None:
    """The provider changes what a container needs and nothing else."""
    shown = site.web.exec("php", "artisan", "config:show", "app.timezone").out

    assert "Europe/Dublin" in shown


def test_no_log_becomes_a_file(fleet: Fleet) -> None:
    """As root on a writable file system: only the configuration keeps it from writing one."""
    container = fleet.unlocked("artisan", "ferries:count")
    assert container.wait() == 0

    messages = {line["message"]: line["workload"] for line in records(container.logs().lines)}
    assert messages == {"passengers counted": "artisan", "till closed": "artisan"}
    assert not [path for path in container.changes() if path.startswith("/app")]
