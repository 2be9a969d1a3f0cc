"""Digests that are digests, and a real registry behind the repositories where a test asks for one."""

from __future__ import annotations

import hashlib
import os
import urllib.error
import urllib.request
from typing import Any

from moto.ecr.models import ECRBackend, Image, Repository

from .replace import Method, replaces

REGISTRY = os.environ.get("EMULATOR_REGISTRY", "")
"""host:port of a registry that takes what is pushed, or nothing."""

MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


@replaces(Image, "_create_digest")
def _create_digest(_: Method, self: Any) -> None:
    """Moto invents one, so that a pushed image could not be found by its own."""
    self._image_digest = f"sha256:{hashlib.sha256(self.image_manifest.encode()).hexdigest()}"


@replaces(Repository, "__init__")
def repository(original: Method, self: Any, *given: Any, **named: Any) -> None:
    original(self, *given, **named)
    if REGISTRY:
        self.uri = f"{REGISTRY}/{self.name}"


@replaces(ECRBackend, "describe_images")
def describe_images(
    original: Method, self: Any, repository_name: str, registry_id: str | None, image_ids: Any
) -> Any:
    """What was pushed to the registry is found here once somebody looks for it."""
    if REGISTRY:
        for wanted in image_ids or []:
            _take_over(self, repository_name, wanted.get("imageTag"))
    return original(self, repository_name, registry_id, image_ids)


def _take_over(backend: Any, name: str, tag: str | None) -> None:
    images = backend.repositories[name].images if name in backend.repositories else None
    if images is None or tag is None or any(tag in image.image_tags for image in images):
        return
    request = urllib.request.Request(
        f"http://{REGISTRY}/v2/{name}/manifests/{tag}", headers={"Accept": ", ".join(MANIFESTS)}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            manifest, kind = answer.read().decode(), answer.headers["Content-Type"]
    except urllib.error.HTTPError:  # nobody has pushed it
        return
    backend.put_image(name, manifest, tag, kind)
