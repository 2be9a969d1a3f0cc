"""The questions as a person meets them: in a terminal, with a keyboard."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from laravel_ecs.summary import summary

from tests.command import tool
from tests.render import recorded, render, template

from . import screens
from .questionnaire import ADVANCED, ALWAYS, CONTRACT, QUESTIONS
from .terminal import BACKSPACE, CLEAR, COLUMNS, DOWN, ENTER, SPACE, Terminal

ASKED = tuple(name for name in ALWAYS if name != "size_development")
"""What is asked with the default environments."""


SUMMARY = """\
  project      Müller & Söhne 株式会社
  on AWS       muller-sohne, the beginning of every name, for good
  region       eu-central-1, Frankfurt, Germany
  production   large   $…
               a month, and some tens of dollars each for metrics
  database     MySQL on RDS
  address      shop.example.com
  DNS          example.com, a zone in Route 53 by the first deploy
  deployed by  GitLab CI of acme/shops/shop
  besides      PHP 8.4 on ARM, private network
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tmp_path / "my-shop"


@pytest.fixture
def terminal(project: Path) -> Iterator[Terminal]:
    command = [str(tool("copier")), "copy", "--trust", "--vcs-ref", "HEAD", str(template()), str(project)]
    with Terminal(command, os.environ | {"TERM": "xterm-256color"}) as terminal:
        yield terminal


def wait_for(terminal: Terminal, question: str) -> None:
    """Wait for a question: each line of its help stands on one line of the screen."""
    terminal.wait_for(*(line for line in QUESTIONS[question]["help"].splitlines() if "{{" not in line))


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


def test_a_refused_size_of_ones_own_says_in_80_columns_what_is_allowed(
    terminal: Terminal, project: Path
) -> None:
    accept(terminal, *ASKED[:-1])
    wait_for(terminal, "advanced")
    terminal.type("y")
    accept(terminal, *ADVANCED[:-1])
    wait_for(terminal, "sizing_overrides")
    terminal.type(CLEAR, "{production: {web: {cpu: 300}}}", ENTER)
    terminal.wait_for("Validation error for question 'sizing_overrides': web.cpu: 256 or 512, not 300")
    terminal.type(CLEAR, "{production: {web: {cpu: '512'}}}", ENTER)

    assert terminal.exit_code() == 0
    assert "    cpu: 512\n" in (project / "infra/environments/production.yml").read_text()


def test_what_cannot_be_is_shown_with_its_reason(terminal: Terminal, project: Path) -> None:
    accept(terminal, *ASKED[: ASKED.index("repository")])
    wait_for(terminal, "repository")
    terminal.type("acme/shops/shop", ENTER)
    wait_for(terminal, "advanced")
    terminal.type("y")
    accept(terminal, *ADVANCED[: ADVANCED.index("ci")])
    terminal.wait_for("- GitHub Actions (it has no groups in groups)", "» GitLab CI")
    accept(terminal, *ADVANCED[ADVANCED.index("ci") :])

    assert terminal.exit_code() == 0
    assert recorded(project)["ci"] == "gitlab"


@pytest.mark.parametrize("columns", screens.WIDTHS)
def test_every_screen_is_as_it_was_looked_at(columns: int, tmp_path: Path) -> None:
    seen = screens.screens(columns, tmp_path)
    assert seen == screens.kept(columns).read_text(encoding="utf-8"), (
        "look at it, then: python -m tests.questions.screens"
    )


@pytest.mark.parametrize("columns", screens.WIDTHS)
def test_no_line_is_longer_than_the_terminal(columns: int) -> None:
    """A terminal breaks a line wherever it is full: none of ours may come that far."""
    for line in screens.kept(columns).read_text(encoding="utf-8").splitlines():
        assert line.startswith("── ") or len(line) < columns


def test_the_summary_tells_what_was_answered() -> None:
    given = {
        "project_name": "Müller & Söhne 株式会社",
        "aws_region": "eu-central-1",
        "environments": ["production"],
        "size_production": "large",
        "database": "mysql",
        "domain_name": "shop.example.com",
        "repository": "acme/shops/shop",
    }
    assert re.sub(r"\$[\d,]+", "$…", summary(given)) == SUMMARY


def test_the_summary_shows_the_address_of_an_environment_that_there_will_be() -> None:
    given = {"project_name": "Shop", "aws_region": "us-east-1", "environments": ["development"]}
    given |= {"size_development": "small", "domain_name": "shop.example.com", "repository": ""}
    assert "  address      development.shop.example.com\n" in summary(given)


@pytest.mark.parametrize(
    ("repository", "ci", "who"),
    [
        ("", "github", "you alone, until a repository is set"),
        ("acme/shop", "none", "you alone, without a pipeline"),
        ("acme/shop", "github", "GitHub Actions of acme/shop"),
    ],
)
def test_the_summary_says_who_deploys(repository: str, ci: str, who: str) -> None:
    given = {"project_name": "Shop", "domain_name": "", "repository": repository, "ci": ci}
    assert f"  deployed by  {who}\n" in summary(given)


def test_after_the_advanced_questions_the_summary_tells_their_answers_too() -> None:
    given = {"project_name": "Shop", "domain_name": "", "repository": ""}
    more = {"advanced": True, "schedule_trigger": "service", "queue_timeout": 60, "log_format": "line"}
    assert summary({**given, **more}).splitlines()[-4:] == [
        "  schedule     a service, on demand",
        "  a job        60 s at most, 3 tries; an idle worker rests 3 s",
        "  logs         plain lines, kept for 30 days",
        "  alarms go to nobody yet",
    ]
    assert "plain lines" not in summary({**given, "log_format": "line"})


def test_an_application_that_is_there_is_seen_before_anything_is_written(
    terminal: Terminal, project: Path
) -> None:
    project.mkdir()
    (project / "artisan").write_text("#!/usr/bin/env php\n")
    accept(terminal, *ASKED[:-1])
    wait_for(terminal, "advanced")
    terminal.wait_for("  application  yours stays; all that is added to its code is app/Ecs")


def test_a_summary_fits_its_line_whatever_the_name() -> None:
    given = {"project_name": "株" * 60, "domain_name": "", "repository": f"{'a' * 39}/{'b' * 100}"}
    for line in summary(given).splitlines():
        assert sum(2 if character == "株" else 1 for character in line) <= COLUMNS


def test_an_answer_that_is_refused_later_leaves_the_summary_out() -> None:
    given = {"project_name": "Shop", "domain_name": "", "repository": "", "sizing_overrides": "{staging: 1"}
    assert summary(given) == ""
