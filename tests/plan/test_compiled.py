"""Each text is compiled once, and renders as if it were compiled each time."""

from __future__ import annotations

from types import CodeType

import pytest
from copier._jinja_ext import YieldExtension, get_yield_context
from jinja2 import Environment
from jinja2.exceptions import TemplateSyntaxError
from laravel_ecs import compiled

NAMES = "{% yield name from names %}{{ name }}{% endyield %}.yml"


class Counting(Environment):
    """A Jinja environment that counts what it compiles."""

    compilations = 0

    def _compile(self, source: str, filename: str) -> CodeType:
        self.compilations += 1
        return super()._compile(source, filename)


@pytest.fixture
def environment() -> Counting:
    environment = Counting(extensions=[YieldExtension])
    compiled.remember(environment)
    return environment


def test_a_text_is_compiled_once_and_rendered_anew(environment: Counting) -> None:
    rendered = [environment.from_string("{{ name }}.tf").render(name=name) for name in ("web", "queue")]
    assert rendered == ["web.tf", "queue.tf"]
    assert environment.compilations == 1
    environment.from_string("{{ name }}.yml")
    assert environment.compilations == 2


def test_the_same_text_under_another_name_is_another_template(environment: Counting) -> None:
    """Where the name counts: in messages."""
    named = [
        environment.compile("{{ name }}", "a", "a.jinja"),
        environment.compile("{{ name }}", "b", "b.jinja"),
    ]
    assert [code.co_filename for code in named] == ["a.jinja", "b.jinja"]
    assert isinstance(environment.compile("{{ name }}", "a", "a.jinja", raw=True), str)


def test_copier_forgets_a_yield_where_the_next_text_is_known(environment: Counting) -> None:
    """Copier asks after each part of a path whether it yields names."""
    asked = []
    for text in ("infra", NAMES, "infra", NAMES):
        environment.from_string(text).render(names=["staging"])
        asked.append(get_yield_context(environment).yield_name)
    assert asked == [None, "name", None, "name"]
    assert environment.compilations == 2


def test_a_wrong_text_is_refused_each_time(environment: Counting) -> None:
    for _ in range(2):
        with pytest.raises(TemplateSyntaxError, match="unexpected '}'"):
            environment.from_string("{{ name }")
