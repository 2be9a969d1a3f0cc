"""What an update does besides merging files: `_migrations` in copier.yml run this in the project's folder.

    python extensions/update.py before ANSWERS_FILE ['{"QUESTION": ...}']
    python extensions/update.py after ANSWERS_FILE

Before: answers that a release no longer takes are replaced where releases.toml says by what, and otherwise
the update stops before anything has changed; questions that are answered anew (``--data``) are left out.
After: manifests of environments that still live on AWS are kept, files that a release has moved get the edits
that they had under their old name, and a person learns what is left to do.

The versions come in Copier's variables VERSION_PEP440_FROM and VERSION_PEP440_TO.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from packaging.version import Version

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

ROOT = Path(__file__).resolve().parents[1]
RELEASES = Path(__file__).with_name("releases.toml")
MANIFESTS = "infra/environments/"

FIXED = {
    "project_slug": "every name there begins with it",
    "aws_region": "nothing moves between regions",
}
"""Questions whose answer cannot change once something is on AWS → why: a second deployment would begin."""

TAKES_CARE = {
    "database": "move the data first: a new one is empty, and the platform deletes its own unless protected",
    "network": "to or from existing it is another VPC, in which database and Valkey are made anew",
}
"""Questions of which another answer can lose something → what."""

UNDONE = "git restore --source HEAD --staged --worktree . && git clean -d --force ."
"""Gives back what was committed before, new files too; docs/ecs/updating.md says the same."""


def main(stage: str, answers_file: str, anew: str = "{}") -> int:
    """Run one of the two stages; `anew` are the answers that ``--data`` gives, as JSON."""
    return before(Path(answers_file), json.loads(anew)) if stage == "before" else after(answers_file)


def step(part: str) -> Iterator[tuple[str, Any]]:
    """Version and content of one part of releases.toml, for each release that this update goes through.

    A commit between two releases, 0.4.0.post3, counts as the release before it.
    """
    old, new = (Version(os.environ[f"VERSION_PEP440_{end}"]) for end in ("FROM", "TO"))
    for version, release in tomllib.loads(RELEASES.read_text(encoding="utf-8")).items():
        if old < Version(version) <= new and part in release:
            yield version, release[part]


# ── Before ───────────────────────────────────────────────────────────────────────────────────────


def before(file: Path, anew: Mapping[str, Any]) -> int:
    """Replace or refuse what the questions no longer take."""
    text = file.read_text(encoding="utf-8")
    if fixed := _fixed(yaml.safe_load(text), anew):
        for name in fixed:
            print(
                f"error: {name} cannot change once an environment is on AWS: {FIXED[name]}.", file=sys.stderr
            )
        print(
            f"Nothing was changed. Leave out: {', '.join(f'--data {name}' for name in fixed)}",
            file=sys.stderr,
        )
        return 1
    for version, question, old, new in _replacements():
        if question not in anew and str(yaml.safe_load(text).get(question)) == old:
            text = _with_answer(text, question, new)
            print(f"{question}: {old} becomes {new}, because {version} has no {old}.")
    wrong = _refused(yaml.safe_load(text), anew)
    for question, reason in wrong.items():
        print(f"error: the answer to {question} is no longer taken: {reason}", file=sys.stderr)
    if wrong:
        example = " ".join(f"--data {question}=..." for question in wrong)
        print(f"Nothing was changed. Choose another one: copier update --trust {example}", file=sys.stderr)
        return 1
    file.write_text(text, encoding="utf-8")
    return 0


def _fixed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The questions that have another answer and cannot have one."""
    changed = [name for name in FIXED if name in old and name in new and str(new[name]) != str(old[name])]
    # As committed: where the merge met somebody's edits, the file itself is no YAML for the moment.
    committed = (_at_head(str(path)) or b"" for path in Path(MANIFESTS).glob("*.yml"))
    return changed if any(_account_id(manifest) for manifest in committed) else []


def _account_id(manifest: bytes) -> str:
    """The account that an environment lives in, or nothing."""
    found = re.search(rb"^account_id: *[\"']?(\d*)", manifest, re.MULTILINE)
    return found[1].decode() if found else ""


def _replacements() -> Iterator[tuple[str, str, str, Any]]:
    """Version, question, old answer, new answer."""
    for version, questions in step("replaced"):
        for question, pairs in questions.items():
            for old, new in pairs.items():
                yield version, question, old, new


def _with_answer(text: str, question: str, answer: object) -> str:
    """The answers file with another answer; the rest of it stays as it is."""
    lines = text.splitlines(keepends=True)
    return "".join(
        f"{question}: {json.dumps(answer)}\n" if line.startswith(f"{question}:") else line for line in lines
    )


def _refused(recorded: Mapping[str, Any], anew: Mapping[str, Any]) -> dict[str, str]:
    """Question → what is wrong with its recorded answer, unless it is answered anew.

    Copier itself would put the default in the place of an answer that it no longer takes, without a word.
    """
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415 - the stage after has no use for it
    from laravel_ecs.questions import register  # noqa: PLC0415

    environment = SandboxedEnvironment()
    environment.filters["to_json"] = json.dumps  # Copier has it from Ansible
    register(environment)
    questions = next(yaml.safe_load_all((ROOT / "copier.yml").read_text(encoding="utf-8")))
    answers = {**recorded, **anew}
    found = {}
    for name in [name for name in questions if name in recorded and name not in anew]:
        question, given = questions[name], answers[name]
        choices = _choices(environment, question, answers)
        allowed = [choice for choice, reason in choices.items() if not reason]
        chosen = given if question.get("multiselect") else [given]
        wrong = [str(one) for one in chosen if choices and str(one) not in allowed]
        if wrong:
            why_not = choices.get(wrong[0]) or f"allowed: {', '.join(allowed)}"
            found[name] = f"{wrong[0]}; {why_not}"
        elif said := environment.from_string(question.get("validator", "")).render(answers):
            found[name] = f"{given}; {said}"
    return found


def _choices(
    environment: SandboxedEnvironment, question: Mapping[str, Any], answers: Mapping[str, Any]
) -> dict[str, str]:
    """What a question offers → why it cannot be chosen, or nothing."""
    choices = question.get("choices", [])
    if isinstance(choices, str):
        choices = yaml.safe_load(environment.from_string(choices).render(answers))
    values = choices.values() if isinstance(choices, dict) else choices
    pairs = (one if isinstance(one, dict) else {"value": one, "validator": ""} for one in values)
    return {str(one["value"]): one["validator"] for one in pairs}


# ── After ────────────────────────────────────────────────────────────────────────────────────────


def after(answers_file: str) -> int:
    """Give back what the merge would have lost, then tell what is left to do."""
    recorded = _yaml(_at_head(answers_file) or b"")
    notes = [*_keep_manifests(), *_move(recorded), *_conflicts(), *_changes(recorded, answers_file)]
    asks = [f"{version}: {ask}" for version, asks in step("asks") for ask in asks]
    print()
    for line in [*notes, *asks]:
        print(_item(line))
    print("\nRead `git diff`, run `bin/ecs validate`, then commit. How updates work: docs/ecs/updating.md")
    return 0


def _keep_manifests() -> Iterator[str]:
    """An environment that is no longer answered still lives on AWS, and is destroyed by its manifest."""
    for path in _git(
        "diff", "--relative", "--name-only", "--diff-filter=D", "HEAD", "--", MANIFESTS
    ).splitlines():
        name = Path(path).stem
        if _account_id(_at_head(path) or b""):
            _git("checkout", "HEAD", "--", path)
            yield f"{path} stays: {name} lives on AWS. bin/ecs destroy {name}, then delete the file."
        else:
            yield f"{path} is gone: {name} is no longer answered, and was on no AWS account. git has it."


def _move(recorded: Mapping[str, Any]) -> Iterator[str]:
    """Merge what a project has changed in a file into the file that has come in its place."""
    moved = {old: new for old, new in _moves().items() if Path(new).exists() and _at_head(new) is None}
    if not moved:
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            _render(recorded, folder)
        except Exception as problem:  # whatever it is, the other notes are worth having
            yield f"{', '.join(moved)} became {', '.join(moved.values())}: move edits by hand ({problem})"
            return
        for old, new in moved.items():
            base, mine = Path(folder, old), _at_head(old)
            if base.exists() and mine is None:
                Path(new).unlink()
                yield f"{new} has come in the place of {old}, which you have deleted: it is deleted as well."
            elif base.exists() and mine != base.read_bytes():
                yield f"{new}: was {old}; {_merge(mine or b'', base, Path(new))}"


def _moves() -> dict[str, str]:
    """Old path → newest path, of files that have moved once or more."""
    moved: dict[str, str] = {}
    for _, pairs in step("moved"):
        moved = {old: pairs.get(new, new) for old, new in moved.items()} | pairs
    return moved


def _merge(mine: bytes, base: Path, theirs: Path) -> str:
    """Merge into the file that the new version has brought; return how it went."""
    ours = base.with_name(f"{base.name}.ours")
    ours.write_bytes(mine)
    sides = ("-L", "before updating", "-L", "last update", "-L", "after updating")
    done = subprocess.run(["git", "merge-file", *sides, ours, base, theirs], capture_output=True, check=False)
    if done.returncode > 127:  # up to there it is the number of conflicts
        return "it cannot be merged: put your edits in by hand, git has them."
    theirs.write_bytes(ours.read_bytes())
    return f"your edits came along{', with conflicts to resolve' if done.returncode else ''}."


def _render(recorded: Mapping[str, Any], folder: str) -> None:
    """Render what the old version of the template makes of the old answers."""
    import copier  # noqa: PLC0415 - half a second, and almost no update needs it

    copier.run_copy(
        recorded["_src_path"],
        folder,
        data={name: answer for name, answer in recorded.items() if not name.startswith("_")},
        vcs_ref=recorded["_commit"],
        defaults=True,
        quiet=True,
        skip_tasks=True,
        unsafe=True,
    )


def _conflicts() -> Iterator[str]:
    """Where both sides changed the same lines."""
    for path in _git("diff", "--relative", "--name-only", "--diff-filter=U").splitlines():
        yield f"{path}: both sides changed the same lines. Resolve what is between <<<<<<< and >>>>>>>."
    for path in _git("ls-files", "--others", "*.rej").splitlines():
        yield f"{path}: this part of your edits found no place. Put it in by hand, then delete the file."


def _item(text: str) -> str:
    """One of a list; a terminal would break its lines in the middle of words."""
    if not sys.stdout.isatty():
        return f"  - {text}"
    lines = textwrap.TextWrapper(
        shutil.get_terminal_size().columns - 1,
        initial_indent="  - ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines.fill(text)


def _changes(recorded: Mapping[str, Any], answers_file: str) -> Iterator[str]:
    """No answer changes unseen."""
    new = _yaml(Path(answers_file).read_bytes())
    changed = [name for name, old in recorded.items() if name[0] != "_" and new.get(name, old) != old]
    for name in changed:
        care = f": {TAKES_CARE[name]}." if name in TAKES_CARE else ""
        yield f"{name}: {_shown(recorded[name])} became {_shown(new[name])}{care}"
    for name in _fixed(recorded, new):
        yield f"{name} cannot change on AWS: {FIXED[name]}. Take it back: {UNDONE}"
    if changed:
        yield "What another answer asks for on AWS, before you push: docs/ecs/updating.md, Another answer."


def _shown(answer: object) -> str:
    return json.dumps(answer, ensure_ascii=False)


def _yaml(content: bytes) -> dict[str, Any]:
    return yaml.safe_load(content) or {}


def _at_head(path: str) -> bytes | None:
    """A file as it was committed; None where there was none."""
    done = subprocess.run(["git", "show", f"HEAD:./{path}"], capture_output=True, check=False)
    return None if done.returncode else done.stdout


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
