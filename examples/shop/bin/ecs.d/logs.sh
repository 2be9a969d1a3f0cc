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
    local workload=${ARGUMENTS[0]} group options=() streams
    enter
    group=/ecs/$FULL_NAME-$workload
    options=(--since "${OPTION_SINCE:-1h}" --format short)
    [ -z "$OPTION_FOLLOW" ] || options+=(--follow)
    ! would "show $group${OPTION_TASK:+, task $OPTION_TASK}: aws logs tail ${options[*]}" || return 0
    has_group "$group"
    if [ -n "$OPTION_TASK" ]; then
        streams=$(task_streams "$workload" "$group") || exit
        [ -n "$streams" ] || fail "There is no task $OPTION_TASK of $workload with a log: see bin/ecs status $ENVIRONMENT."
        # shellcheck disable=SC2206 # a list of names
        options+=(--log-stream-names $streams)
    fi
    aws logs tail "$group" "${options[@]}" 2> "$SCRATCH/aws" || tail_ended $?
}

# task_streams WORKLOAD GROUP: one for each container of the task that has written something. AWS refuses a list
# with one that is missing, as the proxy's is where web never got healthy.
task_streams() {
    local container
    for container in $(containers "$1"); do
        cloud logs describe-log-streams --log-group-name "$2" \
            --log-stream-name-prefix "ecs/$container/${OPTION_TASK##*/}" --query 'logStreams[].[logStreamName]' || return 1
    done
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
    printf '%s\n' "$groups" | has_line "$1" ||
        fail "There is no workload '${1#"/ecs/$FULL_NAME-"}' in $ENVIRONMENT; there is:$(printf '%s\n' "$groups" | sed "s|^/ecs/$FULL_NAME-| |" | tr -d '\n')."
}

tail_ended() { # tail_ended CODE
    [ "$1" -lt 128 ] || exit "$1"
    aws_refuses
}
