"""What a visitor gets from web and proxy."""

from __future__ import annotations

import hashlib
import secrets

import pytest

from .workloads import Fleet, Site

pytestmark = pytest.mark.engine

CLIENT = "203.0.113.9"
MEGABYTE = 1024 * 1024

BEHIND_THE_LOAD_BALANCER = {
    "Host": "shop.example.com",
    "X_Forwarded_For": f"198.51.100.1, {CLIENT}",  # the client invented the first entry
    "X_Forwarded_Proto": "https",
    "X_Forwarded_Port": "443",
    "X_Forwarded_Host": "evil.example.com",
    "X_Forwarded_Prefix": "/evil",
    "Forwarded": "for=198.51.100.2;host=evil.example.com;proto=http",
}


def test_the_load_balancer_gets_its_answer(site: Site) -> None:
    assert site.get("/up").status == 200


def test_a_session_outlives_both_containers(fleet: Fleet) -> None:
    site = fleet.site().await_up()
    first = site.get("/")
    assert "visit 1 of yours" in first.text

    site.restart().await_up()

    assert "visit 2 of yours" in site.get("/", Cookie=first.cookies).text
    assert "visit 1 of yours" in site.get("/").text, "a visitor without the cookie has a session of his own"


def test_a_static_file_needs_no_php(fleet: Fleet) -> None:
    """A proxy has it without any web container: PHP can have had no part in it."""
    proxy = fleet.lonely_proxy()
    answer = proxy.get("/app.css", Accept_Encoding="gzip")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/css"
    assert answer.headers["Cache-Control"] == "max-age=3600"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert proxy.get("/up").status == 502


def test_what_is_not_there_is_404(site: Site) -> None:
    assert site.get("/nowhere").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/.env",
        "/.git/config",
        "/other.php",
        "/OTHER.php",
        "/other.php/x",
        "/../artisan",
        "/artisan",
        "/docker/php.ini",
    ],
)
def test_what_is_no_page_and_no_asset_is_not_served(site: Site, path: str) -> None:
    """Public/ holds a .env and an other.php here: it is nginx that refuses them."""
    answer = site.get(path)

    assert answer.status in {400, 404}
    assert "SECRET" not in answer.text


def test_a_well_known_file_is_served(site: Site) -> None:
    assert "security@example.com" in site.get("/.well-known/security.txt").text


def test_an_exception_shows_nothing_to_the_visitor(site: Site) -> None:
    answer = site.get("/probe/throw")

    assert answer.status == 500
    assert "nobody catches this" not in answer.text


def test_an_upload_of_20_mb_arrives_whole(site: Site) -> None:
    file = secrets.token_bytes(20 * MEGABYTE)
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'

    answer = site.post(
        "/probe/upload", head + file + b"\r\n--x--\r\n", Content_Type="multipart/form-data; boundary=x"
    )

    assert answer.json == {"bytes": len(file), "sha256": hashlib.sha256(file).hexdigest()}


def test_an_upload_of_40_mb_is_refused(site: Site) -> None:
    """Before it is sent: what would be too long is said by its header."""
    assert site.post("/probe/upload", None, Content_Length=str(40 * MEGABYTE)).status == 413


def test_the_load_balancer_is_believed_what_it_says_itself(site: Site) -> None:
    """It overwrites Proto and Port and appends to For; the rest is what a client made up."""
    assert site.get("/probe/request?a=1", **BEHIND_THE_LOAD_BALANCER).json == {
        "secure": True,
        "host": "shop.example.com",
        "url": "https://shop.example.com/probe/request?a=1",
        "link": "https://shop.example.com/elsewhere",
        "ip": CLIENT,
    }


def test_a_cookie_that_came_over_https_returns_over_https_only(site: Site) -> None:
    assert "; secure" in site.get("/", X_Forwarded_Proto="https").headers["Set-Cookie"].lower()
    assert "; secure" not in site.get("/").headers["Set-Cookie"].lower()


def test_whoever_is_not_trusted_is_believed_nothing(other_site: Site) -> None:
    seen = other_site.get("/probe/request", **BEHIND_THE_LOAD_BALANCER).json

    assert seen.pop("ip") not in {CLIENT, "198.51.100.1", "198.51.100.2"}
    assert seen == {
        "secure": False,
        "host": "shop.example.com",
        "url": "http://shop.example.com/probe/request",
        "link": "http://shop.example.com/elsewhere",
    }
