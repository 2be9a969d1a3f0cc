"""The documented commands are those that there are, word for word."""

from __future__ import annotations

from .commands_page import PAGE, page


def test_every_command_is_documented_as_it_explains_itself() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.infra.commands_page writes it anew"
