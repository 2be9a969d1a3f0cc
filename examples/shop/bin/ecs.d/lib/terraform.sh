# shellcheck shell=bash
# The layers below infra/. Each is planned into a file, shown, and exactly that file is applied. The
# whole output stays in infra/.terraform/<environment>/<layer>.log.

TERRAFORM=${TERRAFORM:-}
CHANGES=   # whether the plan made last changes anything
READY=     # the layers that this command has made ready
SIGN_IN=() # what Terraform's environment needs to know who we are, beyond what the AWS CLI needs
TASK_DEFINITIONS=

NO_COLOUR=-no-color # for files and the logs of pipelines
if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
    NO_COLOUR=
fi

terraform_ready() {
    local version
    if [ -z "$TERRAFORM" ]; then
        TERRAFORM=terraform
        if ! command -v terraform > /dev/null && command -v tofu > /dev/null; then
            TERRAFORM=tofu
        fi
    fi
    need "$TERRAFORM" 'get Terraform from https://developer.hashicorp.com/terraform/install or OpenTofu from https://opentofu.org, 1.11 or newer'
    version=$(terraform_version)
    case $version in
        0.* | 1.[0-9] | 1.[0-9].* | 1.10 | 1.10.*) fail "$TERRAFORM is $version: install 1.11 or newer." ;;
    esac

    # Five layers, one provider of some hundred megabytes.
    export TF_PLUGIN_CACHE_DIR=${TF_PLUGIN_CACHE_DIR:-$ROOT/infra/.terraform/plugins}
    export TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1
    mkdir -p "$TF_PLUGIN_CACHE_DIR"
    lend_login
}

# Terraform does not know a session of `aws login`. It asks the AWS CLI for its credentials instead, each time that
# those it has are about to expire: they last for minutes. All other ways to sign in it knows itself.
lend_login() {
    local file=${AWS_CONFIG_FILE:-${HOME:-}/.aws/config}
    [ -z "${AWS_ACCESS_KEY_ID:-}${AWS_WEB_IDENTITY_TOKEN_FILE:-}" ] || return 0
    grep -q '^ *login_session' "$file" 2> /dev/null && aws configure get login_session > /dev/null 2>&1 || return 0
    printf '[profile bin-ecs]\ncredential_process = env AWS_CONFIG_FILE=%q aws configure export-credentials --profile %q --format process\n' \
        "$file" "${AWS_PROFILE:-default}" > "$SCRATCH/login"
    SIGN_IN=("AWS_CONFIG_FILE=$SCRATCH/login" AWS_PROFILE=bin-ecs)
}

terraform_version() {
    "$TERRAFORM" version 2> /dev/null | sed -n '1s/^.* v//p'
}

state_bucket() {
    printf '%s-state-%s-%s' "$SLUG" "$ACCOUNT_ID" "$REGION"
}

state_key() { # state_key LAYER
    case $1 in
        account) printf 'account.tfstate' ;;
        *) printf '%s/%s.tfstate' "$ENVIRONMENT" "$1" ;;
    esac
}

layer_files() { # layer_files LAYER: where its plan, its log and Terraform's own files lie
    case $1 in
        account) printf '%s/infra/.terraform/%s/account' "$ROOT" "$ACCOUNT_ID" ;;
        *) printf '%s/infra/.terraform/%s/%s' "$ROOT" "$ENVIRONMENT" "$1" ;;
    esac
}

in_layer() { # in_layer LAYER ARGUMENT...
    local layer=$1
    shift
    env ${SIGN_IN[@]+"${SIGN_IN[@]}"} TF_DATA_DIR="$(layer_files "$layer")" "$TERRAFORM" -chdir="$ROOT/infra/$layer" "$@"
}

# ── init, plan, apply: each returns 1 after it has said why ──────────────────────────────────────

layer_init() { # layer_init LAYER
    local log
    case " $READY " in
        *" $1 "*) return ;;
    esac
    log=$(layer_files "$1").log
    mkdir -p "${log%/*}"
    progress "$1: getting ready"
    in_layer "$1" init -input=false -reconfigure -no-color \
        -backend-config="bucket=$(state_bucket)" \
        -backend-config="key=$(state_key "$1")" \
        -backend-config="region=$REGION" > "$log" 2>&1 || {
        terraform_problem "$1" "$log"
        return 1
    }
    READY="$READY $1"
}

# layer_plan LAYER ARGUMENT...: sets CHANGES.
layer_plan() {
    local layer=$1 log code=0
    shift
    log=$(layer_files "$layer").log
    progress "$layer: planning"
    in_layer "$layer" plan -input=false -detailed-exitcode ${NO_COLOUR:+"$NO_COLOUR"} -out="${log%.log}.plan" \
        ${OPTION_DRY_RUN:+-lock=false} "$@" > "$log" 2>&1 || code=$?
    case $code in
        0) CHANGES= ;;
        2) CHANGES=yes ;;
        *)
            terraform_problem "$layer" "$log"
            return 1
            ;;
    esac
    clear_progress
    if [ -n "$CHANGES" ]; then
        awk '/used the selected providers|will perform the following actions|Changes to Outputs:/ { on = 1 } on' "$log" |
            sed '/^──*$/,$d' >&2
    else
        say "$layer: nothing to change."
        rm -f "${log%.log}.plan"
    fi
}

layer_apply() { # layer_apply LAYER: what layer_plan has shown
    local log code=0
    log=$(layer_files "$1").log
    [ -n "$CHANGES" ] || return 0
    in_layer "$1" apply -input=false ${NO_COLOUR:+"$NO_COLOUR"} "${log%.log}.plan" 2>&1 | keep_log "$log" || code=${PIPESTATUS[0]}
    rm -f "${log%.log}.plan"
    [ "$code" = 0 ] || {
        terraform_problem "$1" "$log"
        return 1
    }
}

# keep_log FILE: passes on what it reads, up to the outputs, and keeps all of it. It outlives Ctrl-C,
# because Terraform, which then ends in good order, still has something to say.
keep_log() {
    local line quiet=
    trap '' INT TERM
    while IFS= read -r line; do
        printf '%s\n' "$line" >&3
        case $line in
            Outputs:*) quiet=yes ;;
        esac
        if [ -z "$quiet" ] && [ -n "$line" ]; then
            printf '    %s\n' "$line" >&2
        fi
    done 3> "$1"
}

# layer_change LAYER ARGUMENT...: the whole way, with a question before anything changes.
layer_change() {
    layer_init "$1" || return 1
    layer_plan "$@" || return 1
    layer_agree "$1"
}

layer_agree() { # layer_agree LAYER: applies what layer_plan has shown, after a question
    [ -z "$OPTION_DRY_RUN" ] && [ -n "$CHANGES" ] || return 0
    confirm "Change that in $1 (account $ACCOUNT_ID, $REGION)?"
    layer_apply "$1"
}

layer_is_empty() { # layer_is_empty LAYER
    [ -z "$(in_layer "$1" state list 2> /dev/null)" ]
}

# ── The variables of the layers ──────────────────────────────────────────────────────────────────

read_task_definitions() { # what the tasks layer registered last: JSON, workload to ARN
    TASK_DEFINITIONS=$(in_layer tasks output -no-color -json task_definitions 2> /dev/null) || TASK_DEFINITIONS='{}'
}

task_definition() { # task_definition WORKLOAD
    definition_in "$TASK_DEFINITIONS" "$1"
}

definition_in() { # definition_in JSON WORKLOAD
    definitions_in "$1" | awk -v name="$2" '$1 == name { print $2 }'
}

workloads_of() { # workloads_of JSON: their names
    definitions_in "$1" | awk '{ print $1 }'
}

merge_definitions() { # merge_definitions JSON JSON: both in one, where the second wins
    { definitions_in "$1"; definitions_in "$2"; } |
        awk '{ arn[$1] = $2 } END { for (name in arn) { printf "%s\"%s\":\"%s\"", (n++ ? "," : "{"), name, arn[name] } print "}" }'
}

definitions_in() { # definitions_in JSON: a line for each workload, its name and its ARN
    printf '%s\n' "$1" | tr ',' '\n' | tr -d '{} ' | sed -n 's/^"\(.*\)":"\(.*\)"$/\1 \2/p'
}

# ── What went wrong ──────────────────────────────────────────────────────────────────────────────

terraform_refuses() { # terraform_refuses LAYER LOG
    terraform_problem "$1" "$2"
    exit 1
}

# terraform_problem LAYER LOG: what went wrong in one line, with what to do; all of it is in the log.
terraform_problem() {
    local said
    if grep -q 'Error acquiring the state lock' "$2"; then
        said="its state is locked by$(lock_field Who "$2") since$(lock_field Created "$2"). Wait for that run; if it is gone: bin/ecs unlock ${ENVIRONMENT:-ENVIRONMENT}"
    elif grep -Eq 'ExpiredToken|RequestExpired|[Tt]oken.* expired' "$2"; then
        said='the AWS credentials have expired: log in again (aws login, aws sso login), then repeat the command'
    elif grep -Eq 'NoSuchBucket|S3 bucket "[^"]*" does not exist' "$2"; then
        said="there is no state bucket $(state_bucket): run bin/ecs bootstrap $ENVIRONMENT first"
    elif grep -q 'No valid credential sources found' "$2"; then
        said='there are no AWS credentials: log in (aws login, aws sso login) or set AWS_PROFILE'
    elif grep -q 'FreeTierRestriction' "$2"; then
        said="AWS's Free plan allows no such database: move account $ACCOUNT_ID to the Paid plan (aws freetier upgrade-account-plan --region us-east-1 --account-plan-type PAID), then repeat the command"
    else
        said=$(plain_error < "$2")
    fi
    case $2 in
        "$SCRATCH"/*) # which is gone in a moment
            sed 's/^/    /' < "$2" >&2
            problem "$1: ${said%.}"
            ;;
        *) problem "$1: ${said%.} (all of it: ${2#"$ROOT/"})" ;;
    esac
}

lock_field() { # lock_field NAME LOG
    sed -n "s/^.* $1: *\( .*\)$/\1/p" "$2" | first_line
}

plain_error() { # the title of the first error on stdin
    without_colours | sed -n 's/^.*Error: //p' | first_line
}

without_colours() {
    sed 's/[[:cntrl:]]\[[0-9;]*m//g'
}
