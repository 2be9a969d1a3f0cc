"""Every answer at least once, every pair of answers: complete, clean, and the same each time."""

from __future__ import annotations

import re
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from laravel_ecs.regions import REGIONS

from tests.questions.questionnaire import CONTRACT, QUESTIONS
from tests.render import ROOT, copy_sources, files, recorded, render

from .conftest import Renderings
from .matrix import PAIRED, matrix

JINJA = re.compile(rb"(?<!\$)\{\{(?!\.)|\{%|(?<!\$)\{#")
"""But for what a workflow writes ``${{``, a shell ``${#`` and Docker's client ``{{.Name``."""

ARTEFACT = re.compile(rb"\b(None|Undefined|True|False)\b")
"""How Python shows what a template should have written otherwise."""

ROWS = matrix(2)


CHOICES: dict[str, list[Any]] = {
    name: list(choices.values() if isinstance(choices, dict) else choices)
    for name in CONTRACT
    if isinstance(choices := QUESTIONS[name].get("choices"), dict | list)
} | {"aws_region": list(REGIONS)}
"""What each question offers; of the sizes, test_sizes_are_offered_in_words tells."""


@pytest.mark.parametrize("name", sorted(CHOICES.keys() - {"application", "environments"}))
def test_every_choice_is_rendered(name: str) -> None:
    rendered = [row[name] for row in ROWS]
    assert [choice for choice in CHOICES[name] if choice not in rendered] == []


def test_every_set_of_environments_is_rendered() -> None:
    every = [set(some) for number in (1, 2, 3) for some in combinations(CHOICES["environments"], number)]
    rendered = [set(row["environments"]) for row in ROWS]
    assert [some for some in every if some not in rendered] == []


def test_no_question_is_left_out() -> None:
    assert {*ROWS[0], "advanced", "application"} == set(CONTRACT)


@pytest.mark.parametrize(("one", "other"), list(combinations(PAIRED, 2)))
def test_every_pair_of_answers_is_rendered(one: str, other: str) -> None:
    met = [(row[one], row[other]) for row in ROWS]
    assert [pair for pair in product(PAIRED[one], PAIRED[other]) if pair not in met] == []


@pytest.mark.xdist_group("matrix")
def test_every_answer_is_recorded(renderings: Renderings) -> None:
    for rendering in renderings.all:
        kept = recorded(rendering.folder)
        chosen = rendering.answers["environments"]
        meaningless = {f"size_{name}" for name in CHOICES["environments"] if name not in chosen}
        assert set(kept) == set(CONTRACT) - meaningless
        expected = {name: answer for name, answer in rendering.answers.items() if name not in meaningless}
        assert {name: kept[name] for name in expected} == expected
        assert kept["application"] == "new"


@pytest.mark.xdist_group("matrix")
def test_no_jinja_is_left(renderings: Renderings) -> None:
    blade = ".blade.php"
    left = renderings.distinct(lambda path, content: not path.endswith(blade) and bool(JINJA.search(content)))
    assert list(left) == []


@pytest.mark.xdist_group("matrix")
def test_no_python_shows_through(renderings: Renderings) -> None:
    templated = {
        path.relative_to(ROOT / "template").with_suffix("").as_posix()
        for path in (ROOT / "template").rglob("*.jinja")
    }
    assert "Dockerfile" in templated
    shown = renderings.distinct(lambda path, content: path in templated and bool(ARTEFACT.search(content)))
    assert list(shown) == []


@pytest.mark.xdist_group("matrix")
def test_lines_end_as_they_should(renderings: Renderings) -> None:
    def untidy(_: str, content: bytes) -> bool:
        return content != b"" and (not content.endswith(b"\n") or b"\r" in content or b"\n\n\n" in content)

    assert list(renderings.distinct(untidy)) == []
    assert (
        list(renderings.distinct(lambda _, content: bool(re.search(rb"[ \t]$", content, re.MULTILINE)))) == []
    )


@pytest.mark.xdist_group("matrix")
def test_what_has_a_shebang_can_be_executed(renderings: Renderings) -> None:
    scripts = list(renderings.distinct(lambda _, content: content.startswith(b"#!")))
    assert scripts
    assert [script for script in scripts if not script.stat().st_mode & 0o100] == []


def test_the_same_answers_give_the_same_bytes(tmp_path: Path) -> None:
    answers = ROWS[0]
    assert files(render(tmp_path / "one", **answers)) == files(render(tmp_path / "other", **answers))


def test_a_misspelt_name_stops_the_rendering(tmp_path: Path) -> None:
    source = tmp_path / "template"
    source.mkdir()
    copy_sources(source)
    (source / "template" / "file.jinja").write_text("{{ projcet_name }}")
    with pytest.raises(UndefinedError, match="projcet_name"):
        render(tmp_path / "shop", source=source)
