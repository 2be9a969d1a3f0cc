"""``docs/questions/``: the head of each page and the index, made from ``copier.yml`` and ``extensions/``.

`PYTHONPATH=extensions .venv/dev/bin/python -m tests.docs.question_pages` writes them anew. What stands below
a head is written by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment
from laravel_ecs import copier_yml, costs, prices
from laravel_ecs.plan import plan
from laravel_ecs.questions import register
from laravel_ecs.sizes import SIZES
from laravel_ecs.summary import summary

from tests.questions.questionnaire import ADVANCED, ALWAYS, NEVER, QUESTIONS
from tests.questions.test_validators import REFUSED, THROUGH_COPIER
from tests.render import ROOT

FOLDER = ROOT / "docs/questions"
INDEX = FOLDER / "index.md"

BEGIN = "<!-- From copier.yml; tests/docs/question_pages.py writes it. -->\n"
END = "<!-- From here on by hand. -->\n"
HEAD = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)

TYPES = {
    "str": "text",
    "int": "a whole number",
    "bool": "yes or no",
    "yaml": "YAML",
}

COMPUTED = {
    "project_name": "the folder's name in words: `my-shop` gives `My Shop`",
    "project_slug": "made from `project_name`: `My Shop` gives `my-shop`",
    "ci": "`github`; `gitlab` where `repository` has more than one `/`",
    "application": "`existing` where the folder holds an `artisan`, else `new`",
}
"""Defaults that follow from something else, in words."""

DEFAULTS: dict[str, Any] = {"project_slug": "shop", **copier_yml.DEFAULTS}
"""The answers of somebody who takes every default."""

SHOP = {"project_name": "Shop", **DEFAULTS}
"""The same with the question that has none."""


def page(name: str) -> Path:
    """The page of a question."""
    return FOLDER / f"{name}.md"


def head(name: str) -> str:
    """What stands between the two markers of a question's page."""
    question = QUESTIONS[name]
    rows = {
        "asked": asked(name),
        "type": kind(question),
        "default": COMPUTED.get(name, shown(question["default"])),
        "refused with": "<br>".join(dict.fromkeys(refusals(name))),
    }
    parts = [
        "| | |\n|---|---|\n" + "".join(f"| {key} | {text} |\n" for key, text in rows.items() if text),
        *quoted(question.get("help", "")),
        *choices(name),
        *(sizes() if name == "size_production" else ()),
    ]
    return BEGIN + "\n" + "\n".join(parts) + "\n" + END


def asked(name: str) -> str:
    """When the question comes."""
    if name in NEVER:
        return "never; recorded at the first copy"
    if name in ADVANCED:
        return "when `advanced` is yes; recorded always"
    if name.startswith("size_"):
        return f"when `environments` has `{name.removeprefix('size_')}`"
    return "always"


def kind(question: dict[str, Any]) -> str:
    """What an answer looks like."""
    if "choices" not in question:
        return TYPES[question["type"]]
    if question.get("multiselect"):
        return "one or more of the list below"
    if isinstance(question["choices"], list):
        return f"one of {', '.join(map(shown, question['choices']))}"
    return "one of the list below"


def shown(answer: object) -> str:
    """An answer as one gives it to ``--data``."""
    if answer == "":
        return "empty"
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return f"`[{', '.join(answer)}]`" if isinstance(answer, list) else f"`{answer}`"


def refusals(name: str) -> Iterator[str]:
    """What is said of an answer that is not taken; `tests.questions.test_validators` tries each of them."""
    for question, answer, message in REFUSED + THROUGH_COPIER:
        if question == name:
            example = f"`{yaml.safe_dump(answer, default_flow_style=True).strip()}`: "
            yield (example if isinstance(answer, dict) else "") + f"`` {message} ``".replace("|", r"\|")


def quoted(text: str) -> Iterator[str]:
    """The question as it is asked, with every other answer the default."""
    if text:
        asked = text.replace("{{ summary() }}", summary({**SHOP, "advanced": "Sizes of your own?" in text}))
        yield "What it asks:\n\n```text\n" + asked.strip() + "\n```\n"


# ── Choices and their prices ─────────────────────────────────────────────────────────────────────


def options(question: dict[str, Any]) -> dict[str, Any]:
    """What the question shows → what it records."""
    given = question.get("choices", [])
    if isinstance(given, str):
        environment = Environment()
        environment.filters["to_json"] = json.dumps
        register(environment)
        given = json.loads(environment.from_string(given).render(DEFAULTS))
    return given if isinstance(given, dict) else {str(one): one for one in given}


def choices(name: str) -> Iterator[str]:
    """The table of choices, with what each costs in a month where that differs."""
    found = options(QUESTIONS[name])
    if is_plain(name):
        return
    months = {answer: month(name, answer) for answer in found.values()}
    priced = len(set(months.values())) > 1
    columns = {
        "answer": [f"`{answer}`" for answer in found.values()],
        "shown as": [" ".join(label.split()) for label in found],
        "a month": list(months.values()),
    }
    if list(found) == list(found.values()):
        del columns["shown as"]
    if not priced:
        del columns["a month"]
    yield table(list(columns), list(map(list, zip(*columns.values(), strict=True))))
    if priced:
        what = "the environment alone" if is_environment(name) else "staging and production together"
        where = "" if name == "aws_region" else " in us-east-1"
        yield (
            f"A month: {what}, with every other answer the default, by AWS's list prices of\n"
            f"{prices.CHECKED}{where}, before tax, with few visitors, and without alarms and metrics,\n"
            "which are some tens of dollars for each environment.\n"
        )


def is_plain(name: str) -> bool:
    """Whether its choices, if there are any, need no table: values that speak for themselves."""
    return isinstance(QUESTIONS[name].get("choices", []), list) and not is_environment(name)


def is_environment(name: str) -> bool:
    """Whether the question is about single environments."""
    return name == "environments" or name.startswith("size_")


def month(name: str, answer: object) -> str:
    """What the deployment costs in a month with this answer, in words."""
    changed = {name: answer}
    if name == "environments":
        changed = {"environments": [answer]}
    elif name.startswith("size_"):
        changed["environments"] = [name.removeprefix("size_")]
    estimates = plan({**DEFAULTS, **changed}).estimates.values()
    return costs.Estimate(tuple(line for estimate in estimates for line in estimate.lines)).shown


def sizes() -> Iterator[str]:
    """What a size means."""
    rows = [
        [
            name,
            *(f"{one[name].tasks}: {one[name].size}" for one in (size.workloads for size in SIZES.values())),
        ]
        for name in ("web", "queue", "schedule", "migrate")
    ]
    capacities = [size.capacity for size in SIZES.values()]
    rows += [
        ["RDS", *(f"{one.database_class}, {one.database_storage} GB" for one in capacities)],
        ["Aurora, at most", *(f"{one.database_max_acu} ACU" for one in capacities)],
        ["Valkey", *(f"{one.valkey_instances} of {one.valkey_class}" for one in capacities)],
    ]
    yield table(["", *SIZES], rows)


def table(columns: list[str], rows: list[list[str]]) -> str:
    """A table; amounts of dollars stand to the right."""
    rule = ["---:" if column == "a month" else "---" for column in columns]
    lines = [columns, rule, *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


# ── The index ────────────────────────────────────────────────────────────────────────────────────


def index() -> str:
    """The questions in their order."""
    groups = {
        "## Asked always": ALWAYS,
        "## Asked when `advanced` is yes": ADVANCED,
        "## Never asked": NEVER,
    }
    parts = []
    for title, names in groups.items():
        rows = [[f"[{name}]({name}.md)", question_of(name), default_of(name)] for name in names]
        parts.append(f"{title}\n\n{table(['name', 'question', 'default'], rows)}")
    pages = "\n".join(QUESTIONS)
    order = f"<!-- site\n```{{toctree}}\n:hidden:\n\n{pages}\n```\n-->\n"
    return "\n".join([BEGIN, *parts, order, END])


def question_of(name: str) -> str:
    """The sentence with the question mark."""
    text: str = QUESTIONS[name].get("help", "Is an application there already?")
    return text.splitlines()[-1].strip()


def default_of(name: str) -> str:
    """The default, in few words."""
    return COMPUTED.get(name, shown(QUESTIONS[name]["default"]))


def renewed(path: Path, generated: str) -> str:
    """A page with its generated part as it should be."""
    text = path.read_text(encoding="utf-8")
    found = HEAD.findall(text)
    assert len(found) == 1, f"{path} has {len(found)} heads; it begins with its title, then {BEGIN}...{END}"
    return HEAD.sub(lambda _: generated, text)


def pages() -> dict[Path, str]:
    """Each page that has a generated part → that part."""
    return {INDEX: index(), **{page(name): head(name) for name in QUESTIONS}}


if __name__ == "__main__":
    for path, generated in pages().items():
        if not path.exists():
            path.write_text(f"# {path.stem}\n\n{BEGIN}{END}", encoding="utf-8")
        path.write_text(renewed(path, generated), encoding="utf-8")
