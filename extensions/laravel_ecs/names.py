"""Names on AWS: the slug they all begin with, and the limits they must keep."""

from __future__ import annotations

import re
import unicodedata
import zlib

ENVIRONMENTS: tuple[str, ...] = ("development", "staging", "production")
"""Every environment a project may have, in the order in which a change reaches them."""

SLUG_MAX = 20
"""``<slug>-development`` is the name of a load balancer, which may have 32 characters."""

SLUG_MIN = 2
"""An image repository's name has at least two characters."""

RESERVED = re.compile(r"(aws|ssm|internal-|sthree-|amzn-s3-demo-)")
"""Beginnings that SSM, RDS, load balancers or S3 refuse; a hyphen follows the slug in every name."""


LATIN = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
"""Letters that are no other letter with a mark on it, which Unicode would take off."""


def slug_error(slug: str) -> str:
    """Say in one line what is wrong with a slug; empty when nothing is."""
    if not re.fullmatch(r"[a-z0-9-]*", slug):
        return "e.g. shop-api: only a-z, 0-9 and -"
    if not SLUG_MIN <= len(slug) <= SLUG_MAX:
        return f"e.g. shop: {SLUG_MIN} to {SLUG_MAX} characters"
    if not slug[0].isalpha():
        return "e.g. shop-2: start with a letter"
    if "--" in slug or slug.endswith("-"):
        return "e.g. my-shop: no -- and no - last"
    if found := RESERVED.match(f"{slug}-"):
        return f"e.g. my-shop: not {found[0]}..."
    return ""


def derive_slug(project_name: str) -> str:
    """Turn any project name into a valid slug.

    ``Shop`` → ``shop``, ``AWS Shop`` → ``app-aws-shop``; a name without Latin letters becomes
    ``app-`` and a checksum of the name, so that two such projects differ.
    """
    plain = project_name.casefold().translate(LATIN)  # which makes ß ss
    latin = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", latin)[: SLUG_MAX + 1].strip("-")
    if not slug:
        slug = f"app-{zlib.crc32(project_name.encode()):08x}"
    elif not slug[0].isalpha() or len(slug) < SLUG_MIN or RESERVED.match(f"{slug}-"):
        slug = f"app-{slug}"
    return slug[:SLUG_MAX].rstrip("-")


def derive_name(folder: str) -> str:
    """Suggest a project name for a folder: ``my-shop`` → ``My Shop``."""
    words = re.sub(r"[\W_]+", " ", folder).strip()
    return words[:60].strip().title() or "Laravel"
