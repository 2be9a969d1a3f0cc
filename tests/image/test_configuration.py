"""What an environment makes of the same image."""

from __future__ import annotations

import time

import pytest

from .docker import Docker
from .services import CERTIFICATES, Services
from .workloads import Fleet, Site

pytestmark = pytest.mark.engine

WWW_DATA = 33
BYTES_READ_FOR_TLS = """
$read = fn () => (int) explode(" ", file("/proc/self/io")[0])[1];
$before = $read();
$connected = @stream_socket_client("tls://valkey:6379", timeout: 5);
echo $connected ? $read() - $before : "refused";
"""


def children_of(site: Site) -> int:
    """How many requests it can answer at a time."""
    return sum("php-fpm: pool www" in command for _, command in site.web.processes())


def test_what_stands_in_a_place_of_its_own_counts(site: Site) -> None:
    """docker/zz-mine.ini, before-start.sh and nginx-mine.conf, which no update meets."""
    settings = site.get("/probe/settings").json
    assert settings["user_agent"] == "probe"
    assert settings["before_start"] == "web"
    assert site.get("/mine").status == 204


def test_settings_come_from_the_environment_of_the_start(site: Site, other_site: Site) -> None:
    config, other = (place.get("/probe/settings").json["config"] for place in (site, other_site))

    assert config == {
        "app.name": "Shop",
        "app.env": "production",
        "cache.default": "redis",
        "cache.prefix": "shop-cache:",
        "database.redis.options.prefix": "shop:",
        "logging.default": "stderr",
        "queue.default": "redis",
        "queue.connections.redis.retry_after": 120,
        "session.cookie": "shop-session",
        "session.driver": "redis",
    }
    changed = {name for name in config if config[name] != other[name]}
    assert changed == {"app.name", "cache.prefix"}
    assert (other["app.name"], other["cache.prefix"]) == ("Other", "other-cache:")


def test_configuration_is_cached_at_start_never_in_the_image(docker: Docker, image: str, site: Site) -> None:
    assert site.get("/probe/settings").json["cached"]
    assert site.web.exec("test", "-f", "/tmp/app/config.php").code == 0

    find = ["find", "/", "-xdev", "-name", "config.php", "-path", "*cache*", "-o", "-path", "/tmp/app"]
    assert docker("run", "--rm", "--user=root", f"--entrypoint={find[0]}", image, *find[1:]).out == ""


def test_the_database_is_spoken_to_over_tls(site: Site) -> None:
    """With certificate and host name checked: DB_SSLMODE=verify-full. Valkey here knows nothing but TLS."""
    assert site.get("/probe/settings").json["database_over_tls"]


@pytest.mark.parametrize(
    ("variables", "trusts"),
    [
        ({"SSL_CERT_DIR": CERTIFICATES}, True),
        ({"SSL_CERT_FILE": f"{CERTIFICATES}/ca.crt"}, True),
        ({}, False),  # those that Debian trusts
    ],
)
def test_tls_reads_the_authority_it_needs_alone(
    docker: Docker, image: str, services: Services, variables: dict[str, str], trusts: bool
) -> None:
    """Debian's file of all authorities has some 200 kB, and PHP would read it for each connection."""
    given = [f"--env={name}={value}" for name, value in variables.items()]
    php = ["--entrypoint=php", image, "-r", BYTES_READ_FOR_TLS]
    read = docker("run", "--rm", *services.options, *given, *php).out
    assert int(read) < 20_000 if trusts else read == "refused"


def test_the_authorities_of_aws_are_found_in_their_folder(docker: Docker, image: str) -> None:
    """OpenSSL looks for a hash of their name, which Debian links to them."""
    find = ["find", "/etc/ssl/certs", "-name", "*.0", "-lname", "Amazon_Root_CA_*.pem", "-printf", "%l\n"]
    found = docker("run", "--rm", f"--entrypoint={find[0]}", image, *find[1:]).out.split()
    assert sorted(found) == [f"Amazon_Root_CA_{number}.pem" for number in (1, 2, 3, 4)]


def test_fpm_and_opcache_fit_the_workload(site: Site, other_site: Site) -> None:
    """Small, 512 MB and a quarter of a vCPU; large, 2 GB and one vCPU."""
    for place, children, megabytes in ((site, 6, 85), (other_site, 32, 256)):
        opcache = place.get("/probe/settings").json["opcache"]

        assert children_of(place) == children
        assert opcache["opcache.memory_consumption"] == megabytes * 1024 * 1024
        assert opcache["opcache.enable"] is True
        assert opcache["opcache.validate_timestamps"] is False
        # What was compiled for the command line is not for FPM, whose processes share what they compile.
        assert opcache["opcache.file_cache"] == ""
        assert opcache["opcache.file_cache_only"] is False
        assert opcache["opcache.max_file_size"] == 0


def test_numbers_of_ones_own_win(fleet: Fleet) -> None:
    site = fleet.site(FPM_CHILDREN="3", OPCACHE_MEMORY="70", PHP_MEMORY_LIMIT="100M").await_up()
    settings = site.get("/probe/settings").json

    assert children_of(site) == 3
    assert settings["opcache"]["opcache.memory_consumption"] == 70 * 1024 * 1024
    assert settings["memory_limit"] == "100M"


def test_nothing_runs_as_root(site: Site) -> None:
    for container in (site.web, site.proxy):
        assert {user for user, _ in container.processes()} == {WWW_DATA}


def test_no_secret_reaches_the_proxy(site: Site) -> None:
    names = {line.partition("=")[0] for line in site.proxy.exec("env").out.splitlines()}

    assert "CONTAINER_MODE" in names
    assert not [name for name in names if name.startswith(("APP_KEY", "DB_PASS", "REDIS_PASS", "AWS_"))]


def test_from_start_to_ready(fleet: Fleet) -> None:
    """Measured, and only told: how fast is this machine's affair. Thirty seconds are too long anywhere."""
    began = time.monotonic()
    fleet.site().await_up()
    print(f"image: from `docker run` to /up = 200: {time.monotonic() - began:.1f} s")
