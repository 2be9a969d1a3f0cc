"""`bin/ecs` without AWS: how it is called, what it refuses, and that it runs where Bash is old.

The AWS CLI and Terraform are stand-ins here that note how they were called. With the real ones and an
emulator, test_lifecycle.py and test_faults.py run whole releases.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.command import run
from tests.render import ROOT, commit, git

from .project import hear_ctrl_c

BIN = ROOT / "template/bin"
COMMANDS = sorted(path.stem for path in (BIN / "ecs.d").glob("*.sh"))
SCRIPTS = [BIN / "ecs", *sorted((BIN / "ecs.d").rglob("*.sh"))]

ACCOUNT = "111122223333"
DIGEST = f"sha256:{'a' * 64}"

BASH = shutil.which(os.environ.get("BASH_32", "bash"))
"""What runs it: any Bash, or the old one that BASH_32 names."""

BASICS = (
    "awk base64 bash cat chmod comm cp cut date dirname env grep head ls mkdir "
    "mktemp rm sed sh sleep sort tail tr uname wc"
)
"""What every Unix has."""

STAND_IN = """#!/bin/sh
# Notes its arguments and, where it is told to read it, its standard input; says what is laid out for it.
folder={folder}
for argument; do printf '%s\\037' "$argument"; done >> "$folder/calls"
printf '\\n' >> "$folder/calls"
case " $* " in *' file:///dev/stdin '*) cat >> "$folder/input" ;; *' console '*) cat > /dev/null ;; esac
if [ -f "$folder/$1.$2.error" ]; then cat "$folder/$1.$2.error" >&2; exit 254; fi
if [ -f "$folder/$1.$2" ]; then cat "$folder/$1.$2"; fi
"""


def occurred(code: str, message: str = "no") -> str:
    """An error as the AWS CLI prints it."""
    return f"An error occurred ({code}) when calling the Some operation: {message}"


@dataclass
class Shell:
    """A copy of a rendering, and a PATH with stand-ins."""

    project: Path
    tools: Path
    answers: Path
    variables: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `bin/ecs` as a terminal does, so that Ctrl-C reaches all that it has started."""
        return subprocess.Popen(
            [str(BASH), self.project / "bin/ecs", *arguments],
            cwd=self.project,
            env={"PATH": str(self.tools), "ECS_POLL_SECONDS": "1"} | self.variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=hear_ctrl_c,  # noqa: PLW1509 - it takes no lock
        )

    def ecs(self, *arguments: str, code: int = 0, given: str = "") -> str:
        """Run `bin/ecs` and return what it prints, errors included."""
        process = self.start(*arguments)
        said, _ = process.communicate(given)
        assert process.returncode == code, f"{arguments} ended with {process.returncode}:\n{said}"
        return said

    def answer(self, call: str, text: str) -> None:
        """What a stand-in prints when it is called with these two words; with `.error`, how it fails."""
        (self.answers / call.replace(" ", ".")).write_text(text)

    def refuse(self, call: str, code: str, message: str = "no") -> None:
        self.answer(f"{call}.error", f"\n{occurred(code, message)}\n")

    def tool(self, name: str) -> None:
        script = self.tools / name
        script.write_text(STAND_IN.format(folder=shlex.quote(str(self.answers))))
        script.chmod(0o755)

    @property
    def calls(self) -> list[list[str]]:
        """How the stand-ins were called."""
        noted = self.answers / "calls"
        lines = noted.read_text().split("\037\n") if noted.exists() else []
        return [line.split("\037") for line in lines if line]

    def called(self, *words: str) -> list[list[str]]:
        return [call for call in self.calls if call[: len(words)] == list(words)]


@pytest.fixture
def bare(rendered: Path, tmp_path: Path) -> Shell:
    """A project and a machine that has neither the AWS CLI nor Terraform."""
    project = tmp_path / "shop"
    shutil.copytree(rendered / "infra", project / "infra")
    shutil.copytree(rendered / "bin", project / "bin")
    shell = Shell(project, tmp_path / "tools", tmp_path / "answers")
    shell.tools.mkdir()
    shell.answers.mkdir()
    for name in BASICS.split():
        found = shutil.which(name)
        assert found, name
        (shell.tools / name).symlink_to(found)
    return shell


@pytest.fixture
def shell(bare: Shell) -> Shell:
    """The same with stand-ins, an account, and a platform."""
    manifest = bare.project / "infra/environments/staging.yml"
    manifest.write_text(manifest.read_text().replace('account_id: ""', f'account_id: "{ACCOUNT}"'))
    for name in ("aws", "terraform"):
        bare.tool(name)
    bare.answer("version ", "Terraform v1.11.4\non linux_amd64\n")
    bare.answer("sts get-caller-identity", f"{ACCOUNT}\tarn:aws:sts::{ACCOUNT}:assumed-role/admin/ann\n")
    contract = {
        "cluster_name": "shop-staging",
        "task_subnet_ids": "subnet-1,subnet-2",
        "task_security_group_id": "sg-1",
        "assign_public_ip": "DISABLED",
        "target_group_arn": "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/shop-staging/1",
        "url": "https://staging.shop.example.com",
    }
    bare.answer(
        "ssm get-parameters",
        "".join(f"/shop/staging/platform/{name}\t{value}\n" for name, value in contract.items()),
    )
    return bare


# ── Help ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_overview_names_every_command(bare: Shell) -> None:
    overview = bare.ecs("--help")
    listed = re.findall(r"^  (\w+) +[A-Z]", overview.partition("\nCommands:\n")[2], re.MULTILINE)
    assert sorted(listed) == COMMANDS
    assert bare.ecs() == bare.ecs("help") == overview


@pytest.mark.parametrize("command", COMMANDS)
def test_help_explains_every_option_and_no_other(bare: Shell, command: str) -> None:
    text = bare.ecs(command, "--help")
    assert text == bare.ecs(command, "staging", "-h")
    summary, _, usage, *rest = text.splitlines()
    assert re.fullmatch(r"[A-Z].*\.", summary)
    assert usage.startswith(f"  bin/ecs {command} ")
    assert "--dry-run" in usage
    explained = re.findall(r"^  (--[a-z-]+)", "\n".join(rest), re.MULTILINE)
    assert sorted(explained) == sorted(re.findall(r"\[(--[a-z-]+)", usage))
    assert max(map(len, text.splitlines())) <= 110


# ── Called wrongly ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["dance"], "There is no command 'dance'; there is: bootstrap, platform, secret,"),
        (["help", "dance"], "There is no command 'dance'; there is: bootstrap, platform, secret,"),
        (["deploy"], "ENVIRONMENT is missing."),
        (["deploy", "moon"], "There is no environment 'moon'; there is: production, staging."),
        (["bootstrap", "staging", "moon"], "There is no environment 'moon'"),
        (["deploy", "staging", "production"], "One argument too many: production"),
        (["deploy", "staging", "--force"], "There is no option --force."),
        (["deploy", "staging", "-f"], "There is no option -f."),
        (
            ["artisan", "staging", "db:seed", "--force"],
            "no option --force; what follows -- is the command's own.",
        ),
        (["deploy", "staging", "--image"], "--image needs a value."),
        (["logs", "staging"], "WORKLOAD is missing."),
        (["artisan", "staging", "--"], "COMMAND is missing."),
        (["secret", "staging"], "list|set|generate is missing."),
        (["secret", "staging", "take", "A"], "list, set or generate, not 'take'."),
        (["secret", "staging", "set"], "Which secret?"),
        (["secret", "staging", "set", "mail-password"], "not 'mail-password'."),
        (["destroy", "staging", "--yes"], "--yes needs a value."),
    ],
    ids=" ".join,
)
def test_a_wrong_call_is_refused_before_anything_is_asked(
    shell: Shell, arguments: list[str], says: str
) -> None:
    said = shell.ecs(*arguments, code=64)
    assert said.startswith("error: ")
    assert says in said.splitlines()[0]
    assert shell.calls == []


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "soon"])
def test_a_wait_is_a_whole_number_of_seconds(shell: Shell, value: str) -> None:
    shell.variables["ECS_TIMEOUT_SECONDS"] = value
    assert "ECS_TIMEOUT_SECONDS must be a whole number" in shell.ecs("role", "staging", code=64)


def test_an_option_may_stand_anywhere_and_be_written_with_an_equals_sign(shell: Shell) -> None:
    one = shell.ecs("logs", "staging", "web", "--since", "2h", "--dry-run")
    assert one == shell.ecs("logs", "--dry-run", "--since=2h", "staging", "web")
    assert "--since 2h" in one


# ── What is missing ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["status", "staging"], "aws is not installed: get the AWS CLI 2 from https://"),
        (["deploy", "staging"], "terraform is not installed: get Terraform from https://"),
        (["validate"], "terraform is not installed"),
    ],
    ids=["aws", "terraform", "validate"],
)
def test_a_missing_tool_is_named_with_where_to_get_it(bare: Shell, arguments: list[str], says: str) -> None:
    manifest = bare.project / "infra/environments/staging.yml"
    manifest.write_text(manifest.read_text().replace('account_id: ""', f'account_id: "{ACCOUNT}"'))
    said = bare.ecs(*arguments, code=1)
    assert says in said
    assert said.count("error: ") == 1


@pytest.mark.parametrize(
    "command", ["build", "deploy", "rollback", "migrate", "status", "role", "unlock", "destroy"]
)
def test_an_environment_without_an_account_comes_after_bootstrap(shell: Shell, command: str) -> None:
    said = shell.ecs(command, "production", code=1)
    assert said == "error: production has no AWS account yet: run bin/ecs bootstrap production first.\n"
    assert shell.called("sts") == []


def test_an_environment_without_a_platform_comes_after_platform(shell: Shell) -> None:
    shell.answer("ssm get-parameters", "")
    assert "run bin/ecs platform staging first." in shell.ecs("migrate", "staging", code=1)
    shell.answer("ssm get-parameters", "/shop/staging/platform/cluster_name\tshop-staging\n")
    said = shell.ecs("migrate", "staging", code=1)
    assert "/shop/staging/platform/task_subnet_ids" in said
    assert "/shop/staging/platform/cluster_name" not in said


# ── What AWS refuses ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (occurred("ExpiredToken"), "have expired"),
        ("Error when retrieving token from sso: Token has expired and refresh failed", "have expired"),
        ("Unable to locate credentials. You can configure them", "There are no AWS credentials"),
        ("The config profile (acme) could not be found", "There are no AWS credentials"),
        (occurred("InvalidClientTokenId"), "does not know these"),
        (occurred("AccessDenied", "User is not authorized"), "may not do that: User is not authorized"),
        ('Could not connect to the endpoint URL: "https://sts.amazonaws.com/"', "cannot be reached"),
        (occurred("ThrottlingException", "Rate exceeded"), "Rate exceeded"),
    ],
    ids=["expired", "sso", "none", "profile", "unknown", "denied", "offline", "anything else"],
)
def test_what_aws_refuses_is_one_line(shell: Shell, error: str, says: str) -> None:
    shell.answer("sts get-caller-identity.error", f"\naws: [ERROR]: {error}\n")
    said = shell.ecs("status", "staging", code=1)
    assert said.startswith("error: ")
    assert says in said
    assert "[ERROR]" not in said
    assert len(said.splitlines()) == 1


def test_whoever_has_an_old_aws_cli_is_not_told_to_log_in_with_it(shell: Shell) -> None:
    shell.answer("sts get-caller-identity.error", "Unable to locate credentials. You can configure them\n")
    shell.answer("--version ", "aws-cli/1.45.11 Python/3.11.7\n")
    assert shell.ecs("bootstrap", code=1) == "error: The AWS CLI 1.45.11 is too old: install version 2.\n"


@pytest.mark.parametrize("command", ["platform", "build", "deploy", "migrate", "unlock", "destroy"])
def test_another_account_is_refused_with_both_names(shell: Shell, command: str) -> None:
    shell.answer("sts get-caller-identity", "999988887777\tarn:aws:iam::999988887777:user/ann\n")
    said = shell.ecs(command, "staging", code=1)
    assert f"lives in account {ACCOUNT}" in said
    assert "credentials of 999988887777" in said
    assert {call[0] for call in shell.calls} <= {"version", "sts"}


# ── What it prints ───────────────────────────────────────────────────────────────────────────────


def test_role_needs_neither_aws_nor_terraform(shell: Shell) -> None:
    for name in ("aws", "terraform"):
        (shell.tools / name).unlink()
    assert shell.ecs("role", "staging") == f"arn:aws:iam::{ACCOUNT}:role/shop-staging-deploy\n"
    assert shell.ecs("role", "staging", "--build") == f"arn:aws:iam::{ACCOUNT}:role/shop-build\n"


def test_github_gets_an_annotation_for_an_error(shell: Shell) -> None:
    shell.variables["GITHUB_ACTIONS"] = "true"
    assert shell.ecs("role", "production", code=1).startswith("::error::production has no AWS account yet")


COMMIT = "0123456789012345678901234567890123456789"


def checked_out(shell: Shell, *, changed: str = "", untracked: str = "") -> None:
    """A commit is checked out, with a file that it lacks in this form, or with a new one below infra."""
    script = f"""#!/bin/sh
case "$*" in
    *' status '*) printf '{changed}' ;;
    *' ls-files '*) printf '{untracked}' ;;
    *) echo {COMMIT} ;;
esac
"""
    shell.tool("git")
    (shell.tools / "git").write_text(script)


def test_a_build_that_is_there_is_only_named(shell: Shell, tmp_path: Path) -> None:
    checked_out(shell)
    shell.answer("ecr describe-images", f"{DIGEST}\n")
    shell.variables["GITHUB_OUTPUT"] = str(tmp_path / "output")
    assert shell.ecs("build", "staging", "--existing") == f"{DIGEST}\n"
    assert shell.ecs("build", "staging").splitlines()[-1] == DIGEST
    assert (tmp_path / "output").read_text() == f"digest={DIGEST}\n" * 2

    shell.refuse("ecr describe-images", "ImageNotFoundException")
    assert "There is no image of 0123456789" in shell.ecs("build", "staging", "--existing", code=1)
    assert shell.ecs("build", "staging", "--dry-run").startswith("would build 0123456789")


def test_what_no_commit_has_is_not_taken_for_built(shell: Shell) -> None:
    """Though the commit's image is there: a release of it would leave the changes out, unnoticed."""
    checked_out(shell, changed=" M app/Http/Kernel.php\\n")
    shell.answer("ecr describe-images", f"{DIGEST}\n")
    said = shell.ecs("build", "staging", code=1)
    assert "There are changes that no commit has (app/Http/Kernel.php)" in said
    assert shell.ecs("build", "staging", "--existing") == f"{DIGEST}\n"


@pytest.mark.parametrize(
    ("builds", "says"),
    [
        ("linux/amd64, linux/386", "docker run --privileged --rm tonistiigi/binfmt --install arm64"),
        ("linux/amd64*, linux/arm64*", "The image was pushed"),
        ("", "The image was pushed"),
    ],
    ids=["another processor", "this one", "a builder that does not say"],
)
def test_a_builder_for_another_processor_is_told_at_once(shell: Shell, builds: str, says: str) -> None:
    checked_out(shell)
    shell.tool("docker")
    shell.answer("buildx inspect", f"Driver:        docker\nPlatforms: {builds}\n" if builds else "")
    shell.answer("ecr describe-repositories", "111122223333.dkr.ecr.us-east-1.amazonaws.com/shop\n")
    assert says in shell.ecs("build", "staging", code=1)
    assert bool(shell.called("buildx", "build")) == ("pushed" in says)
    doctor = shell.ecs("doctor", "staging", code=1)
    assert ("✗ Docker, for building: Docker does not build for linux/arm64" in doctor) == ("binfmt" in says)


def test_doctor_finds_an_engine_that_does_not_run(shell: Shell) -> None:
    checked_out(shell)
    shell.tool("docker")
    assert "✓ Docker, for building" in shell.ecs("doctor", "staging", code=1)
    shell.answer("info .error", "Cannot connect to the Docker daemon\n")
    assert "✗ Docker, for building: Docker does not answer: start it" in shell.ecs(
        "doctor", "staging", code=1
    )


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "Dockerfile",
            "<<<<<<< before updating\nFROM a\n=======\n>>>>>>> after updating\n",
            "\nDockerfile:1:",
        ),
        ("Dockerfile.rej", "+a line\n", "\nDockerfile.rej\n"),
    ],
)
def test_what_an_update_left_is_found(shell: Shell, name: str, content: str, says: str) -> None:
    (shell.tools / "git").symlink_to(str(shutil.which("git")))
    commit(shell.project)
    assert "✓ merge\n" in shell.ecs("doctor", "staging", code=1)
    (shell.project / name).write_text(content)
    git(shell.project, "add", "--intent-to-add", name)
    for command in ("doctor", "validate"):
        said = shell.ecs(command, "staging", code=1)
        assert "These are conflicts that an update left, resolve them" in said
        assert says in said


def test_doctor_finds_what_would_get_into_the_image(shell: Shell) -> None:
    checked_out(shell)
    ignored = shell.project / ".dockerignore"
    assert "✗ .dockerignore: the file is missing" in shell.ecs("doctor", "staging", code=1)
    ignored.write_text(".git\nvendor\n.env\n")
    said = shell.ecs("doctor", "staging", code=1)
    assert "✗ .dockerignore: an image would hold auth.json, .npmrc, bootstrap/cache: add these" in said
    shutil.copy(ROOT / "template/.dockerignore", ignored)
    assert "✓ .dockerignore\n" in shell.ecs("doctor", "staging", code=1)


@pytest.mark.parametrize(
    ("version", "says"),
    [
        (
            "v11.45.1",
            "✗ composer.lock: Laravel 11.45.1 is too old: composer require laravel/framework:^12.22",
        ),
        ("v12.9.0", "✗ composer.lock: Laravel 12.9.0 is too old"),
        ("v12.21.0", "✗ composer.lock: Laravel 12.21.0 is too old"),
        ("v12.22.0", "✓ composer.lock: Laravel 12.22.0\n"),
        ("v13.2.1", "✓ composer.lock: Laravel 13.2.1\n"),
    ],
)
def test_doctor_looks_at_the_version_of_laravel(shell: Shell, version: str, says: str) -> None:
    checked_out(shell)
    packages = [
        {"name": "brick/math", "version": "1.0.0"},
        {"name": "laravel/framework", "version": version},
        {"name": "monolog/monolog", "version": "3.0.0"},
    ]
    (shell.project / "composer.lock").write_text(json.dumps({"packages": packages}, indent=4))
    assert says in shell.ecs("doctor", "staging", code=1)


def test_doctor_says_how_a_repository_begins(shell: Shell) -> None:
    (shell.tools / "git").symlink_to(str(shutil.which("git")))
    (shell.project / ".gitlab-ci.yml").write_text("test: {}\n")
    said = shell.ecs("doctor", "staging", code=1)
    assert "✗ git: This is no git repository yet: git init --initial-branch main && git add --all" in said
    assert "fatal" not in said
    assert "branch main:" not in said


def test_doctor_finds_a_pin_of_the_provider_that_no_commit_has(shell: Shell) -> None:
    checked_out(shell, untracked="infra/tasks/.terraform.lock.hcl\\n")
    said = shell.ecs("doctor", "staging", code=1)
    assert "✗ infra/*/.terraform.lock.hcl: no commit has infra/tasks/.terraform.lock.hcl" in said
    checked_out(shell)
    assert "✓ infra/*/.terraform.lock.hcl" in shell.ecs("doctor", "staging", code=1)


def test_doctor_looks_at_the_environment_that_is_named_and_at_no_other(shell: Shell) -> None:
    checked_out(shell)
    said = shell.ecs("doctor", "staging", code=1)
    assert "\nstaging\n" in said
    assert "production" not in said
    assert "\nproduction\n" in shell.ecs("doctor", code=1)


def test_doctor_finds_a_dockerfile_that_is_not_the_template_s(shell: Shell) -> None:
    checked_out(shell)
    assert "✗ Dockerfile: the file is missing" in shell.ecs("doctor", code=1)
    (shell.project / "Dockerfile").write_text("# not docker/entrypoint.sh\nFROM php:8.4-apache\n")
    assert "✗ Dockerfile: it does not start docker/entrypoint.sh" in shell.ecs("doctor", code=1)
    (shell.project / "Dockerfile").write_text('ENTRYPOINT ["/app/docker/entrypoint.sh"]\n')
    assert "✓ Dockerfile" in shell.ecs("doctor", code=1)


def test_doctor_finds_what_keeps_the_pipeline_from_deploying(shell: Shell) -> None:
    project = shell.project
    (shell.tools / "git").symlink_to(str(shutil.which("git")))
    (project / "composer.json").write_text('{"scripts": {"dev": "true"}}\n')
    commit(project)
    git(project, "branch", "--move", "master")
    assert "branch main" not in shell.ecs("doctor", code=1), "there is no pipeline"

    (project / ".gitlab-ci.yml").write_text("test: {}\n")
    said = shell.ecs("doctor", code=1)
    assert "✗ branch main: there is none, and the pipeline deploys from nowhere else: git branch" in said
    assert "✗ script test in composer.json: the pipeline runs it: add" in said

    git(project, "branch", "--move", "main")
    (project / "composer.json").write_text('{"scripts": {"test": "phpunit"}}\n')
    said = shell.ecs("doctor", code=1)
    assert "✓ branch main" in said
    assert "✓ script test in composer.json" in said


def test_doctor_says_whose_credentials_there_are_before_there_is_an_account(shell: Shell) -> None:
    checked_out(shell)
    assert "✓ AWS credentials: arn:aws:" in shell.ecs("doctor", code=1)
    shell.refuse("sts get-caller-identity", "InvalidClientTokenId")
    said = shell.ecs("doctor", code=1)
    assert "- AWS credentials: AWS does not know these credentials in us-east-1: log in again" in said
    assert "if the account has not enabled us-east-1 yet" in said
    assert "- not signed in to AWS: nothing there was looked at" in said


# ── Who one is ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "session", ["login_session = arn:aws:iam::111122223333:user/ann", "sso_session = acme"]
)
def test_terraform_asks_the_aws_cli_for_a_session_of_aws_login(
    shell: Shell, tmp_path: Path, session: str
) -> None:
    """And for no other one: those it knows, and renews by itself."""
    config = tmp_path / "a config"
    config.write_text(f"[profile ann]\n{session}\n")
    shell.variables |= {"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "ann"}
    shell.answer("configure get", "arn:aws:iam::111122223333:user/ann\n")
    noted = shell.answers / "terraform"
    terraform = shell.tools / "terraform"
    terraform.write_text(
        terraform.read_text() + f'echo "$AWS_PROFILE" > {noted}; cat "$AWS_CONFIG_FILE" >> {noted}\n'
    )
    shell.ecs("bootstrap", "staging", "--dry-run")
    if session.startswith("sso"):
        assert noted.read_text() == f"ann\n{config.read_text()}"
        return
    profile, section, setting = noted.read_text().splitlines()
    assert (profile, section) == ("bin-ecs", "[profile bin-ecs]")
    run(
        ["sh", "-c", setting.removeprefix("credential_process = ")],
        ROOT,
        environment={"PATH": str(shell.tools)},
    )
    assert shell.calls[-1] == ["configure", "export-credentials", "--profile", "ann", "--format", "process"]


# ── Tasks that run once ──────────────────────────────────────────────────────────────────────────

TASK = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/shop-staging/0123456789abcdef"


def play(shell: Shell, *, stopped: str) -> None:
    shell.answer("ecs run-task", f"{TASK}\tNone\n")
    shell.answer("ecs describe-tasks", f"STOPPED\t{stopped}\n")
    shell.answer("logs get-log-events", "f/1\nhello from the task\n")


def test_artisan_hands_on_arguments_output_and_exit_code(shell: Shell) -> None:
    play(shell, stopped="EssentialContainerExited\t7\tEssential container in task exited")
    words = ["report:send", "--to=a b", 'it\'s "quoted"', "back\\slash", "a\ttab", "zwölf", "two\nlines", ""]
    said = shell_with_one_log(shell).ecs("artisan", "staging", "--", *words, code=7)
    assert "hello from the task\n" in said
    assert "ended with exit code 7" in said
    (call,) = shell.called("ecs", "run-task")
    overrides = json.loads(call[call.index("--overrides") + 1])
    assert overrides == {"containerOverrides": [{"name": "artisan", "command": words}]}
    network = call[call.index("--network-configuration") + 1]
    assert "subnets=[subnet-1,subnet-2],securityGroups=[sg-1],assignPublicIp=DISABLED" in network


def shell_with_one_log(shell: Shell) -> Shell:
    """CloudWatch gives the lines once, then none: the stand-in forgets them after the first call."""
    script = shell.tools / "aws"
    script.write_text(script.read_text() + '[ "$2" != get-log-events ] || echo f/1 > "$folder/$1.$2"\n')
    return shell


@pytest.mark.parametrize(
    ("stopped", "code", "says"),
    [
        ("EssentialContainerExited\t0\tno more", 0, "migrate: done."),
        ("EssentialContainerExited\t75\tno more", 75, "ended with exit code 75"),
        ("TaskFailedToStart\tNone\tCannotPullContainerError", 1, "migrate never started (TaskFailedToStart)"),
    ],
    ids=["done", "another one runs", "never started"],
)
def test_migrate_ends_as_its_task_does(shell: Shell, stopped: str, code: int, says: str) -> None:
    play(shell, stopped=stopped)
    assert says in shell_with_one_log(shell).ecs("migrate", "staging", code=code)


def test_a_task_that_writes_no_log_is_no_error(shell: Shell) -> None:
    play(shell, stopped="EssentialContainerExited\t0\tEssential container in task exited")
    shell.refuse("logs get-log-events", "ResourceNotFoundException", "The stream does not exist.")
    assert "migrate: done." in shell.ecs("migrate", "staging")


def test_a_task_that_cannot_be_placed_is_told(shell: Shell) -> None:
    shell.answer("ecs run-task", "None\tRESOURCE:ENI\n")
    assert "migrate did not start: RESOURCE:ENI." in shell.ecs("migrate", "staging", code=1)


@pytest.mark.parametrize(("command", "stops"), [("artisan", True), ("migrate", False)])
def test_ctrl_c_stops_a_command_and_lets_a_migration_end(shell: Shell, command: str, stops: bool) -> None:
    play(shell, stopped="no")
    shell.answer("ecs describe-tasks", "RUNNING\tNone\tNone\tNone\n")
    process = shell.start(command, "staging", *(["--", "queue:work"] if stops else []))
    while len(shell.called("ecs", "describe-tasks")) < 2:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate()
    assert process.returncode == 130
    stopped = shell.called("ecs", "stop-task")
    assert [call[call.index("--task") + 1] for call in stopped] == ([TASK] if stops else [])
    assert ("is being stopped" if stops else "The migration goes on") in said


# ── Secrets ──────────────────────────────────────────────────────────────────────────────────────


def test_a_secret_is_in_no_argument_and_in_no_message(shell: Shell) -> None:
    value = 'p4ss"w\\ord\nof two lines'
    said = shell.ecs("secret", "staging", "set", "MAIL_PASSWORD", given=value + "\n")
    assert (shell.answers / "input").read_text() == value
    assert "p4ss" not in (shell.answers / "calls").read_text()
    assert "p4ss" not in said
    assert "takes effect with the next deploy" in said
    (call,) = shell.called("ssm", "put-parameter")
    assert "/shop/staging/secrets/MAIL_PASSWORD" in call
    assert "SecureString" in call
    assert "--overwrite" in call


def test_an_empty_secret_is_refused(shell: Shell) -> None:
    assert "An empty value" in shell.ecs("secret", "staging", "set", "MAIL_PASSWORD", code=1)
    assert shell.called("ssm", "put-parameter") == []


def test_app_key_is_not_replaced_without_a_yes(shell: Shell) -> None:
    shell.answer("ssm describe-parameters", "/shop/staging/secrets/APP_KEY\n")
    assert "--yes" in shell.ecs("secret", "staging", "set", "APP_KEY", given="base64:x", code=1)
    assert shell.called("ssm", "put-parameter") == []
    shell.ecs("secret", "staging", "set", "APP_KEY", "--yes", given="base64:x")
    assert len(shell.called("ssm", "put-parameter")) == 1


@pytest.mark.parametrize(
    ("name", "pattern"), [("APP_KEY", r"base64:[A-Za-z0-9+/]{43}="), ("TOKEN", r"[A-Za-z0-9]{40}")]
)
def test_a_secret_that_is_made_up_replaces_none_without_a_yes(shell: Shell, name: str, pattern: str) -> None:
    shell.ecs("secret", "staging", "generate", name)
    assert re.fullmatch(pattern, (shell.answers / "input").read_text())
    assert "--overwrite" not in shell.called("ssm", "put-parameter")[0]
    shell.answer("ssm describe-parameters", f"/shop/staging/secrets/{name}\n")
    assert "is there already" in shell.ecs("secret", "staging", "generate", name, code=1)
    assert len(shell.called("ssm", "put-parameter")) == 1
    shell.ecs("secret", "staging", "generate", name, "--yes")
    assert "--overwrite" in shell.called("ssm", "put-parameter")[1]


# ── Nothing changes without a yes, and nothing in a dry run ──────────────────────────────────────

LOCK = '{"who": "ann", "host": "laptop", "since": "now", "command": "deploy staging"}'
READS = re.compile(r"(get|list|describe|head)-|tail$")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["bootstrap"], "would prepare account"),
        (["migrate", "staging"], "would run the task shop-staging-migrate"),
        (["artisan", "staging", "--", "inspire"], "would run: php artisan inspire"),
        (["logs", "staging", "web"], "would show /ecs/shop-staging-web"),
        (["secret", "staging", "set", "A"], "would set /shop/staging/secrets/A"),
        (["secret", "staging", "generate", "A"], "would make up /shop/staging/secrets/A"),
        (["unlock", "staging"], "would remove these locks"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_dry_run_says_what_would_be_done_and_only_reads(
    shell: Shell, arguments: list[str], says: str
) -> None:
    shell.answer("ssm get-parameter", LOCK)
    shell.refuse("s3api head-bucket", "404")
    dry = [*arguments[:2], "--dry-run", *arguments[2:]] if len(arguments) > 1 else [*arguments, "--dry-run"]
    assert says in shell.ecs(*dry, given="x")
    aws = [call for call in shell.calls if not call[0].startswith(("-chdir", "version"))]
    assert [call for call in aws if not READS.match(call[1])] == []


def test_a_question_that_nobody_answers_stops(shell: Shell) -> None:
    shell.answer("ssm get-parameter", LOCK)
    said = shell.ecs("unlock", "staging", code=1)
    assert "ann on laptop, deploy staging, since now" in said
    assert "Repeat the command with --yes." in said
    assert shell.called("ssm", "delete-parameter") == []
    shell.ecs("unlock", "staging", "--yes")
    assert len(shell.called("ssm", "delete-parameter")) == 1


def test_bootstrap_fills_in_the_account_and_leaves_the_rest_alone(shell: Shell) -> None:
    production = shell.project / "infra/environments/production.yml"
    before = production.read_text()
    script = "ROOT=$PWD; for file in bin/ecs.d/lib/*.sh; do . $file; done; write_account_id production "
    run([str(BASH), "-euc", script + ACCOUNT], shell.project)
    assert production.read_text() == before.replace('account_id: ""', f'account_id: "{ACCOUNT}"')


# ── Pipes ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reader", ["has_line a", "has_match '^a'", "first_line"])
def test_a_writer_that_is_slow_gets_no_sigpipe(shell: Shell, reader: str) -> None:
    """With `grep -q` it does, now and then, and a secret that is there counts as missing."""
    done = part(shell, f"slow() {{ printf 'a\\n'; sleep 0.2; printf 'b\\n'; }}; slow | {reader}")
    assert done.returncode == 0


@pytest.mark.parametrize("reader", ["has_line c", "has_line a.", "has_line ''", "has_match '^b$'"])
def test_what_is_not_there_is_not_found(shell: Shell, reader: str) -> None:
    assert part(shell, f"printf 'ab\\nbc\\n' | {reader}").returncode == 1


# ── What Terraform says ──────────────────────────────────────────────────────────────────────────


def part(shell: Shell, script: str) -> subprocess.CompletedProcess[str]:
    """Run functions of `bin/ecs` alone, by a script that finds them."""
    sources = 'ROOT=$PWD; for file in bin/ecs.d/lib/*.sh bin/ecs.d/platform.sh; do . "$file"; done; '
    return subprocess.run(
        [str(BASH), "-euo", "pipefail", "-c", sources + script],
        cwd=shell.project,
        env={"PATH": str(shell.tools), "SCRATCH": str(shell.answers)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('["main"] must be replaced', 1),
        ('["main"]\x1b[0m must be \x1b[31mreplaced\x1b[0m', 1),
        ('["main"] will be destroyed', 1),
        ('["main"] is tainted, so must be replaced', 1),
        ('["main"] will be updated in-place', 0),
        ('["cache"] must be replaced', 0),
    ],
)
def test_the_jobs_of_a_protected_environment_are_not_thrown_away(shell: Shell, said: str, code: int) -> None:
    said = f"  # aws_elasticache_replication_group.valkey{said}"
    log = shell.project / "infra/.terraform/production/platform.log"
    log.parent.mkdir(parents=True)
    log.write_text(f"{said}\n" + "x\n" * 100_000, encoding="utf-8")  # more than a pipe holds
    done = part(shell, "ENVIRONMENT=production; refuse_loss")
    assert done.returncode == code, done.stderr
    assert ("production is protected, and that would throw away Valkey" in done.stderr) == bool(code)
    assert (
        part(shell, "ENVIRONMENT=production; manifest_value() { printf false; }; refuse_loss").returncode == 0
    )


def test_a_zone_that_is_not_there_is_told_with_where_to_correct_it(shell: Shell) -> None:
    shell.answer("route53 list-hosted-zones-by-name", "None\n")
    done = part(
        shell,
        f"ACCOUNT_ID={ACCOUNT} ENVIRONMENT=staging DOMAIN=example.co.uk ZONE=co.uk; require_hosted_zone",
    )
    assert done.returncode == 1
    assert "no public zone co.uk" in done.stderr
    assert "correct hosted_zone in infra/environments/staging.yml" in done.stderr


def test_the_free_plan_is_told_in_one_line(shell: Shell) -> None:
    log = shell.project / "platform.log"
    log.write_text(
        "╷\n│ Error: creating RDS DB Instance (shop-staging): operation error RDS: CreateDBInstance, https "
        "response error StatusCode: 400, api error FreeTierRestrictionError: The specified backup retention "
        "period exceeds the maximum available to free tier customers.\n",
        encoding="utf-8",
    )
    done = part(shell, f"ACCOUNT_ID={ACCOUNT}; terraform_problem platform {log}")
    assert (
        "AWS's Free plan allows no such database: move account 111122223333 to the Paid plan" in done.stderr
    )
    assert len(done.stderr.splitlines()) == 1


# ── Where it runs ────────────────────────────────────────────────────────────────────────────────

NEWER = {
    "an associative array": (r"\b(declare|local|typeset) -[a-z]*A", "declare -A names"),
    "a reference": (r"\b(declare|local|typeset) -[a-z]*n\b", "local -n name=$1"),
    "a global from a function": (r"\bdeclare -[a-z]*g", "declare -g X=1"),
    "mapfile": (r"\b(mapfile|readarray)\b", "mapfile -t lines"),
    "a case conversion": (r"\$\{\w+(\[[^]]*\])?(\^|,)", "echo ${name,,}"),
    "a transformation": (r"\$\{\w+(\[[^]]*\])?@[A-Za-z]\}", "echo ${name@Q}"),
    "stderr in a pipe": (r"\|&", "a |& b"),
    "appending both outputs": (r"&>>", "a &>> b"),
    "falling through a case": (r";;?&", ";;&"),
    "a coprocess": (r"\bcoproc\b", "coproc a"),
    "a test for being set": (r"\[\[ -v ", "[[ -v NAME ]]"),
    "a negative index": (r"\$\{\w+\[-\d", "echo ${names[-1]}"),
    "a negative length": (r"\$\{\w+:[^}]*: *-\d", "echo ${name:1:-1}"),
    "a file descriptor by name": (r"\{\w+\}[<>]", "exec {file}< a"),
    "a clock of Bash's own": (r"\bEPOCH(SECONDS|REALTIME)\b|%\([^)]*\)T", "echo $EPOCHSECONDS"),
    "waiting for any": (r"\bwait -n\b", "wait -n"),
    "a prompt with a text": (r"\bread -[a-z]*i\b", "read -ei text"),
    "a time-out of part of a second": (r"\bread .*-t 0?\.", "read -t 0.5 x"),
    "zeros in a range": (r"\{0\d+\.\.", "echo {01..10}"),
    "an option of newer shells": (r"\bshopt -s (globstar|lastpipe|inherit_errexit)", "shopt -s lastpipe"),
    "printf into an element": (r"printf -v \w+\[", "printf -v names[1] x"),
    "printf -v with nothing": (r"printf -v \S+ ''(?! *'')\s*$", "printf -v name ''"),
}
"""What Bash 3.2, which macOS has, does not know or refuses under `set -u`: a pattern and a sample."""

ELSEWHERE = {
    "sed -i": (r"\bsed -i", "sed -i s/a/b/ c"),
    "readlink -f": (r"\breadlink -f", "readlink -f a"),
    "GNU's date": (r"\bdate (-d|--date)", "date -d now"),
    "grep -P": (r"\bgrep -[A-Za-z]*P", "grep -oP a"),
    "a tool that may not be there": (r"(^|[|(;&] *)(jq|yq|python3?|timeout|tac|realpath|seq) ", "a | jq ."),
    "GNU's base64": (r"\bbase64 -w", "base64 -w0"),
    "a reader that leaves early, under pipefail": (r"(?<!\|)\| *(head|grep -\w*q)", "a | grep -q b"),
    "GNU's head": (r"\bhead -n -", "head -n -1"),
    "GNU's sed": (r"\bsed -[a-z]*u", "sed -u p"),
}
"""What macOS has in another form, or not at all."""


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(BIN)))
def test_it_runs_on_a_mac(path: Path) -> None:
    run([str(BASH), "-n", path], ROOT)
    code = "\n".join(re.sub(r"(^|\s)#.*", "", line) for line in path.read_text(encoding="utf-8").splitlines())
    found = {
        name: lines
        for name, (pattern, _) in (NEWER | ELSEWHERE).items()
        if (lines := [line for line in code.splitlines() if re.search(pattern, line)])
    }
    assert found == {}
    # Bash 3.2 takes the ) of a pattern for the end of the substitution around it.
    assert not re.search(r"\$\([^()]*\bcase\b[^()]* in\b", code)


@pytest.mark.parametrize(("pattern", "sample"), list((NEWER | ELSEWHERE).values()), ids=[*NEWER, *ELSEWHERE])
def test_what_a_mac_lacks_would_be_found(pattern: str, sample: str) -> None:
    assert re.search(pattern, sample)
