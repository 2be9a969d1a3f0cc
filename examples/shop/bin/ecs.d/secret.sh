# shellcheck shell=bash
# Set, make up or list the secrets of an environment.
#
#   bin/ecs secret ENVIRONMENT list|set|generate [NAME] [--yes] [--dry-run]
#
# Secrets lie in SSM as /<slug>/<environment>/secrets/NAME, encrypted. Containers get those that the
# manifest names below `secrets`, when they start. The next deploy replaces all that run; the schedule's
# task of the next minute has the new value already. Rotating: docs/ecs/runbook.md.
#
#   bin/ecs secret production list
#   bin/ecs secret production set MAIL_PASSWORD              asks for the value, and does not show it
#   bin/ecs secret production set MAIL_PASSWORD < file       takes the value from a file
#   bin/ecs secret production generate WEBHOOK_SECRET        makes up 40 letters and digits
#   bin/ecs secret production generate APP_KEY_NEXT          makes up what APP_KEY is to become
#
#   --yes      do not ask when something would be lost
#   --dry-run  say what would be set

main() {
    local action=${ARGUMENTS[0]} name=${ARGUMENTS[1]:-}
    case $action in
        list) ;;
        set | generate)
            [ -n "$name" ] || usage_error "Which secret? For example: bin/ecs secret $ENVIRONMENT $action MAIL_PASSWORD"
            [[ $name =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || usage_error "A secret is named like a variable, MAIL_PASSWORD, not '$name'."
            ;;
        *) usage_error "list, set or generate, not '$action'." "$(usage_of secret)" ;;
    esac
    terraform_ready
    enter
    case $action in
        list) list_secrets ;;
        set) set_secret "$name" ;;
        generate) make_up "$name" ;;
    esac
}

list_secrets() {
    local prefix named name date
    prefix=$(path_to secrets/)
    named=$(manifest 'join(" ", local.secrets)') || exit
    cloud ssm describe-parameters --parameter-filters "Key=Name,Option=BeginsWith,Values=$prefix" \
        --query 'Parameters[].[Name, LastModifiedDate]' | sed "s|^$prefix||" | sort > "$SCRATCH/secrets" || exit
    while IFS=$'\t' read -r name date; do
        case " $named " in
            *" $name "*) printf '%-30s %s\n' "$name" "$date" ;;
            *) printf '%-30s %s  (no container gets it: the manifest does not name it)\n' "$name" "$date" ;;
        esac
    done < "$SCRATCH/secrets"
    for name in $named; do
        cut -f 1 "$SCRATCH/secrets" | has_line "$name" ||
            printf '%-30s missing: bin/ecs secret %s set %s\n' "$name" "$ENVIRONMENT" "$name"
    done
}

set_secret() { # set_secret NAME
    local value
    ! would "set $(path_to "secrets/$1")" || return 0
    if [ "$1" = APP_KEY ] && [ -z "$(missing_secrets APP_KEY)" ]; then
        confirm_app_key
    fi
    value=$(read_value "$1")
    [ -n "$value" ] || fail "An empty value was given for $1: nothing was changed."
    printf '%s' "$value" | write_secret "$1" --overwrite || exit
    say_set "$1"
}

# On a terminal the answer would be read from the same place as the value.
confirm_app_key() {
    [ -t 0 ] || [ -n "$OPTION_YES" ] ||
        fail 'APP_KEY decrypts what it has encrypted. To replace it all the same, repeat the command with --yes.'
    confirm 'APP_KEY decrypts what it has encrypted, which is lost with it. Replace it?'
}

read_value() { # read_value NAME: from stdin; a person's typing stays invisible
    local value=
    if [ -t 0 ]; then
        printf 'Value of %s: ' "$1" >&2
        IFS= read -r -s value || true
        printf '\n' >&2
        printf '%s' "$value"
    else
        cat
    fi
}

make_up() { # make_up NAME
    local missing
    missing=$(missing_secrets "$1") || exit
    ! would "make up $(path_to "secrets/$1")" || return 0
    if [ -n "$missing" ]; then
        generate_secret "$1" || exit
    else
        confirm "$1 is there already. Replace it?"
        generate_secret "$1" --overwrite || exit
    fi
    say_set "$1"
}

say_set() { # say_set NAME
    local named
    named=$(manifest 'join(" ", local.secrets)') || exit
    say "$1 is set. It takes effect with the next deploy: bin/ecs deploy $ENVIRONMENT"
    case " $named " in
        *" $1 "*) ;;
        *) say "No container gets it yet: add a line '- $1' below secrets: in infra/environments/$ENVIRONMENT.yml." ;;
    esac
}
