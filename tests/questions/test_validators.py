"""Every answer that is refused, with what is said; and the last that is not.

Copier ends in a traceback whose last line names the question; in the prompts the same text stands below
what was typed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from laravel_ecs.checks import CHECKS

from tests.plan.test_names import REFUSED as BAD_SLUGS
from tests.render import copy_sources, recorded, render

from .questionnaire import CONTRACT, QUESTIONS

COLUMNS = 80

LABEL = "a" * 63

REFUSED: list[tuple[str, Any, str]] = [
    ("project_name", "", "e.g. Shop: it must not be empty"),
    ("project_name", "   ", "e.g. Shop: it must not be empty"),
    ("project_name", "a" * 61, "e.g. Shop: at most 60 characters"),
    *(("project_name", f"Shop{sign}", r'e.g. Shop: none of " \ $ ` { } < >') for sign in '"\\$`{}<>'),
    ("project_name", "Shop\nShop", "e.g. Shop: no invisible characters"),
    ("project_name", "東京\u3000ショップ", "e.g. Shop: no invisible characters"),
    ("project_name", " Shop", r'e.g. Shop: none of " \ $ ` { } < >'),
    ("environments", [], "choose at least one (space)"),
    ("domain_name", "https://shop.example.com", "e.g. shop.example.com (no https://)"),
    ("domain_name", "shop.example.com/", "e.g. shop.example.com (no /)"),
    ("domain_name", "Shop.example.com", "e.g. shop.example.com (lower case)"),
    ("domain_name", "shop", "e.g. shop.example.com: such a name"),
    ("domain_name", "shop..example.com", "e.g. shop.example.com: a-z, 0-9, -"),
    ("domain_name", "-shop.example.com", "e.g. shop.example.com: a-z, 0-9, -"),
    ("domain_name", "shop.example.com.", "e.g. shop.example.com: a-z, 0-9, -"),
    ("domain_name", "192.168.0.1", "e.g. shop.example.com: such a name"),
    ("domain_name", "shop.example.com\n", "e.g. shop.example.com: a-z, 0-9, -"),
    ("domain_name", f"{'a' * 41}.example.com", "e.g. shop.example.com, at most 52"),
    ("repository", "shop", "e.g. acme/shop (no host, no .git)"),
    ("repository", "acme/", "e.g. acme/shop (no host, no .git)"),
    ("repository", "https://github.com/acme/shop", "e.g. acme/shop (no host, no .git)"),
    ("repository", "github.com/acme/shop", "e.g. acme/shop (no host, no .git)"),
    ("repository", "acme/shop.git", "e.g. acme/shop (no host, no .git)"),
    ("repository", "acme/..", "e.g. acme/shop (no host, no .git)"),
    ("repository", "acme/*", "e.g. acme/shop (no host, no .git)"),
    ("repository", "acme/my shop", "e.g. acme/shop (no host, no .git)"),
    ("repository", "acme/shop\n", "e.g. acme/shop (no host, no .git)"),
    *(("project_slug", slug, message) for slug, message in BAD_SLUGS),
    ("queue_timeout", 0, "e.g. 90: 1 to 110 seconds"),
    ("queue_timeout", 111, "e.g. 90: 1 to 110 seconds"),
    ("queue_tries", 0, "e.g. 3: 1 to 100 times"),
    ("queue_tries", 101, "e.g. 3: 1 to 100 times"),
    ("queue_sleep", 0, "e.g. 3: 1 to 60 seconds"),
    ("queue_sleep", 61, "e.g. 3: 1 to 60 seconds"),
    ("alarm_email", "oncall", "e.g. oncall@example.com (or empty)"),
    ("alarm_email", "on call@example.com", "e.g. oncall@example.com (or empty)"),
    ("alarm_email", "oncall@example", "e.g. oncall@example.com (or empty)"),
    ("alarm_email", "${path.module}@example.com", "e.g. oncall@example.com (or empty)"),
    ("alarm_email", "*oncall@example.com", "e.g. oncall@example.com (or empty)"),
    ("alarm_email", "oncall@-example-.com", "e.g. oncall@example.com (or empty)"),
    ("alarm_email", "<oncall@example.com>", "e.g. oncall@example.com (or empty)"),
    ("alarm_email", "oncall@example.com\n", "e.g. oncall@example.com (or empty)"),
]

TAKEN: list[tuple[str, Any]] = [
    ("project_name", "S"),
    ("project_name", "a" * 60),
    ("project_name", "Müller & Söhne's Läden"),
    ("project_name", "株式会社"),
    ("environments", ["development"]),
    ("environments", ["development", "staging", "production"]),
    ("domain_name", ""),
    ("domain_name", "a.io"),
    ("domain_name", "xn--mller-kva.example.xn--p1ai"),
    ("domain_name", f"{'a' * 40}.example.com"),
    ("repository", ""),
    ("repository", "a/b"),
    ("repository", "acme/.github"),
    ("repository", "acme/shops/my.shop-2_api"),
    ("project_slug", "ab"),
    ("project_slug", "a" * 20),
    ("queue_timeout", 1),
    ("queue_timeout", 110),
    ("queue_tries", 1),
    ("queue_tries", 100),
    ("queue_sleep", 1),
    ("queue_sleep", 60),
    ("alarm_email", ""),
    ("alarm_email", "on.call+shop@ops.example.com"),
]

THROUGH_COPIER: list[tuple[str, Any, str]] = [
    *{name: (name, answer, message) for name, answer, message in REFUSED}.values(),
    (
        "sizing_overrides",
        {"production": {"web": {"cpu": 300}}},
        "web.cpu: 256 or 512, not 300 in production",
    ),
    (
        "sizing_overrides",
        {"test": {}},
        "no test: production, staging, development",
    ),
]
"""One refusal of each validator, and those that need other answers too."""

WITH_CHOICES = sorted(name for name in CONTRACT if "choices" in QUESTIONS[name])

AT_THE_LIMITS: list[dict[str, Any]] = [
    {
        "project_name": "a" * 60,
        "environments": ["development", "staging", "production"],
        "domain_name": f"{'a' * 40}.example.com",
        "repository": "acme/shops/my.shop-2_api",
        "project_slug": "a" * 20,
        "queue_timeout": 110,
        "queue_tries": 100,
        "queue_sleep": 60,
        "alarm_email": "on.call+shop@ops.example.com",
        "sizing_overrides": {"production": {"web": {"cpu": 16384, "memory": 122880, "min": 6, "max": 6}}},
    },
    {
        "project_name": "S",
        "environments": ["development"],
        "domain_name": "a.io",
        "repository": "a/b",
        "project_slug": "ab",
        "queue_timeout": 1,
        "queue_tries": 1,
        "queue_sleep": 1,
        "alarm_email": "",
        "sizing_overrides": {"development": {"queue": {"min": 0, "max": 1}}},
    },
]


@pytest.mark.parametrize(("name", "answer", "message"), REFUSED)
def test_a_bad_answer_is_refused(name: str, answer: object, message: str) -> None:
    assert CHECKS[name](answer) == message


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template outside git, so that Copier needs not clone it only to refuse."""
    folder = tmp_path_factory.mktemp("template")
    copy_sources(folder)
    return folder


@pytest.mark.parametrize(("name", "answer"), TAKEN)
def test_a_good_answer_is_taken(name: str, answer: object) -> None:
    assert CHECKS[name](answer) == ""


def test_every_validator_refuses_something_here_and_takes_something() -> None:
    validators = {name for name in CONTRACT if "validator" in QUESTIONS[name]}
    elsewhere = {"sizing_overrides"}  # in tests/plan/test_overrides.py
    assert {name for name, _, _ in REFUSED} == {name for name, _ in TAKEN} == set(CHECKS) - elsewhere
    assert {name for name, _, _ in THROUGH_COPIER} == validators
    assert all(set(answers) == validators for answers in AT_THE_LIMITS)


@pytest.mark.parametrize(("name", "message"), sorted({(name, message) for name, _, message in REFUSED}))
def test_copiers_words_and_ours_fit_one_line(name: str, message: str) -> None:
    assert len(f"Validation error for question '{name}': {message}") <= COLUMNS


@pytest.mark.parametrize(("name", "answer", "message"), THROUGH_COPIER, ids=lambda value: str(value)[:30])
def test_copier_says_what_is_wrong_and_writes_nothing(
    tmp_path: Path, source: Path, name: str, answer: Any, message: str
) -> None:
    with pytest.raises(ValueError, match="Validation error") as refused:
        render(tmp_path / "shop", source=source, **{name: answer})
    assert str(refused.value) == f"Validation error for question '{name}': {message}"
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize("name", WITH_CHOICES)
def test_copier_refuses_what_is_not_among_the_choices(tmp_path: Path, source: Path, name: str) -> None:
    answer: Any = 2 if QUESTIONS[name]["type"] == "int" else "nowhere"
    given: dict[str, Any] = {"environments": ["development", "staging", "production"]}
    given[name] = [answer] if QUESTIONS[name].get("multiselect") else answer
    with pytest.raises(ValueError, match="Invalid choice") as refused:
        render(tmp_path / "shop", source=source, **given)
    assert str(refused.value).startswith(f"Invalid choice for '{name}': {answer!r} is not in [")
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize("answers", AT_THE_LIMITS, ids=["highest", "lowest"])
def test_copier_takes_and_records_answers_at_the_limits(tmp_path: Path, answers: dict[str, Any]) -> None:
    kept = recorded(render(tmp_path / "shop", **answers))
    assert {name: kept[name] for name in answers} == answers
