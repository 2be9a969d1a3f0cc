# shellcheck shell=bash
# AWS: the right account, one clear line for every refusal, the contract between the layers, secrets.

export AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off AWS_DEFAULT_OUTPUT=text

ACCOUNT_ID=
CALLER=
CONTRACT='cluster_name task_subnet_ids task_security_group_id assign_public_ip target_group_arn url'

need() { # need PROGRAM WHAT_TO_DO
    command -v "$1" > /dev/null || fail "$1 is not installed: $2"
}

aws_ready() {
    need aws 'get the AWS CLI 2 from https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html'
}

aws_version() {
    local version
    aws_ready
    version=$(aws --version 2>&1 | sed 's|^aws-cli/\([^ ]*\).*|\1|')
    case $version in
        1.*) fail "The AWS CLI $version is too old: install version 2." ;;
    esac
    printf '%s' "$version"
}

# Asks AWS who we are.
sign_in() {
    local identity
    aws_ready
    identity=$(cloud sts get-caller-identity --query '[Account, Arn]') || exit
    read -r ACCOUNT_ID CALLER <<< "$identity"
}

# Signs in, and goes on only in the account that the manifest names.
enter() {
    local wanted
    wanted=$(manifest_value account_id)
    [ -n "$wanted" ] || fail "$ENVIRONMENT has no AWS account yet: run bin/ecs bootstrap $ENVIRONMENT first."
    sign_in
    [ "$wanted" = "$ACCOUNT_ID" ] ||
        fail "$ENVIRONMENT lives in account $wanted, but these are credentials of $ACCOUNT_ID ($CALLER): choose others, for example with AWS_PROFILE."
}

# cloud ARGUMENT...: the AWS CLI.
cloud() {
    aws "$@" 2> "$SCRATCH/aws" || aws_refuses
}

# cloud_unless CODE ARGUMENT...: the same, but nothing where AWS answers with that error code.
cloud_unless() {
    local code=$1
    shift
    aws "$@" 2> "$SCRATCH/aws" || grep -Eq "\(($code)\)" "$SCRATCH/aws" || aws_refuses
}

aws_refuses() {
    local said
    said=$(grep -v '^ *$' "$SCRATCH/aws" | tail -n 1 | sed 's/^aws: \[ERROR\]: //')
    case $said in
        *Expired* | *'has expired'* | *'session associated with this profile'*)
            fail 'The AWS credentials have expired: log in again (aws login, aws sso login), then repeat the command.' ;;
        *'Unable to locate credentials'* | *NoCredentials* | *'could not be found'*)
            aws_version > /dev/null # version 1 knows neither login
            fail "There are no AWS credentials: log in (aws login, from version 2.32 on, or aws sso login) or name a profile (AWS_PROFILE)." ;;
        *InvalidClientTokenId* | *UnrecognizedClient* | *SignatureDoesNotMatch* | *InvalidAccessKeyId* | *AuthFailure*)
            fail "AWS does not know these credentials in $REGION: log in again (aws login, aws sso login), name another profile (AWS_PROFILE), or if the account has not enabled $REGION yet, enable it (console: Account, AWS Regions)." ;;
        *AccessDenied* | *UnauthorizedOperation* | *'not authorized'*)
            fail "These credentials may not do that: ${said#*: }" ;;
        *'Could not connect'* | *'Connection was closed'*)
            fail "AWS cannot be reached from here in $REGION. AWS CLI: $said" ;;
        *) fail "AWS CLI: ${said:-no reason given}" ;;
    esac
}

bucket_exists() { # bucket_exists NAME
    aws s3api head-bucket --bucket "$1" > /dev/null 2> "$SCRATCH/aws" && return
    grep -q '(404)' "$SCRATCH/aws" || aws_refuses
    return 1
}

# ── Parameters: /<slug>/<environment>/... ────────────────────────────────────────────────────────

path_to() { # path_to REST
    printf '/%s/%s/%s' "$SLUG" "$ENVIRONMENT" "$1"
}

parameter() { # parameter REST: its value, or nothing
    cloud_unless ParameterNotFound ssm get-parameter --name "$(path_to "$1")" --query Parameter.Value
}

put_parameter() { # put_parameter REST VALUE
    cloud ssm put-parameter --name "$(path_to "$1")" --type String --overwrite --value "$2" > /dev/null
}

# What the platform tells the next layers, read once: all of it is there, or nothing begins.
read_contract() {
    local name names=() missing=
    for name in $CONTRACT; do
        names+=("$(path_to "platform/$name")")
    done
    cloud ssm get-parameters --names "${names[@]}" --query 'Parameters[].[Name, Value]' > "$SCRATCH/contract" || exit
    # What a team writes itself may be there long before the platform is.
    grep -q '/cluster_name' "$SCRATCH/contract" || fail "$ENVIRONMENT has no platform yet: run bin/ecs platform $ENVIRONMENT first."
    for name in $CONTRACT; do
        [ -n "$(contract "$name")" ] || missing="$missing $(path_to "platform/$name")"
    done
    [ -z "$missing" ] || fail "These parameters are missing:$missing. Run bin/ecs platform $ENVIRONMENT, which writes them."
}

contract() { # contract NAME
    awk -F '\t' -v name="$(path_to "platform/$1")" '$1 == name { print $2 }' "$SCRATCH/contract"
}

# ── Secrets: values pass through pipes only, never through arguments or messages ─────────────────

secret_names() { # those that exist in SSM
    local prefix
    prefix=$(path_to secrets/)
    cloud ssm describe-parameters --parameter-filters "Key=Name,Option=BeginsWith,Values=$prefix" \
        --query 'Parameters[].[Name]' | sed "s|^$prefix||"
}

# How often each was set, {"APP_KEY" = 1, ...}: a deploy then starts new tasks with what has changed, and no
# value is read for it.
secret_versions() {
    local prefix
    prefix=$(path_to secrets/)
    cloud ssm describe-parameters --parameter-filters "Key=Name,Option=BeginsWith,Values=$prefix" \
        --query 'Parameters[].[Name, Version]' > "$SCRATCH/versions" || return 1
    awk -F '\t' -v prefix="$prefix" '{ printf "%s\"%s\" = %s", (n++ ? ", " : "{"), substr($1, length(prefix) + 1), $2 }
        END { print (n ? "}" : "{}") }' "$SCRATCH/versions"
}

missing_secrets() { # missing_secrets NAME...: those that do not
    local existing name
    existing=$(secret_names) || exit
    for name in "$@"; do
        printf '%s\n' "$existing" | has_line "$name" || printf '%s\n' "$name"
    done
}

write_secret() { # write_secret NAME [--overwrite], the value on stdin
    cloud ssm put-parameter --name "$(path_to "secrets/$1")" --type SecureString "${@:2}" \
        --value file:///dev/stdin > /dev/null
}

# generate_secret NAME [--overwrite]: in Laravel's form for APP_KEY, else 40 letters and digits.
generate_secret() {
    case ${1%_NEXT} in # APP_KEY_NEXT is to become APP_KEY
        APP_KEY) printf 'base64:%s' "$(head -c 32 /dev/urandom | base64)" ;;
        *) printf '%s' "$(head -c 1024 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9' | cut -c 1-40)" ;;
    esac | write_secret "$@"
}
