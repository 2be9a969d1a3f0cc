"""The guide: each rule of it names the file that keeps it and the test that proves it, and both are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.docs.markdown import broken_links
from tests.render import ROOT, render

from .conftest import Renderings

GUIDE = "docs/ecs/guide.md"
RULES = "The rules, what keeps them, what proves them"
HEADER = ["rule", "kept by", "proved by"]

HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LINK = re.compile(r"\[[^\]]+\]\(([^)]+)\)")
NAMED = re.compile(rf"{LINK.pattern}|`([^`]+)`")
"""A link, or something in backticks."""

TEST = {
    ".hcl": r'^run "{}" \{{',
    ".php": r"^    public function {}\(",
    ".py": r"^ *def {}\(",
}
"""The end of a file's name → how a test begins there."""

TOPICS = {
    "Containers are stateless, what must last is in managed services": (
        "The one idea",
        "so it keeps nothing",
    ),
    "Which service holds what": ("The one idea", "| uploads | S3 |"),
    "Web and workers are services": ("The one idea", "**Web and workers** are services"),
    "What scales and what does not": ("What runs", "| schedule | never |"),
    "A log group for each workload": ("What runs", "`/ecs/"),
    "One image, CONTAINER_MODE says what it runs": ("One image, many modes", "`CONTAINER_MODE` says what"),
    "No Supervisor": ("One image, many modes", "no Supervisor in a container"),
    "Not artisan serve": ("One image, many modes", "It is a development server"),
    "Web stands behind a load balancer": ("Web", "behind the load balancer"),
    "Sessions and cache in Redis": ("Web", "`SESSION_DRIVER=redis`, `CACHE_STORE=redis`"),
    "CACHE_DRIVER is CACHE_STORE": ("Web", "Laravel 11 renamed it"),
    "Uploads go to S3": ("Web", "`FILESYSTEM_DISK=s3`"),
    "Workers are a service of their own": ("Queue", "never a process inside a web container"),
    "The worker's command": ("Queue", "php artisan queue:work --sleep="),
    "timeout < stop timeout, timeout < retry_after": ("Queue", "can stand alone"),
    "Workers scale": ("Queue", "How many workers run"),
    "Schedulers decide, workers execute": ("Schedule", "The scheduler decides, workers execute"),
    "An event starts a task, which runs schedule:run and ends": (
        "Schedule",
        "takes the minute, runs what is due in it, ends",
    ),
    "Exactly once a minute": ("Exactly once a minute", "every minute runs at most once"),
    "One rule is not enough for that": ("Exactly once a minute", "Often told otherwise"),
    "Race conditions": ("Two at a time", "withoutOverlapping"),
    "onOneServer() takes a lock": ("Two at a time", "take a lock in the cache store"),
    "Which cache stores are safe": ("Two at a time", "| `file`, `array` | no"),
    "Always running or not": ("A task each minute, or one that always runs", "a fresh container"),
    "It is not cheaper": ("A task each minute, or one that always runs", "730 hours or more"),
    "NAT": ("A task each minute, or one that always runs", "a gateway endpoint is free"),
    "Migrations are one-off tasks, by hand or by the pipeline": ("Migrations", "never part of a start"),
    "migrate --force": ("Migrations", "`--force`"),
    "Secrets are injected at start": ("Configuration and secrets", "reads it when a container starts"),
    "A change needs new tasks": ("Configuration and secrets", "start new tasks"),
    "Logs go to stderr": ("Logs", "Everything goes to stderr"),
    "No stack of single and stderr in production": ("Logs", "The file is nobody's to read"),
    "Files are for one's own machine": ("Logs", "on your machine Laravel logs to `storage/logs`"),
    "Levels": ("Logs", "Use levels"),
    "JSON": ("Logs", "JSON object"),
    "A stream for each task": ("Logs", "`ecs/<container>/<task id>`"),
    "Read the log of one task instead of opening a shell": ("Logs", "--task TASK_ID"),
    "aws logs tail": ("Logs", "aws logs tail /ecs/"),
    "Retention": ("Logs", "`log_retention_days` in the manifest"),
}
"""What people who run Laravel on ECS have to know → the section that tells it, and in which words."""


@dataclass(frozen=True)
class Guide:
    """The guide of one rendering."""

    project: Path

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.project / GUIDE

    @property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text(encoding="utf-8")

    @property
    def sections(self) -> dict[str, str]:
        """Heading → what stands below it, up to the next one."""
        _, *parts = HEADING.split(self.text)
        return dict(zip(parts[::2], parts[1::2], strict=True))

    @property
    def rules(self) -> Iterator[list[str]]:
        """The rows of the tables of rules, heads and rulers left out."""
        for line in self.sections[RULES].splitlines():
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            if line.startswith("| ") and cells != HEADER:
                yield cells

    def tests(self, proof: str) -> list[tuple[Path, list[str]]]:
        """Files that "proved by" names, and the tests of each: a file's tests stand behind it.

        What is linked lies in the rendering, anything else in the template's repository.
        """
        found: list[tuple[Path, list[str]]] = []
        for link, name in NAMED.findall(proof):
            if link:
                found.append((self.path.parent / link, []))
            elif "/" in name:
                found.append((ROOT / name, []))
            else:
                found[-1][1].append(name)
        return found


@cache
def content(path: Path) -> str:
    """What a file holds."""
    return path.read_text(encoding="utf-8")


def on_one_line(text: str) -> str:
    """Without the breaks of its lines, and the marks before each line of a quotation."""
    return re.sub(r"\s+(> )?", " ", text)


def unproved_rules(guide: Guide) -> Iterator[str]:
    """Rules without a file that keeps them, or without a test, or with one that is not there."""
    for cells in guide.rules:
        if len(cells) != len(HEADER) or not all(cells):
            yield f"no rule, file and test: {cells}"
            continue
        rule, keeper, proof = cells
        if not LINK.search(keeper):
            yield f"nothing keeps it: {rule}"
        tests = guide.tests(proof)
        if not tests:
            yield f"nothing proves it: {rule}"
        for path, names in tests:
            if not path.is_file() or not names:
                yield f"no test, or no name of one, in {path.name}: {rule}"
            elif missing := [name for name in names if not has_test(path, name)]:
                yield f"not in {path.name}: {missing}: {rule}"


def has_test(path: Path, name: str) -> bool:
    """Whether a test of this name is there."""
    return bool(re.search(TEST[path.suffix].format(re.escape(name)), content(path), re.MULTILINE))


def lost_topics(guide: Guide) -> Iterator[str]:
    """What the guide has to tell, and does not."""
    for topic, (section, words) in TOPICS.items():
        if words not in on_one_line(guide.sections.get(section, "")):
            yield f"{section} does not tell: {topic}"


def problems(guide: Guide) -> set[str]:
    """What a reader would look for in vain."""
    return {*broken_links(guide.path), *unproved_rules(guide), *lost_topics(guide)}


@pytest.fixture(scope="module")
def existing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An application that was there before, and has nothing but its artisan."""
    folder = tmp_path_factory.mktemp("existing") / "shop"
    folder.mkdir()
    (folder / "artisan").touch()
    return render(folder)


@pytest.mark.xdist_group("matrix")
def test_every_rule_has_its_file_and_its_test(renderings: Renderings) -> None:
    found = set[str]().union(*(problems(Guide(rendering.folder)) for rendering in renderings.all))

    assert found == set()


def test_an_existing_application_has_them_too(existing: Path) -> None:
    assert not (existing / "routes").exists(), "the skeleton is not there"
    assert problems(Guide(existing)) == set()


def test_it_has_rules_in_every_section(existing: Path) -> None:
    guide = Guide(existing)
    grouped = re.findall(r"^\*\*\[(.+)\]\(#.+\)\*\*$", guide.sections[RULES], re.MULTILINE)
    told = [
        name for name in re.findall(r"^## (.+)$", guide.text, re.MULTILINE) if name not in ("Settings", RULES)
    ]

    assert grouped == told
    assert len(list(guide.rules)) > 2 * len(grouped)
