# shellcheck shell=bash
# Show what a workload has logged.
#
#   bin/ecs logs ENVIRONMENT WORKLOAD [--follow] [--since TIME] [--task ID] [--dry-run]
#
# A workload is what the manifest names: web, queue, schedule, migrate, workers of your own, and artisan.
# Ids of tasks are what `status` shows, and `deploy` where something went wrong.
#
#   --follow      go on until Ctrl-C
#   --since TIME  how far back: 30m, 2h, 1d, or 2026-01-31T12:00:00Z; without it 1h
#   --task ID     of this task alone
#   --dry-run     say what would be shown

main() {
    local workload=${ARGUMENTS[0]} group options=()
    enter
    group=/ecs/$FULL_NAME-$workload
    options=(--since "${OPTION_SINCE:-1h}" --format short)
    if [ -n "$OPTION_TASK" ]; then
        options+=(--log-stream-names)
        for container in $(containers "$workload"); do
            options+=("ecs/$container/${OPTION_TASK##*/}")
        done
    fi
    [ -z "$OPTION_FOLLOW" ] || options+=(--follow)
    ! would "show $group: aws logs tail ${options[*]}" || return 0
    has_group "$group"
    aws logs tail "$group" "${options[@]}" 2> "$SCRATCH/aws" || tail_ended $?
}

containers() { # containers WORKLOAD
    case $1 in
        web) printf 'web proxy' ;;
        *) printf '%s' "$1" ;;
    esac
}

has_group() { # has_group NAME
    local groups
    groups=$(cloud logs describe-log-groups --log-group-name-prefix "/ecs/$FULL_NAME-" \
        --query 'logGroups[].[logGroupName]') || exit
    [ -n "$groups" ] || fail "$ENVIRONMENT has no logs yet: run bin/ecs deploy $ENVIRONMENT first."
    printf '%s\n' "$groups" | grep -Fxq "$1" ||
        fail "There is no workload '${1#"/ecs/$FULL_NAME-"}' in $ENVIRONMENT; there is:$(printf '%s\n' "$groups" | sed "s|^/ecs/$FULL_NAME-| |" | tr -d '\n')."
}

tail_ended() { # tail_ended CODE
    [ "$1" -lt 128 ] || exit "$1"
    if grep -q ResourceNotFoundException "$SCRATCH/aws"; then
        fail "There is no task $OPTION_TASK of ${ARGUMENTS[0]} with a log: see bin/ecs status $ENVIRONMENT."
    fi
    aws_refuses
}
