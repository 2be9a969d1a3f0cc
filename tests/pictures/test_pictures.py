"""Each deployment's diagram shows what its answers ask for, and a browser can draw it."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests import npm
from tests.engine import EngineError
from tests.render import ROOT, render

from .browser import chromium, diagrams, draw

SVG = "{http://www.w3.org/2000/svg}"

DEFAULTS = {"project_name": "Shop", "aws_region": "us-east-1"}

ANSWERS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "a domain, Aurora": {
        "environments": ["production"],
        "domain_name": "shop.example.com",
        "database": "aurora-mysql",
        "network": "private-ha",
    },
    "the smallest": {
        "environments": ["staging"],
        "network": "public",
        "schedule_trigger": "service",
        "database": "mysql",
    },
    "a platform of their own": {
        "environments": ["production"],
        "network": "existing",
        "database": "external",
        "schedule_trigger": "scheduler",
    },
    "everything, by hand": {
        "environments": ["development", "staging", "production"],
        "size_production": "large",
        "ci": "none",
        "domain_name": f"{'a' * 40}.example.com",
        "sizing_overrides": {"production": {"web": {"cpu": 1024, "memory": 2048, "min": 3, "max": 3}}},
    },
}

BOXES: dict[str, list[list[str]]] = {
    "defaults": [
        ["shop-staging in us-east-1, 2 availability zones", "EventBridge rule every minute", "web: 1 to 2"],
        ["shop-production in us-east-1, 3 availability zones", "2 × cache.t4g.small, each with a standby"],
    ],
    "a domain, Aurora": [
        ["load balancer shop.example.com", "MySQL on Aurora Serverless 0.5 to 8 ACU", "by 3 NAT gateways"],
    ],
    "the smallest": [["its own name, HTTP only", "MySQL on RDS db.t4g.micro", "by their own addresses"]],
    "a platform of their own": [
        ["in your own VPC", "a database of your own", "as your VPC does", "EventBridge Scheduler"],
    ],
    "everything, by hand": [
        ["shop-development"],
        [f"staging.{'a' * 40}.example.com"],
        ["shop-production", "web: 3 1 vCPU, 2 GB", f"load balancer {'a' * 40}.example.com"],
    ],
}
"""Answers → for each environment's diagram, what some of its boxes say."""

ALWAYS = (
    "visitors",
    "load balancer",
    "web: ",
    "schedule: ",
    "migrate: ",
    "queue: ",
    "Valkey",
    "S3",
    "CloudWatch",
)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Answers → their diagrams."""
    folder = tmp_path_factory.mktemp("pictures")
    return {
        name: diagrams(render(folder / name, **DEFAULTS | answers) / "docs/ecs/README.md")
        for name, answers in ANSWERS.items()
    }


@pytest.fixture(scope="module")
def mermaid() -> None:
    """A browser and what draws in it."""
    try:
        chromium()
        npm.installed(npm.MERMAID)
    except EngineError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def drawn(mermaid: None, sources: dict[str, list[str]]) -> dict[str, list[list[str]]]:
    """Answers → what stands in the boxes of each of their diagrams."""
    del mermaid  # without it nothing is drawn
    svgs = iter(draw([diagram for several in sources.values() for diagram in several]))
    return {name: [_texts(next(svgs)) for _ in several] for name, several in sources.items()}


def _texts(svg: str) -> list[str]:
    """The text of each box, label and title, its lines as one."""
    assert not svg.startswith("error: "), svg
    return [
        " ".join("".join(row.itertext()) for row in text.findall(f"{SVG}tspan"))
        for text in ET.fromstring(svg).iter(f"{SVG}text")
    ]


@pytest.mark.browser
@pytest.mark.parametrize("name", ANSWERS)
def test_the_diagram_has_the_boxes_of_its_answers(name: str, drawn: dict[str, list[list[str]]]) -> None:
    assert len(drawn[name]) == len(BOXES[name])
    for texts, boxes in zip(drawn[name], BOXES[name], strict=True):
        missing = [box for box in (*ALWAYS, *boxes) if not any(box in text for text in texts)]
        assert not missing, texts


@pytest.mark.browser
def test_what_always_runs_is_started_by_nothing(drawn: dict[str, list[list[str]]]) -> None:
    (smallest,) = drawn["the smallest"]
    assert not any("EventBridge" in text for text in smallest)
    assert [text.strip() for text in smallest].count("starts") == 1  # the release's


@pytest.mark.browser
@pytest.mark.usefixtures("mermaid")
def test_mermaid_says_what_it_does_not_understand() -> None:
    """Else a broken diagram would pass as one without boxes."""
    assert draw(["flowchart TB\n    a --> --> b\n"])[0].startswith("error: ")


def test_the_readme_shows_the_example_and_the_picture_is_made_from_it() -> None:
    *_, production = diagrams(ROOT / "examples/shop/docs/ecs/README.md")
    picture = (ROOT / "docs/pictures/deployment.svg").read_text(encoding="utf-8")
    shown = {text.strip() for text in _texts(picture)}
    for label in re.findall(r'"(.+?)"', production):
        assert label.replace("<br/>", " ") in shown, "python -m tests.pictures.browser"
    assert "docs/pictures/deployment.svg" in (ROOT / "README.md").read_text(encoding="utf-8")
