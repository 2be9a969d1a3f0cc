"""The questions as a person meets them: in a terminal of 80 columns, with a keyboard."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import tool
from tests.render import recorded, render, template

from .questionnaire import ADVANCED, ALWAYS, CONTRACT, QUESTIONS
from .terminal import BACKSPACE, CLEAR, DOWN, ENTER, SPACE, Terminal

ASKED = tuple(name for name in ALWAYS if name != "size_development")
"""What is asked with the default environments."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tmp_path / "my-shop"


@pytest.fixture
def terminal(project: Path) -> Iterator[Terminal]:
    command = [str(tool("copier")), "copy", "--trust", "--vcs-ref", "HEAD", str(template()), str(project)]
    with Terminal(command, **os.environ | {"TERM": "xterm-256color"}) as terminal:
        yield terminal


def wait_for(terminal: Terminal, question: str) -> None:
    """Wait for a question: each line of its help stands on one line of the screen."""
    terminal.wait_for(*QUESTIONS[question]["help"].splitlines())


def accept(terminal: Terminal, *questions: str) -> None:
    """Answer questions with their defaults."""
    for question in questions:
        wait_for(terminal, question)
        terminal.type(ENTER)


def test_enter_alone_gives_the_defaults(terminal: Terminal, project: Path, tmp_path: Path) -> None:
    accept(terminal, *ASKED)
    assert terminal.exit_code() == 0
    assert recorded(project) == recorded(render(tmp_path / "other" / "my-shop"))
    assert recorded(project)["project_name"] == "My Shop"


def test_a_refused_answer_is_corrected(terminal: Terminal, project: Path) -> None:
    wait_for(terminal, "project_name")
    terminal.type('"', ENTER)
    terminal.wait_for("""Validation error for question 'project_name': e.g. Shop: none of " \\ $ ` { } < >""")
    terminal.type(BACKSPACE, ENTER)
    accept(terminal, *ASKED[1 : ASKED.index("domain_name")])

    wait_for(terminal, "domain_name")
    terminal.type("https://shop.example.com", ENTER)
    terminal.wait_for("Validation error for question 'domain_name': e.g. shop.example.com (no https://)")
    terminal.type(CLEAR, "shop.example.com", ENTER)
    accept(terminal, *ASKED[ASKED.index("repository") :])

    assert terminal.exit_code() == 0
    assert recorded(project)["project_name"] == "My Shop"
    assert recorded(project)["domain_name"] == "shop.example.com"


def test_environments_are_chosen_with_space_and_at_least_one(terminal: Terminal, project: Path) -> None:
    accept(terminal, "project_name", "aws_region")
    wait_for(terminal, "environments")
    terminal.type(DOWN, SPACE, DOWN, SPACE, ENTER)
    terminal.wait_for("Validation error for question 'environments': choose at least one (space)")
    terminal.type(DOWN, SPACE, ENTER)
    accept(terminal, "size_development", *ASKED[ASKED.index("database") :])

    assert terminal.exit_code() == 0
    assert recorded(project)["environments"] == ["development"]
    assert recorded(project)["size_development"] == "small"
    assert "size_production" not in recorded(project)


def test_advanced_asks_everything_and_enter_gives_the_defaults(
    terminal: Terminal, project: Path, tmp_path: Path
) -> None:
    accept(terminal, *ASKED[:-1])
    wait_for(terminal, "advanced")
    terminal.type("y")
    accept(terminal, *ADVANCED)

    assert terminal.exit_code() == 0
    assert recorded(project) == recorded(render(tmp_path / "other" / "my-shop", advanced=True))
    assert set(recorded(project)) == set(CONTRACT) - {"size_development"}
