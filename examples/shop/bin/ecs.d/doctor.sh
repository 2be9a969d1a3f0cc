# shellcheck shell=bash
# Look for what is missing, and say what to do about it.
#
#   bin/ecs doctor [ENVIRONMENT] [--dry-run]
#
# The tools, the manifests, the application; with AWS credentials also the account, Terraform's state, the
# platform, the secrets and what runs. Without an environment: all of them, as far as the credentials
# reach. Ends with 1 when something is wrong.
#
#   --dry-run  the same: it changes nothing

FAULTS=0

main() {
    local name names
    unset GITHUB_ACTIONS # what is wrong is shown in its line here
    look_at_tools
    look_at_application
    names=$(environments | tr -d ,)
    for name in ${ARGUMENTS[0]:-$names}; do
        use_environment "$name"
        look_at_environment
    done
    if [ "$FAULTS" -gt 0 ]; then
        printf '\n%s to repair.\n' "$FAULTS"
        exit 1
    fi
}

# check WHAT FUNCTION [ARGUMENT...]: ✓ with what the function prints, or ✗ with its error. What it sets is
# lost, because it runs apart.
check() {
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then
        printf '✓ %s%s\n' "$what" "${said:+: $said}"
    else
        said=$(printf '%s\n' "$said" | sed 's/^error: //')
        case $said in
            *$'\n'*) printf '✗ %s:\n%s\n' "$what" "$said" ;;
            *) printf '✗ %s: %s\n' "$what" "$said" ;;
        esac
        FAULTS=$((FAULTS + 1))
        return 1
    fi
}

# ── This machine ─────────────────────────────────────────────────────────────────────────────────

look_at_tools() {
    printf 'Tools\n'
    check 'AWS CLI' aws_version || true
    check Terraform tool_version || true
    check git git_version || true
    check 'Docker, for building' docker_version || true
    look_at_credentials
}

look_at_credentials() { # no fault: much can be done before there are any
    local said
    if said=$(sign_in 2>&1); then
        sign_in
        printf '✓ AWS credentials: %s\n' "$CALLER"
    else
        printf -- '- AWS credentials: %s\n' "${said#error: }"
    fi
}

tool_version() {
    terraform_ready
    terraform_version
}

git_version() {
    need git 'get it from https://git-scm.com'
    git --version | sed 's/^git version //'
}

docker_version() {
    need docker 'get Docker from https://docs.docker.com/get-started/get-docker/; only building needs it'
    docker buildx version > /dev/null 2>&1 || fail 'there is no Buildx: get it from https://github.com/docker/buildx#installing'
    docker_answers
    require_builder "$(image_platform)"
    docker version --format '{{.Client.Version}}' 2> /dev/null || true
}

# ── The application ──────────────────────────────────────────────────────────────────────────────

look_at_application() {
    printf '\nApplication\n'
    check Dockerfile starts_the_entrypoint || true
    check .dockerignore keeps_secrets_out || true
    check 'bootstrap/providers.php' has_provider || true
    check 'bootstrap/app.php' has_health_route || true
    check composer.lock has_lock || true
    ! has_pipeline || check 'script test in composer.json' has_tests || true
    check git is_committed || true
    check 'merge' no_conflicts || true
    (commit) > /dev/null 2>&1 || return 0 # the rest looks into commits
    ! has_pipeline || check 'branch main' has_main || true
    check 'infra/*/.terraform.lock.hcl' has_provider_locks || true
}

has_pipeline() {
    [ -e "$ROOT/.github/workflows/checks.yml" ] || [ -e "$ROOT/.gitlab-ci.yml" ]
}

starts_the_entrypoint() {
    [ -f "$ROOT/Dockerfile" ] || fail 'the file is missing: take the one that the template renders'
    has_match '^ENTRYPOINT.*docker/entrypoint[.]sh' < "$ROOT/Dockerfile" ||
        fail 'it does not start docker/entrypoint.sh, which knows the modes: take the one that the template renders'
}

keeps_secrets_out() {
    local name missing=
    [ -f "$ROOT/.dockerignore" ] || fail 'the file is missing: take the one that the template renders'
    for name in .git .env auth.json .npmrc bootstrap/cache; do
        sed 's|^[*][*]/||; s|/$||' "$ROOT/.dockerignore" | has_line "$name" || missing="$missing, $name"
    done
    [ -z "$missing" ] || fail "an image would hold ${missing#, }: add these lines, or take the file that the template renders"
}

has_provider() {
    without_comments bootstrap/providers.php | has_match 'EcsServiceProvider::class' ||
        fail 'add this line to its list: App\Ecs\EcsServiceProvider::class,'
}

has_health_route() {
    without_comments bootstrap/app.php | has_match "health: *['\"]/up['\"]" ||
        fail "the load balancer asks for /up: add health: '/up', to withRouting()"
}

without_comments() { # without_comments FILE: PHP without lines that are comments
    [ -f "$ROOT/$1" ] || fail "the file is missing"
    grep -Ev '^ *(//|#|\*|/\*)' "$ROOT/$1"
}

has_lock() {
    local version
    [ -f "$ROOT/composer.lock" ] || fail 'it is missing, so that every build may get other packages: run composer update, and commit it'
    version=$(awk '/"name": "laravel\/framework"/ { found = 1 } found && /"version":/ { gsub(/[^0-9.]/, ""); print; exit }' "$ROOT/composer.lock")
    case $version in
        [1-9].* | 1[01].* | 12.[0-9].* | 12.1?.* | 12.2[01].*) fail "Laravel $version is too old: composer require laravel/framework:^12.22 --with-all-dependencies" ;;
    esac
    printf '%s' "${version:+Laravel $version}"
}

is_committed() {
    commit > /dev/null
    require_clean_tree
}

# The pipeline, and the roles that AWS gives it, know this branch alone. git begins with master where nobody says so.
has_main() {
    git -C "$ROOT" show-ref --quiet --verify refs/heads/main 2> /dev/null ||
        git -C "$ROOT" show-ref --quiet --verify refs/remotes/origin/main 2> /dev/null ||
        fail 'there is none, and the pipeline deploys from nowhere else: git branch --move master main, where master is what you deploy from, and make main the default branch where you push to'
}

has_tests() {
    grep -q '"test" *:' "$ROOT/composer.json" 2> /dev/null ||
        fail 'the pipeline runs it: add "test": "phpunit" to scripts in composer.json'
}

# Terraform writes them, and `git commit --all` leaves out what is new.
has_provider_locks() {
    local new
    new=$(git -C "$ROOT" ls-files --others -- 'infra/*/.terraform.lock.hcl' | tr '\n' ' ') || exit
    [ -z "$new" ] || fail "no commit has ${new% }, so the pipeline may take another provider: git add infra && git commit"
    ls "$ROOT"/infra/*/.terraform.lock.hcl > /dev/null 2>&1 || printf 'none yet, Terraform writes them'
}

# ── An environment ───────────────────────────────────────────────────────────────────────────────

look_at_environment() {
    local account
    printf '\n%s\n' "$ENVIRONMENT"
    check manifest readable_manifest || return 0
    account=$(manifest_value account_id)
    check account has_account || return 0
    if [ -z "$ACCOUNT_ID" ]; then
        printf -- '- not signed in to AWS: nothing there was looked at\n'
        return
    fi
    if [ "$account" != "$ACCOUNT_ID" ] && [ ${#ARGUMENTS[@]} -eq 0 ]; then
        printf -- '- not signed in to account %s: nothing there was looked at\n' "$account"
        return
    fi
    check credentials signed_in || return 0
    check "Terraform's state" has_state_bucket || return 0
    check platform has_platform || return 0
    read_contract
    check secrets has_secrets || true
    check services run_as_asked && check image has_image || true
}

readable_manifest() {
    terraform_ready
    check_manifest
}

has_account() {
    local account
    account=$(manifest_value account_id)
    [ -n "$account" ] || fail "none yet: run bin/ecs bootstrap $ENVIRONMENT"
    printf '%s' "$account"
}

signed_in() {
    enter
    printf '%s' "$CALLER"
}

has_state_bucket() {
    bucket_exists "$(state_bucket)" || fail "there is no bucket $(state_bucket): run bin/ecs bootstrap $ENVIRONMENT"
    state_bucket
}

has_platform() {
    read_contract
    contract url
}

has_secrets() {
    local names missing
    terraform_ready
    names=$(manifest 'join(" ", local.secrets)') || exit
    # shellcheck disable=SC2086 # a list of names
    missing=$(missing_secrets $names) || exit
    [ -z "$missing" ] || fail "missing: $(printf '%s' "$missing" | tr '\n' ' '); bin/ecs secret $ENVIRONMENT set NAME"
}

# The registry keeps the newest builds, whatever runs (infra/account/ecr.tf).
has_image() {
    local digest found
    digest=$(parameter release/current) || exit
    [ -n "$digest" ] || fail "no release is recorded: bin/ecs deploy $ENVIRONMENT"
    found=$(digest_of "imageDigest=$digest") || exit
    [ -n "$found" ] || fail "the registry no longer has what runs, so no new task starts: bin/ecs deploy $ENVIRONMENT"
    short "$digest"
}

run_as_asked() {
    local name desired running rollout arns said=
    arns=$(cloud ecs list-services --cluster "$(contract cluster_name)" --query 'serviceArns[].[@]') || exit
    [ -n "$arns" ] || fail "none runs yet: bin/ecs deploy $ENVIRONMENT"
    # shellcheck disable=SC2086 # a list of ARNs
    describe_services ${arns} > "$SCRATCH/services" || exit
    while IFS=$'\t' read -r name _ desired running _ rollout; do
        [ "$running" = "$desired" ] && [ "$rollout" = COMPLETED ] ||
            fail "$name: $running of $desired tasks run, roll-out $rollout: see bin/ecs status $ENVIRONMENT"
        said="$said, $name $running/$desired"
    done < "$SCRATCH/services"
    printf '%s' "${said#, }"
}
