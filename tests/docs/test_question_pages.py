"""Each question has a page, whose head is what ``copier.yml`` says; its examples would be taken."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import update
import yaml

from tests.questions.questionnaire import NEVER, QUESTIONS

from .question_pages import END, FOLDER, INDEX, month, page, pages, renewed

AGAIN = "PYTHONPATH=extensions .venv/dev/bin/python -m tests.docs.question_pages writes it anew"


def by_hand(name: str) -> str:
    """What a person has written below the head."""
    return page(name).read_text(encoding="utf-8").partition(END)[2]


def test_every_question_has_a_page_and_every_page_a_question() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == {f"{name}.md" for name in QUESTIONS} | {INDEX.name}


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.stem)
def test_the_head_is_what_the_questions_say(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == renewed(path, pages()[path]), AGAIN


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_page_tells_what_comes_of_the_answer_how_to_choose_and_to_change_it(name: str) -> None:
    titles = re.findall(r"^## (.*)$", by_hand(name), re.MULTILINE)
    assert titles == ["What it decides", "How to choose", "Changing it later"]


def test_the_start_page_says_what_a_first_try_costs() -> None:
    text = (FOLDER.parent / "index.md").read_text(encoding="utf-8")
    assert f"{month('environments', 'staging')} a month for `staging` in us-east-1" in text


def given(text: str) -> list[dict[str, Any]]:
    """The answers that the commands of a page give, parsed as Copier does."""
    found = []
    for line in re.findall(r"^(?:make|copier|uvx) .*--data.*$", text, re.MULTILINE):
        words = shlex.split(line)
        words += [word for part in words if part.startswith("ARGS=") for word in shlex.split(part[5:])]
        pairs = [after.partition("=") for word, after in pairwise(words) if word == "--data"]
        found.append({name: yaml.safe_load(answer) for name, _, answer in pairs})
    return found


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_examples_of_a_page_would_be_taken(name: str) -> None:
    examples = given(by_hand(name))
    assert name in NEVER or any(name in answers for answers in examples), f"show {name} with --data"
    for answers in examples:
        assert answers.keys() <= QUESTIONS.keys()
        assert update._refused({"aws_region": "us-east-1", "repository": "", **answers}, {}) == {}


def test_an_answer_that_is_not_taken_would_be_seen() -> None:
    line = "make new DEST=../shop ARGS='--defaults --data ci=jenkins --data queue_timeout=120'\n"
    (answers,) = given(line)
    assert update._refused({"repository": "", **answers}, {}).keys() == {"ci", "queue_timeout"}
