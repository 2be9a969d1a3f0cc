# shellcheck shell=bash
# What infra/project.yml and the manifests say. Values at the left edge are read here, so that a command
# without Terraform has them; whatever lies deeper is asked of infra/manifest, which also completes it.

SLUG=
REGION=
ENVIRONMENT=
FULL_NAME=

read_project() {
    SLUG=$(project_value slug)
    REGION=$(project_value region)
    export AWS_REGION=$REGION AWS_DEFAULT_REGION=$REGION
}

# shellcheck disable=SC2034 # every other file reads these
use_environment() { # use_environment NAME
    ENVIRONMENT=$1
    FULL_NAME=$SLUG-$1
}

environments() { # their names, in a sentence
    local file names=
    for file in "$ROOT"/infra/environments/*.yml; do
        file=${file##*/}
        names=$names${names:+, }${file%.yml}
    done
    printf '%s' "$names"
}

manifest_file() { # manifest_file ENVIRONMENT
    printf '%s' "$ROOT/infra/environments/$1.yml"
}

project_value() { # project_value KEY
    value_of "$ROOT/infra/project.yml" "$1"
}

manifest_value() { # manifest_value KEY [ENVIRONMENT]
    value_of "$(manifest_file "${2:-$ENVIRONMENT}")" "$1"
}

value_of() { # value_of FILE KEY: what stands at the left edge, without quotes and comment
    awk -v key="$2:" '
        index($0, key) == 1 {
            value = substr($0, length(key) + 1)
            sub(/^ +/, "", value)
            if (value ~ /^"/) { sub(/^"/, "", value); sub(/".*/, "", value) }
            else { sub(/ *#.*/, "", value) }
            print value
            exit
        }' "$1"
}

# write_account_id ENVIRONMENT ACCOUNT: the one line that a command writes into a manifest.
write_account_id() {
    local file changed
    file=$(manifest_file "$1")
    changed=$(awk -v id="$2" '/^account_id:/ { sub(/""/, "\"" id "\"") } { print }' "$file")
    printf '%s\n' "$changed" > "$file"
    [ "$(manifest_value account_id "$1")" = "$2" ] ||
        fail "$file has no line 'account_id: \"\"' to fill in: add account_id: \"$2\" by hand."
}

# manifest EXPRESSION: the string that Terraform makes of it in infra/manifest, whose locals hold it all.
manifest() {
    local said
    said=$(ask_manifest "$1" 2>&1) || fail "infra/manifest: $(printf '%s' "$said" | plain_error)"
    said=${said#\"}
    printf '%s' "${said%\"}"
}

ask_manifest() { # ask_manifest EXPRESSION: what Terraform answers, quotes and all
    printf '%s\n' "$1" | in_manifest console -state="$SCRATCH/manifest.tfstate" -var environment="$ENVIRONMENT"
}

# Every fault of a manifest in one go, before anything is begun.
check_manifest() {
    local log=$SCRATCH/manifest.log file=infra/environments/$ENVIRONMENT.yml
    ! grep -q '^<<<<<<< ' "$ROOT/$file" ||
        fail "$file has a conflict that an update left, between <<<<<<< and >>>>>>>: keep what you want of it, then repeat the command."
    { repeated_keys "$ROOT/$file" && changed_settings "$ROOT/$file"; } > "$log"
    [ ! -s "$log" ] || refuse_manifest "$file" "$log"
    in_manifest init -backend=false -no-color > "$log" 2>&1 || terraform_refuses infra/manifest "$log"
    if ! in_manifest plan -lock=false -no-color -var environment="$ENVIRONMENT" > "$log" 2>&1; then
        grep -q 'cannot be used:' "$log" || terraform_refuses infra/manifest "$log"
        ! grep -q 'project.yml cannot be used:' "$log" || file=infra/project.yml
        ! grep -q 'not YAML at all' "$log" || fail "$file is not YAML: $(yaml_fault "$file"). Correct it, then repeat the command."
        sed -n '/cannot be used:/,$s/^[│╷╵ ]*\([^│╷╵ :][^:]*: .*\)/  \1/p' "$log" > "$SCRATCH/faults"
        refuse_manifest "$file" "$SCRATCH/faults"
    fi
}

refuse_manifest() { # refuse_manifest FILE FAULTS
    cat "$2" >&2
    fail "$1 cannot be used: correct these lines, then repeat the command."
}

# repeated_keys FILE: "environment: twice, on lines 12 and 40" for each. YAML takes the last one, without a word.
repeated_keys() {
    awk '
        /^ *(#|$)/ { next }
        { match($0, /^ */); indent = RLENGTH }
        text && indent > above { next }
        { text = 0 }
        match($0, /^ *[A-Za-z0-9_.\"-]+:( |$)/) {
            key = substr($0, indent + 1, RLENGTH - indent)
            gsub(/[: "]/, "", key)
            while (depth && indents[depth] >= indent) depth--
            path = depth ? paths[depth] "." key : key
            indents[++depth] = indent
            paths[depth] = path
            if (path in line) printf "  %s: twice, on lines %d and %d\n", path, line[path], NR
            line[path] = NR
            text = /: *[|>][-+0-9]* *(#.*)?$/
            above = indent
        }' "$1"
}

# changed_settings FILE: "environment.ZIP: ..." for each value that is text to whoever wrote it, and no text to YAML,
# so that a container would get another one: 01234, 1.10, 1e3, 0x1f, 2026-01-01, on.
changed_settings() {
    awk '
        /^[^ #]/ { inside = /^environment:/ }
        inside && match($0, /^ +[A-Za-z_][A-Za-z0-9_]*: +/) {
            key = substr($0, 1, RLENGTH)
            value = substr($0, RLENGTH + 1)
            gsub(/[: ]/, "", key)
            sub(/ +#.*/, "", value)
            sub(/ +$/, "", value)
            number = value ~ /^[-+]?[0-9]+[.]?[0-9]*([eE][-+]?[0-9]+)?$|^[-+]?[.][0-9]+$|^0[xob][0-9a-fA-F]+$/
            plain = value ~ /^-?(0|[1-9][0-9]*)([.][0-9]*[1-9])?$/
            word = tolower(value) ~ /^(on|off|yes|no|y|n|true|false)$/ && value !~ /^(true|false)$/
            date = value ~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]?-[0-9][0-9]?( .*)?$/
            if (number && !plain || word || date)
                printf "  environment.%s: in quotes, please: \"%s\"; without them YAML makes another value of it\n", key, value
        }' "$1"
}

# What an update of the template has left for a person: lines with markers, and files with what found no place.
no_conflicts() {
    local left
    git -C "$ROOT" rev-parse --git-dir > /dev/null 2>&1 || return 0
    left=$(
        git -C "$ROOT" grep --line-number -E '^(<{7} |>{7} )'
        git -C "$ROOT" ls-files --cached --others --exclude-standard '*.rej'
    ) || true
    [ -z "$left" ] || fail "These are conflicts that an update left, resolve them and delete .rej files:
$left"
}

yaml_fault() { # yaml_fault FILE: "on line 7, column 3: ...", from Terraform's own lines
    local said
    said=$(ask_manifest "yamldecode(file(\"../../$1\"))" 2>&1 |
        without_colours | sed 's/^[│╷╵ ]*//' | tr '\n' ' ' | sed -n 's/.*"yamldecode" failed: \([^.]*\)\..*/\1/p')
    printf '%s' "${said:-keys and values are expected, such as account_id: \"\"}"
}

in_manifest() { # in_manifest ARGUMENT...
    TF_DATA_DIR="$ROOT/infra/.terraform/manifest" "$TERRAFORM" -chdir="$ROOT/infra/manifest" "$@"
}
