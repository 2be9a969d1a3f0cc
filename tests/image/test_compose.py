"""The whole deployment on one machine, as a developer starts it: `docker compose up`."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from tests.engine import ensure_images
from tests.render import render

from .docker import Docker, Output, progress, until
from .workloads import Response, ask

pytestmark = pytest.mark.engine

FORM = "application/x-www-form-urlencoded"
LONG_LIVED = {"web", "proxy", "queue", "schedule"}
MANAGED = {"database", "valkey", "storage"}


@dataclass(frozen=True)
class Compose:
    """A rendered project, and where its site is reached."""

    docker: Docker
    project: Path
    port: int

    def __call__(self, *arguments: str, check: bool = True, seconds: float = 180) -> Output:
        """Run a compose command in the project's folder; it has no reason to warn of anything."""
        port = {"PORT": str(self.port)}
        done = self.docker("compose", *arguments, check=check, seconds=seconds, cwd=self.project, env=port)
        assert not re.search(r"\bwarn", done.err, re.IGNORECASE), done.err
        return done

    @property
    def settings(self) -> dict[str, Any]:
        """The file as compose understands it."""
        settings: dict[str, Any] = json.loads(self("config", "--format=json").out)
        return settings

    @property
    def states(self) -> dict[str, tuple[str, int]]:
        """Service → its state and exit code, those that have ended included."""
        lines = [json.loads(line) for line in self("ps", "--all", "--format=json").out.splitlines()]
        return {line["Service"]: (line["State"], line["ExitCode"]) for line in lines}

    def answers(self) -> bool:
        """Whether nginx listens already; compose returns once its container has been started."""
        try:
            return self.get("/up").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def get(self, path: str = "/", **headers: str) -> Response:
        """Ask the site for a page."""
        return ask(("127.0.0.1", self.port), "GET", path, headers=headers)

    def post(self, path: str, body: str, **headers: str) -> Response:
        """Send the site a form."""
        return ask(("127.0.0.1", self.port), "POST", path, body.encode(), {"Content_Type": FORM, **headers})


@contextmanager
def compose(docker: Docker, folder: Path, *services: str, **answers: Any) -> Iterator[Compose]:
    """Render a project, build its image and start it; in the end nothing of it is left.

    Its short name is one that nobody else on this machine has for an image or a compose project.
    The image is built before, because compose cannot lend a build the network of the host.
    """
    slug = f"shop-{uuid4().hex[:8]}"
    project = render(folder / "shop", project_name="Shop", project_slug=slug, **answers)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        started = Compose(docker, project, unused.getsockname()[1])
    try:
        settings = started.settings["services"]
        ensure_images(docker.engine, [settings[name]["image"] for name in MANAGED & settings.keys()])
        with progress(f"building {slug}"):
            docker.build(project, f"--tag={settings['web']['image']}", "--quiet")
        with progress(f"docker compose up ({slug})"):
            done = started("up", "--detach", "--no-build", *services, check=False)
            assert done.code == 0, done.err + started("logs", "--tail=20").out
            until(started.answers, "the site answers", seconds=20)
        yield started
    finally:
        started("down", "--volumes", "--remove-orphans")
        docker("rmi", "--force", f"{slug}:local", check=False)


@pytest.fixture(scope="module")
def shop(docker: Docker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    """The defaults, all of it."""
    with compose(docker, tmp_path_factory.mktemp("compose")) as started:
        yield started


def test_a_page_counts_the_visits_of_each_visitor(shop: Compose) -> None:
    page = shop.get()

    assert page.status == 200
    assert "<h1>Shop</h1>" in page.text
    assert "visit 1 of yours" in page.text
    assert "visit 2 of yours" in shop.get(Cookie=page.cookies).text


def test_every_service_runs_and_migrate_has_ended(shop: Compose) -> None:
    expected = dict.fromkeys(LONG_LIVED | MANAGED, ("running", 0)) | {"migrate": ("exited", 0)}

    assert shop.states == expected


def test_only_the_site_is_reached_from_outside_and_only_from_this_machine(shop: Compose) -> None:
    services = shop.settings["services"]
    published = {name: service["ports"] for name, service in services.items() if service.get("ports")}

    assert published.keys() == {"web"}
    [port] = published["web"]
    assert (port["host_ip"], port["published"], port["target"]) == ("127.0.0.1", str(shop.port), 8080)
    assert yaml.safe_load((shop.project / "compose.yaml").read_text())["services"]["web"]["ports"] == [
        "127.0.0.1:${PORT:-8080}:8080"
    ]


@pytest.mark.parametrize("mode", sorted(LONG_LIVED | {"migrate"}))
def test_every_mode_is_as_locked_up_as_on_aws(shop: Compose, mode: str) -> None:
    form = "{{json .HostConfig}}"
    container = shop("ps", "--all", "--quiet", mode).out.strip()
    limits = json.loads(shop.docker("inspect", f"--format={form}", container).out)

    assert limits["ReadonlyRootfs"]
    assert limits["CapDrop"] == ["ALL"]
    assert limits["SecurityOpt"] == ["no-new-privileges:true"]
    assert limits["Memory"] == 512 * 1024 * 1024


def test_the_button_queues_a_job_that_the_worker_runs(shop: Compose) -> None:
    page = shop.get()
    assert "no job yet" in page.text
    [token] = re.findall(r'name="_token" value="(\w+)"', page.text)
    [action] = re.findall(r'<form method="post" action="[^"]*?(/[^"/]*)"', page.text)

    assert shop.post(action, f"_token={token}", Cookie=page.cookies).status == 302

    until(lambda: "last job" in shop.get().text, "the job has run", seconds=20)
    assert "A job has run." in shop("logs", "queue").out


def test_artisan_runs_as_the_readme_says(shop: Compose) -> None:
    readme = (shop.project / "README.md").read_text(encoding="utf-8")
    [command] = re.findall(r"`docker (compose run [^`]* about)`", readme)

    told = shop(*command.split()[1:]).out

    assert re.search(r"Application Name \W+Shop\b", told), told
    assert re.search(r"Queue \W+redis\b", told), told


def test_what_is_stored_in_the_bucket_is_there(shop: Compose) -> None:
    """With the settings that the application gets, and without making the bucket first, as Laravel does."""
    settings = shop.settings
    given = settings["services"]["web"]["environment"]
    remote = (
        f":s3,provider=Other,no_check_bucket=true,endpoint='{given['AWS_ENDPOINT']}'"
        f",force_path_style={given['AWS_USE_PATH_STYLE_ENDPOINT']},region={given['AWS_DEFAULT_REGION']}"
        f",access_key_id={given['AWS_ACCESS_KEY_ID']},secret_access_key="
    )
    client = ["run", "--rm", "--interactive", f"--network={settings['networks']['default']['name']}"]
    client.append(settings["services"]["storage"]["image"])
    path = f"{given['AWS_BUCKET']}/receipts/1.txt"
    stored = f"{remote}{given['AWS_SECRET_ACCESS_KEY']}:{path}"

    shop.docker(*client, "rcat", stored, stdin=b"paid")

    assert shop.docker(*client, "cat", stored).out == "paid"
    refused = shop.docker(*client, "--retries=1", "cat", f"{remote}wrong:{path}", check=False)
    assert refused.code != 0
    assert refused.out == ""


def test_mysql_serves_as_well(docker: Docker, tmp_path: Path) -> None:
    with compose(docker, tmp_path, "proxy", database="mysql") as started:
        assert started.settings["services"]["database"]["image"] == "mysql:8.4"
        assert "visit 1 of yours" in started.get().text
        assert started.states["migrate"] == ("exited", 0)


def test_the_schedule_runs_within_a_minute(shop: Compose) -> None:
    """Late in this file: the other tests have taken most of that minute."""
    with progress("waiting for the schedule"):
        until(lambda: "last run" in shop.get().text, "the schedule has run", seconds=75)


def test_down_ends_everything_in_order_and_forgets_it(shop: Compose) -> None:
    with progress("docker compose stop"):
        shop("stop")
    assert {name: shop.states[name] for name in LONG_LIVED} == dict.fromkeys(LONG_LIVED, ("exited", 0))

    shop("down", "--volumes")

    project = f"--filter=label=com.docker.compose.project={shop.settings['name']}"
    for kind in (["ps", "--all"], ["network", "ls"], ["volume", "ls"]):
        assert shop.docker(*kind, "--quiet", project).out == ""
