"""The image of the defaults: what a registry stores and every task pulls, layer by layer.

Megabytes (10⁶ bytes) of each layer as `docker save` writes it, compressed by gzip at level 6 as registries
keep it, against the same layer not compressed.
"""

from __future__ import annotations

import gzip
import json
import re
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.image.docker import Docker

from .application import TAG
from .measure import Result, Target, progress

BASE = "debian:trixie-slim"
MEGABYTE = 1_000_000
SMALLEST = 10_000
"""Bytes; layers below it (folders, empty copies) have no line."""
INSTRUCTION = re.compile(r"(?:RUN /bin/sh -c |COPY |WORKDIR |ADD )\S+(?: [^#\s]\S*)?")


@dataclass(frozen=True)
class Layer:
    """A layer, and the sizes in bytes of its archive."""

    name: str
    compressed: int
    plain: int


def layer_names(history: list[dict[str, Any]]) -> list[str]:
    """What made each layer, in order: the base image, or the first words of an instruction."""
    made = [str(entry.get("created_by", "")) for entry in history if not entry.get("empty_layer")]
    found = [INSTRUCTION.match(text) for text in made]
    return [match[0].replace("/bin/sh -c ", "") if match else "the base image" for match in found]


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.extractfile(name)
    assert member, f"{name} is no file"
    return member.read()


def _layers(docker: Docker, image: str) -> Iterator[Layer]:
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "image.tar"
        docker("save", "--output", archive, image)
        with tarfile.open(archive) as tar:
            (manifest,) = json.loads(_member(tar, "manifest.json"))
            history = json.loads(_member(tar, manifest["Config"]))["history"]
            for name, file in zip(layer_names(history), manifest["Layers"], strict=True):
                content = _member(tar, file)
                if content.startswith(b"\x1f\x8b"):  # some engines keep them compressed
                    content = gzip.decompress(content)
                yield Layer(name, len(gzip.compress(content, 6)), len(content))


def measure(docker: Docker) -> list[Result]:
    """Megabytes of the image and of its layers."""
    progress("compressing the image's layers")
    layers = list(_layers(docker, TAG))
    whole = _megabytes("image, compressed", layers, "the same, not compressed", Target(80, absolute=True))
    base = sum(layer.compressed for layer in _layers(docker, BASE)) / MEGABYTE
    above = Result("image, compressed", [(whole.ours, base)], "MB", f"{BASE}, which it is built on")
    large = [layer for layer in layers if layer.plain >= SMALLEST]
    rows = [_megabytes(f"layer: {layer.name}", [layer], "the same, not compressed") for layer in large]
    return [whole, above, *rows]


def _megabytes(what: str, layers: list[Layer], against: str, target: Target | None = None) -> Result:
    compressed = sum(layer.compressed for layer in layers) / MEGABYTE
    plain = sum(layer.plain for layer in layers) / MEGABYTE
    return Result(what, [(compressed, plain)], "MB", against, target)
