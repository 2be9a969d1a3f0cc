"""What the how-to guides have one type, write and expect is there.

Their manifests, and their commands of the AWS CLI, are tried in tests/infra/test_how_to.py, with Terraform.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.command import run, tool
from tests.existing.conftest import FERRIES, LINE
from tests.render import ROOT, commit, git, render

from . import test_docs
from .how_to import PAGES, blocks, commands, manifests, named, read

SHOP = ROOT / "examples/shop"

RUN_BY = test_docs.RUN_BY | {
    "aws acm": "tests/infra/test_how_to.py",
    "aws ec2": "tests/infra/test_how_to.py",
    "aws ecs describe-services": "tests/infra/test_how_to.py",
    "aws s3 sync": "tests/infra/test_how_to.py",
    "aws ssm": "tests/infra/test_how_to.py",
    "tasks=$(aws ssm": "tests/infra/test_how_to.py",
    "composer": "tests/existing/test_composer.py",
    "copier update": "tests/update/test_page.py",
    "curl": "tests/docs/test_switching_over.py",
    "docker build": "tests/image/test_build.py",
    "docker buildx create": "tests/image/test_build.py",
    "docker history": "tests/image/test_build.py",
    "docker run": "tests/image/test_build.py",
    "echo /.npmrc": "",
    "php artisan --version": "tests/image/test_build.py",
    "rm -rf infra/.terraform": "tests/docs/test_how_to.py",
    "vendor/bin/phpunit tests/Ecs": "tests/existing/test_phpunit.py",
}
"""How a documented command begins → where it is run."""

QUOTED = {
    "existing-application": ["App\\Ecs\\EcsServiceProvider is not registered"],
    "own-network": ["Missing:"],
    "own-database": ["The password of your database is missing", "Missing:", "docker/rds-ca.pem"],
    "another-queue": ["kind: missing", "Fargate has", "QUEUE_TIMEOUT is "],
    "private-registry": ["There are changes that no commit has ("],
    "private-packages-in-the-pipeline": ["There are changes that no commit has ("],
    "laravel-12": [
        "The queues could not be measured",
        "LostConnectionDetector",
        "pendingSize(",
        "reservedSize(",
    ],
}
"""What a page says that one sees, or that the code needs → it stands in what is rendered."""


def parameters(kind: str) -> list[str]:
    """The parameters that `bin/ecs platform` asks a team for."""
    script = (SHOP / "bin/ecs.d/platform.sh").read_text(encoding="utf-8")
    found = re.search(rf"!= {kind} ] \|\| printf \'%s \' (.*)$", script, re.MULTILINE)
    assert found, kind
    return found[1].split()


def usage() -> dict[str, str]:
    """Command of `bin/ecs` → its line of usage, and what it says of its options."""
    page = (SHOP / "docs/ecs/commands.md").read_text(encoding="utf-8")
    return {part.partition("\n")[0]: part for part in page.split("\n## ")[1:]}


# ── The pages ────────────────────────────────────────────────────────────────────────────────────


def test_the_index_names_every_page() -> None:
    linked = re.findall(r"\]\(([\w-]+)\.md\)", read("index"))
    assert sorted([*linked, "index"]) == PAGES


@pytest.mark.parametrize("page", [page for page in PAGES if page != "index"])
def test_a_page_says_what_for_what_with_how_and_what_then(page: str) -> None:
    text = read(page)
    assert re.match(r"# .+\n\nGoal: ", text)
    titles = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert [
        title for title in ("How to see that it worked", "What can go wrong") if title not in titles
    ] == []
    assert re.search(r"^1\. ", text, re.MULTILINE), "numbered steps"


# ── What is typed ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_run_somewhere(page: str) -> None:
    unknown = [line for line in commands(page) if not any(line.startswith(known) for known in RUN_BY)]
    assert not unknown, f"name the test that runs it in RUN_BY: {unknown}"


def test_the_tests_named_there_exist_and_every_command_is_on_a_page() -> None:
    own = {known: where for known, where in RUN_BY.items() if known not in test_docs.RUN_BY}
    for where in own.values():
        path = where.split(",")[0]
        if path.startswith("tests/"):
            assert (ROOT / path).exists(), path
    typed = [line for page in PAGES for line in commands(page)]
    assert [known for known in own if not any(line.startswith(known) for line in typed)] == []


@pytest.mark.parametrize("page", PAGES)
def test_bin_ecs_knows_every_command_and_option(page: str) -> None:
    known = usage()
    typed = [part for line in commands(page) + named(page) for part in re.findall(r"bin/ecs [^|`]*", line)]
    for line in typed:
        command, *rest = line.split(" -- ")[0].split()[1:]
        assert command in known, line
        options = {word.rstrip(",.") for word in rest if word.startswith("--")}
        assert options <= set(re.findall(r"--[a-z-]+", known[command])), line


# ── What is written ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", PAGES)
def test_every_manifest_is_one_of_the_rendering(page: str) -> None:
    for environment, added in manifests(page).items():
        manifest = yaml.safe_load(
            (SHOP / f"infra/environments/{environment}.yml").read_text(encoding="utf-8")
        )
        assert added.keys() <= manifest.keys()


@pytest.fixture(scope="module")
def renderings(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The example, and the same for GitLab; the second is taken for files that only it has."""
    folder = tmp_path_factory.mktemp("how-to")
    shutil.copytree(SHOP, folder / "github")
    return [commit(folder / "github"), commit(render(folder / "gitlab", project_name="Shop", ci="gitlab"))]


CHANGED = re.compile(r"^\+\+\+ b/(.*)$", re.MULTILINE)
FILE = re.compile(r"^(?=--- a/)", re.MULTILINE)

PACKAGE = re.compile(r"^        ([a-z][a-z0-9.+-]+) \\$", re.MULTILINE)
PACKAGE_ADDED = re.compile(r"^\+ {8}(\S+)", re.MULTILINE)

LINTERS: dict[str, list[str | Path]] = {
    "Dockerfile": [tool("hadolint"), "--failure-threshold=info"],
    "compose.yaml": [tool("check-jsonschema"), "--builtin-schema=vendor.compose-spec"],
    ".gitlab-ci.yml": [
        tool("check-jsonschema"),
        "--builtin-schema=vendor.gitlab-ci",
        "--data-transform=gitlab-ci",
    ],
    ".github": [tool("check-jsonschema"), "--builtin-schema=vendor.github-workflows"],
}
"""A file, or the folder it is in → what finds that a change to it makes no sense."""


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "diff")])
def test_every_change_fits_and_leaves_a_sound_file(page: str, renderings: list[Path], tmp_path: Path) -> None:
    for block in blocks(page, "diff"):
        changed = CHANGED.findall(block.text)
        [project] = [p for p in renderings if all((p / path).exists() for path in changed)][:1]
        try:
            for part in FILE.split(block.text)[1:]:
                patch = tmp_path / "patch"
                patch.write_text(part, encoding="utf-8")
                git(project, "apply", str(patch))
            assert sorted(git(project, "diff", "--name-only").split()) == sorted(changed)
            if "Dockerfile" in changed:
                listed = PACKAGE.findall((project / "Dockerfile").read_text(encoding="utf-8"))
                assert listed == sorted(listed)
                assert [name for name in PACKAGE_ADDED.findall(block.text) if name not in listed] == []
            for path in changed:
                run([*LINTERS[path.partition("/")[0]], project / path], project)
                if path.endswith((".yml", ".yaml")):
                    run([tool("yamllint"), "--strict", "-c", ROOT / ".yamllint.yml", project / path], project)
        finally:
            git(project, "checkout", "--", ".")


def test_a_change_that_does_not_fit_is_found(renderings: list[Path], tmp_path: Path) -> None:
    [first, *_] = blocks("another-queue", "diff")
    patch = tmp_path / "wrong.patch"
    patch.write_text(first.text.replace("CONTAINER_MODE: queue", "CONTAINER_MODE: worker"), encoding="utf-8")
    run(["git", "apply", patch], renderings[0], fails=True)


def test_the_files_that_pass_the_password_are_those_which_call_the_build_and_the_checks() -> None:
    workflows = SHOP / ".github/workflows"
    callers = [
        path.name
        for path in sorted(workflows.iterdir())
        if re.search(
            r"uses: \./\.github/workflows/(build-image|checks)\.yml", path.read_text(encoding="utf-8")
        )
    ]
    assert callers == ["ci.yml", "deploy.yml"]
    assert [name for name in callers if f"`{name}`" not in read("private-packages-in-the-pipeline")] == []


# ── What the pages say of the project ────────────────────────────────────────────────────────────


def test_the_parameters_of_a_team_are_those_that_the_platform_asks_for() -> None:
    for page, kind in (("own-network", "existing"), ("own-database", "external")):
        written = re.findall(r"/platform/(\w+) --value", read(page))
        assert sorted(written) == sorted(parameters(kind))
    assert "/platform/certificate_arn --value" in read("switching-over")


def test_the_lines_to_add_are_those_that_are_looked_for() -> None:
    provider, health = (block.text.strip() for block in blocks("existing-application", "php"))
    assert provider == LINE
    doctor = (SHOP / "bin/ecs.d/doctor.sh").read_text(encoding="utf-8")
    assert "health: *['\\\"]/up['\\\"]" in doctor
    assert re.match(r"health: *['\"]/up['\"]", health)


def test_the_way_back_leaves_nothing_that_stops_the_next_copy(tmp_path: Path) -> None:
    project = tmp_path / "ferries"
    shutil.copytree(FERRIES, project)
    commit(project)
    render(project)
    downloaded = project / "infra/.terraform/plugins"
    downloaded.mkdir(parents=True)
    (downloaded / "provider").touch()
    assert "infra/.terraform" not in git(project, "status", "--porcelain", "--untracked-files=all"), "ignored"
    back = commands("existing-application")[-2:]
    run(["sh", "-euc", "\n".join(back)], project)
    assert git(project, "status", "--porcelain", "--ignored") == ""
    assert not (project / "infra").exists()


def test_what_nobody_has_to_set_is_set() -> None:
    [first, second] = re.findall(
        r"^ *\| (.*) \| nowhere: the platform|^ *\| (.*) \| nowhere: made up",
        read("existing-application"),
        re.MULTILINE,
    )
    tasks = (SHOP / "infra/tasks/environment.tf").read_text(encoding="utf-8")
    assert [
        name
        for name in re.findall(r"`(\w+)`", first[0])
        if not re.search(rf"^ +{name} +=", tasks, re.MULTILINE)
    ] == []
    checks = (SHOP / "infra/manifest/checks.tf").read_text(encoding="utf-8")
    required = re.search(r"required_secrets = \[(.*)\]", checks)
    assert required
    assert re.findall(r"`(\w+)`", second[1]) == re.findall(r'"(\w+)"', required[1])


def test_a_workers_keys_are_those_of_the_manifest() -> None:
    checks = (SHOP / "infra/manifest/checks.tf").read_text(encoding="utf-8")
    rules = re.findall(r"^    (?:task|service|queue) = \{\n(.*?)^    \}", checks, re.MULTILINE | re.DOTALL)
    keys = {key for rule in rules for key in re.findall(r"^ +(\w+) += \{", rule, re.MULTILINE)}
    table = re.findall(r"^ *\| (`.*?) \| ", read("another-queue"), re.MULTILINE)
    described = {name for row in table for name in re.findall(r"`([a-z_]+)`", row)}
    assert keys - {"kind"} <= described


@pytest.mark.parametrize("page", QUOTED)
def test_what_a_page_quotes_is_what_is_said(page: str) -> None:
    files = [path for path in SHOP.rglob("*") if path.suffix in (".php", ".sh", ".tf")]
    rendered = "".join(path.read_text(encoding="utf-8") for path in files)
    assert [text for text in QUOTED[page] if text.rstrip("(") not in read(page) or text not in rendered] == []
