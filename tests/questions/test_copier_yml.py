"""``copier.yml`` itself: Copier takes a misspelt setting for a question and says nothing."""

from __future__ import annotations

import pytest

from .questionnaire import ADVANCED, ALWAYS, CONTRACT, NEVER, QUESTIONS, SETTINGS

KNOWN_SETTINGS = {
    "_answers_file",
    "_envops",
    "_exclude",
    "_jinja_extensions",
    "_message_after_copy",
    "_message_after_update",
    "_message_before_copy",
    "_message_before_update",
    "_migrations",
    "_min_copier_version",
    "_skip_if_exists",
    "_subdirectory",
}
"""Those of Copier's settings that a template like this one may want."""

KNOWN_KEYS = {"type", "help", "choices", "default", "multiselect", "multiline", "validator", "when", "ask"}


def test_the_names_and_their_order_are_the_contract() -> None:
    assert tuple(QUESTIONS) == CONTRACT


def test_every_setting_is_one_that_copier_knows() -> None:
    assert SETTINGS <= KNOWN_SETTINGS


def test_undefined_names_stop_a_rendering() -> None:
    assert "_envops" in SETTINGS


@pytest.mark.parametrize("name", CONTRACT)
def test_every_question_has_a_type_a_default_and_only_known_keys(name: str) -> None:
    assert {"type", "default"} <= set(QUESTIONS[name]) <= KNOWN_KEYS


@pytest.mark.parametrize("name", ALWAYS + ADVANCED)
def test_help_ends_in_a_question_and_fits_a_terminal(name: str) -> None:
    lines = QUESTIONS[name]["help"].splitlines()
    assert len(lines) > 1, "say why before you ask"
    assert "?" in lines[-1]
    assert max(map(len, lines)) <= 76


@pytest.mark.parametrize("name", [name for name in CONTRACT if "validator" in QUESTIONS[name]])
def test_free_text_is_asked_with_an_example(name: str) -> None:
    if "choices" not in QUESTIONS[name]:
        assert "Example: " in QUESTIONS[name]["help"]


@pytest.mark.parametrize("name", ALWAYS + ADVANCED)
def test_what_has_no_choices_has_a_validator(name: str) -> None:
    assert QUESTIONS[name]["type"] == "bool" or {"choices", "validator"} & set(QUESTIONS[name])


@pytest.mark.parametrize("name", ALWAYS)
def test_a_plain_question_is_gated_only_where_it_has_no_meaning(name: str) -> None:
    assert "ask" not in QUESTIONS[name]
    assert ("when" in QUESTIONS[name]) == name.startswith("size_")


@pytest.mark.parametrize("name", ADVANCED)
def test_an_advanced_question_is_recorded_also_when_it_is_not_asked(name: str) -> None:
    assert QUESTIONS[name]["ask"] == "{{ advanced }}"
    assert "when" not in QUESTIONS[name]


@pytest.mark.parametrize("name", NEVER)
def test_what_is_decided_by_itself_is_never_asked(name: str) -> None:
    assert QUESTIONS[name]["ask"] is False
    assert "when" not in QUESTIONS[name]
