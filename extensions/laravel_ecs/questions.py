"""What the questions of ``copier.yml`` use: filters that check and derive, choices.

`extension` gives it to Copier, and ``update.py``, which has no time to load Copier, to itself.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from . import checks, choices, names, regions, summary


def register(environment: Environment) -> None:
    """Make filters and globals known to Jinja."""
    environment.filters.update({f"check_{name}": check for name, check in checks.CHECKS.items()})
    environment.filters.update(
        derive_name=names.derive_name,
        derive_slug=names.derive_slug,
        derive_ci=choices.ci,
        application=_application,
    )
    environment.globals.update(
        region_choices=regions.CHOICES,
        size_choices=choices.sizes,
        network_choices=choices.networks,
        ci_choices=choices.pipelines,
        summary=_summary,
    )


def _application(destination: object) -> str:
    """Whether a Laravel application is there already: ``existing`` or ``new``."""
    return "existing" if Path(str(destination), "artisan").is_file() else "new"


@pass_context
def _summary(context: Context) -> str:
    """What the answers so far amount to."""
    answers = context.get_all()
    return summary.summary({"application": _application(answers["_copier_conf"]["dst_path"]), **answers})
