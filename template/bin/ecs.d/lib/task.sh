# shellcheck shell=bash
# A task that runs once: started, followed through its log, judged by its exit code.

TASK= # the one under way

# start_task WORKLOAD TASK_DEFINITION [ARGUMENT...]: sets TASK. Arguments replace the container's command.
start_task() {
    local workload=$1 definition=$2 network answer overrides='{}'
    shift 2
    if [ $# -gt 0 ]; then
        overrides="{\"containerOverrides\": [{\"name\": \"$workload\", \"command\": $(json_list "$@")}]}"
    fi
    network="awsvpcConfiguration={subnets=[$(contract task_subnet_ids)],securityGroups=[$(contract task_security_group_id)],assignPublicIp=$(contract assign_public_ip)}"
    answer=$(cloud ecs run-task --cluster "$(contract cluster_name)" --task-definition "$definition" \
        --launch-type FARGATE --count 1 --propagate-tags TASK_DEFINITION --started-by bin/ecs \
        --network-configuration "$network" --overrides "$overrides" \
        --query '[tasks[0].taskArn, failures[0].reason]') || exit
    TASK=$(printf '%s' "$answer" | awk '{ print $1 }')
    [ "$TASK" != None ] || fail "$workload did not start: $(printf '%s' "$answer" | cut -f 2-)."
    say "Task ${TASK##*/} of $workload"
}

json_list() { # json_list TEXT...: as a JSON list of strings
    local item separator=
    printf '['
    for item in "$@"; do
        printf '%s%s' "$separator" "$(printf '%s' "$item" | json_string)"
        separator=', '
    done
    printf ']'
}

json_string() { # stdin as a JSON string, in quotes
    LC_ALL=C awk '
        BEGIN {
            for (i = 1; i < 32; i++) escape[sprintf("%c", i)] = sprintf("\\u%04x", i)
            escape["\""] = "\\\""
            escape["\\"] = "\\\\"
            printf "\""
        }
        NR > 1 { printf "\\n" }
        {
            for (i = 1; i <= length($0); i++) {
                character = substr($0, i, 1)
                printf "%s", (character in escape) ? escape[character] : character
            }
        }
        END { printf "\"" }'
}

# follow_task WORKLOAD: its log on stdout while it runs. Returns its exit code; 1 if it has none.
follow_task() {
    local workload=$1 status stop_code code reason
    : > "$SCRATCH/log-token"
    while :; do
        cloud ecs describe-tasks --cluster "$(contract cluster_name)" --tasks "$TASK" \
            --query "tasks[0].[lastStatus, stopCode, containers[?name=='$workload'] | [0].exitCode, stoppedReason]" \
            > "$SCRATCH/task" || exit
        IFS=$'\t' read -r status stop_code code reason < "$SCRATCH/task"
        if print_log "$workload"; then
            clear_progress
        fi
        [ "$status" != STOPPED ] || break
        progress "$workload: $status"
        sleep "$POLL"
    done
    drain_log "$workload"
    judge_task "$workload" "$stop_code" "$code" "$reason"
}

judge_task() { # judge_task WORKLOAD STOP_CODE EXIT_CODE REASON
    clear_progress
    case $3 in
        None)
            problem "$1 never started ($2): $4"
            return 1
            ;;
        0) say "$1: done." ;;
        *)
            problem "$1 ended with exit code $3. Its log: bin/ecs logs $ENVIRONMENT $1 --task ${TASK##*/}"
            return "$3"
            ;;
    esac
}

# print_log WORKLOAD: what has come since the last call; 1 if nothing has. The stream appears with
# the first line.
print_log() {
    local token
    token=$(cat "$SCRATCH/log-token")
    cloud_unless ResourceNotFoundException logs get-log-events --start-from-head \
        --log-group-name "/ecs/$FULL_NAME-$1" --log-stream-name "ecs/$1/${TASK##*/}" ${token:+--next-token "$token"} \
        --query '[nextForwardToken, events[].[message]]' > "$SCRATCH/log" || exit
    [ -s "$SCRATCH/log" ] || return 1
    head -n 1 "$SCRATCH/log" > "$SCRATCH/log-token"
    [ "$(wc -l < "$SCRATCH/log")" -gt 1 ] || return 1
    tail -n +2 "$SCRATCH/log"
}

# The last lines reach CloudWatch a moment after the task has ended.
drain_log() { # drain_log WORKLOAD
    local silence=0
    while [ "$silence" -lt 3 ]; do
        if print_log "$1"; then
            silence=0
        else
            silence=$((silence + 1))
            sleep 1
        fi
    done
}

stop_task() { # stop_task WORKLOAD: what Ctrl-C does to a command that a person runs
    if [ -n "$TASK" ]; then
        cloud ecs stop-task --cluster "$(contract cluster_name)" --task "$TASK" --reason "Ctrl-C in bin/ecs" > /dev/null
        problem "Task ${TASK##*/} of $1 is being stopped, as you asked."
    fi
}
