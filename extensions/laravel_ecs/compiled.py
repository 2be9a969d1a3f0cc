"""Texts of the template that are compiled once.

Copier compiles some 1,800 texts for a copy, of which 400 differ: the name of a folder for each file
in it, the type of a question for each of its choices.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment


def remember(environment: Environment) -> None:
    """Let ``environment.compile`` answer with what it has compiled of the same text before.

    Jinja's extensions still see each text (``preprocess``): Copier forgets there what the last one yielded.
    """
    compile_anew = environment.compile
    compiled: dict[tuple[Any, ...], Any] = {}

    def compile_once(source: Any, *arguments: Any, **options: Any) -> Any:
        text = (source, *arguments, *options.items())
        if text in compiled:
            environment.preprocess(source)
        else:
            compiled[text] = compile_anew(source, *arguments, **options)
        return compiled[text]

    environment.compile = compile_once  # type: ignore[method-assign]
