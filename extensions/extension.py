"""The door between Copier and the plan.

Copier loads this file by its path. It loads the package beside it under a name that is unique to
that path: an update has an old and a new template in one process, and neither may see the other's
code.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from copier_template_extensions import ContextHook
from jinja2 import Environment

HERE = Path(__file__).resolve().parent


def _package(folder: Path) -> str:
    """Load the package in a folder and return the name it has in this process."""
    name = f"laravel_ecs_{folder.as_posix().encode().hex()}"
    if name not in sys.modules:
        spec = spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])
        assert spec and spec.loader  # noqa: S101 - both are None only for a path that is no file
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return name


PACKAGE = _package(HERE / "laravel_ecs")
compiled, copier_yml, plans, prices, questions = (
    import_module(f"{PACKAGE}.{module}")
    for module in ("compiled", "copier_yml", "plan", "prices", "questions")
)

LAST_ANSWER = "application"
"""The last question of ``copier.yml``: where its answer is known, all are."""


class LaravelEcs(ContextHook):
    """Gives questions their choices and checks, and template files the ``plan``."""

    def __init__(self, environment: Environment) -> None:
        """Register what ``copier.yml`` uses."""
        super().__init__(environment)
        self._answers: dict[str, Any] = {}
        self._plan: Any = None
        compiled.remember(environment)
        questions.register(environment)
        environment.globals.update(prices_checked=prices.CHECKED, yours=copier_yml.YOURS)

    def hook(self, context: dict[str, Any]) -> None:
        """Add the plan once the questions are over; derive it anew only when an answer has changed.

        Before that, what ``--data`` gave stands in the context unparsed.
        """
        if context["_copier_phase"] == "prompt" or LAST_ANSWER not in context:
            return
        answers = context["_copier_answers"]
        if answers != self._answers:
            self._answers = dict(answers)
            self._plan = plans.plan(self._answers)
        context["plan"] = self._plan
