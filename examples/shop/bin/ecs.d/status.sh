# shellcheck shell=bash
# Show what runs, since when, and where.
#
#   bin/ecs status ENVIRONMENT [--dry-run]
#
# The address; per service, how many tasks run of how many there should be, how far its roll-out is, and
# its image; the schedule; the tasks that run, and those that ended badly within the last hour, with the
# reason; the last two releases, and who holds the lock.
#
#   --dry-run  the same: it changes nothing

main() {
    enter
    read_contract
    printf '%s in account %s, %s\n%s\n\n' "$FULL_NAME" "$ACCOUNT_ID" "$REGION" "$(contract url)"
    show_services
    show_schedule
    printf '\n'
    show_tasks
    printf '\n'
    show_releases
}

show_services() {
    local arns name definition desired running rollout names=()
    arns=$(cloud ecs list-services --cluster "$(contract cluster_name)" --query 'serviceArns[].[@]') || exit
    for name in $arns; do
        names+=("${name##*/}")
    done
    if [ ${#names[@]} -eq 0 ]; then
        printf 'Nothing runs yet: bin/ecs deploy %s\n' "$ENVIRONMENT"
        return
    fi
    describe_services "${names[@]}" | sort > "$SCRATCH/services" || exit
    line SERVICE TASKS ROLL-OUT IMAGE
    while IFS=$'\t' read -r name definition desired running _ rollout; do
        line "$name" "$running/$desired" "$rollout" "$(image_of "$definition")"
    done < "$SCRATCH/services"
}

line() { # line NAME TASKS STATE IMAGE
    printf '%-20s  %-7s  %-12s  %s\n' "$@"
}

image_of() { # image_of TASK_DEFINITION
    local image
    image=$(cloud ecs describe-task-definition --task-definition "$1" \
        --query 'taskDefinition.containerDefinitions[0].image') || exit
    short "${image##*@}"
}

show_schedule() { # unless it is a service, and was shown as one
    local state target
    state=$(cloud_unless ResourceNotFoundException events describe-rule --name "$FULL_NAME-schedule" --query State) || exit
    if [ -n "$state" ]; then
        target=$(cloud events list-targets-by-rule --rule "$FULL_NAME-schedule" --query 'Targets[0].EcsParameters.TaskDefinitionArn') || exit
    else
        state=$(cloud_unless ResourceNotFoundException scheduler get-schedule --name "$FULL_NAME-schedule" --query State) || exit
        [ -n "$state" ] || return 0
        target=$(cloud scheduler get-schedule --name "$FULL_NAME-schedule" --query 'Target.EcsParameters.TaskDefinitionArn') || exit
    fi
    line schedule '1/min' "$state" "$(image_of "$target")"
}

# AWS knows of a task for an hour after its end, and tells of a hundred at a time.
show_tasks() {
    local status arns='' found arn definition state reason code
    for status in RUNNING STOPPED; do
        found=$(cloud ecs list-tasks --cluster "$(contract cluster_name)" --desired-status "$status" \
            --query 'taskArns[].[@]') || exit
        arns="$arns $found"
    done
    # shellcheck disable=SC2086 # a list of ARNs
    describe_tasks $arns > "$SCRATCH/tasks" || exit
    [ -s "$SCRATCH/tasks" ] || return 0
    printf '%-36s  %-20s  %s\n' TASK WORKLOAD STATE
    while IFS=$'\t' read -r arn definition state code reason; do
        definition=${definition##*/"$FULL_NAME"-}
        [ "$state" != STOPPED ] || state="ended with ${code/None/no code}: $reason"
        printf '%-36s  %-20s  %s\n' "${arn##*/}" "${definition%:*}" "$state"
    done < "$SCRATCH/tasks"
}

describe_tasks() { # describe_tasks ARN...: those that run or ended badly
    while [ $# -gt 0 ]; do
        cloud ecs describe-tasks --cluster "$(contract cluster_name)" --tasks "${@:1:100}" \
            --query "tasks[?lastStatus != 'STOPPED' || stopCode == 'TaskFailedToStart' || containers[?exitCode != \`0\`]]
                .[taskArn, taskDefinitionArn, lastStatus, containers[?exitCode != \`0\`] | [0].exitCode, stoppedReason]" || return 1
        shift $(($# < 100 ? $# : 100))
    done
}

show_releases() {
    local name value date
    cloud ssm get-parameters --names "$(path_to release/current)" "$(path_to release/previous)" "$(path_to release/lock)" \
        --query 'Parameters[].[Name, Value, LastModifiedDate]' | sort > "$SCRATCH/releases" || exit
    while IFS=$'\t' read -r name value date; do
        case ${name##*/} in
            lock) printf '%-10s %s\n' locked "$(lock_holder)" ;;
            *) printf '%-10s %s  %s\n' "${name##*/}" "$value" "${date%.*}" ;;
        esac
    done < "$SCRATCH/releases"
}
