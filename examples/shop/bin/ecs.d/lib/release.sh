# shellcheck shell=bash
# A release: one at a time, every workload together, recorded once it is verified.

LOCK=     # what we wrote into the lock while we hold it
CHANGING= # whether breaking off now leaves something half-way
LONG=     # the services whose jobs may outlast a stop

# ── The lock: a parameter that is written only where it is absent ────────────────────────────────

lock_release() {
    local lock deadline=$((SECONDS + TIMEOUT))
    lock=$(printf '{"who": "%s", "host": "%s", "since": "%s", "command": "%s %s", "id": "%s"}' \
        "$CALLER" "$(uname -n)" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$COMMAND" "$ENVIRONMENT" "$$-$RANDOM$RANDOM")
    until take_lock "$lock"; do
        if [ -n "$OPTION_NO_WAIT" ] || [ "$SECONDS" -ge "$deadline" ]; then
            problem "$ENVIRONMENT is locked: $(lock_holder). Wait for it, or if it is gone: bin/ecs unlock $ENVIRONMENT"
            exit 75
        fi
        progress "waiting: $(lock_holder)"
        sleep "$POLL"
    done
    clear_progress
}

take_lock() { # take_lock CONTENT
    LOCK=$1 # beforehand: a Ctrl-C right after it would leave it behind
    aws ssm put-parameter --name "$(path_to release/lock)" --type String --value "$1" \
        > /dev/null 2> "$SCRATCH/aws" && return
    LOCK=
    grep -q '(ParameterAlreadyExists)' "$SCRATCH/aws" || aws_refuses
    return 1
}

lock_holder() { # who holds the lock, in words
    local lock
    lock=$(parameter release/lock)
    if [ -z "$lock" ]; then
        printf 'the lock has just been released'
    else
        printf '%s on %s, %s, since %s' \
            "$(json_field who "$lock")" "$(json_field host "$lock")" "$(json_field command "$lock")" "$(json_field since "$lock")"
    fi
}

json_field() { # json_field NAME JSON
    printf '%s' "$2" | sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"
}

# Ours only: after `bin/ecs unlock` it may be somebody else's.
unlock_release() {
    local mine=$LOCK held
    [ -n "$mine" ] || return 0
    held=$(parameter release/lock) || return 1
    [ "$held" != "$mine" ] || cloud ssm delete-parameter --name "$(path_to release/lock)"
}

begin_change() {
    CHANGING=yes
}

end_change() {
    CHANGING=
}

# The end of every command, however it came: the lock goes, and a person learns where things stand.
finish() {
    local code=$?
    trap - EXIT
    trap '' HUP INT TERM
    if [ "$code" -gt 128 ] && [ -n "$CHANGING" ]; then
        problem "Broken off half-way. Nothing is lost: run bin/ecs $COMMAND $ENVIRONMENT again, and it finishes."
    fi
    (unlock_release) || problem "$ENVIRONMENT is still locked: bin/ecs unlock $ENVIRONMENT"
    end_step
    rm -rf "$SCRATCH"
    exit "$code"
}

# ── Images ───────────────────────────────────────────────────────────────────────────────────────

repository() { # where images of this account are
    cloud_unless RepositoryNotFoundException ecr describe-repositories --repository-names "$SLUG" \
        --query 'repositories[0].repositoryUri'
}

digest_of() { # digest_of imageTag=TAG|imageDigest=DIGEST: its digest, or nothing
    cloud_unless 'ImageNotFoundException|RepositoryNotFoundException' ecr describe-images \
        --repository-name "$SLUG" --image-ids "$1" --query 'imageDetails[0].imageDigest'
}

check_digest() { # check_digest DIGEST
    local found
    [[ $1 =~ ^sha256:[0-9a-f]{64}$ ]] || usage_error "--image takes a digest, sha256: and 64 hexadecimal digits, not '$1'."
    found=$(digest_of "imageDigest=$1") || exit
    [ -n "$found" ] || fail "There is no image $1 in $SLUG (account $ACCOUNT_ID, $REGION): build it with bin/ecs build $ENVIRONMENT."
}

# ── The release ──────────────────────────────────────────────────────────────────────────────────

# release DIGEST CURRENT [migrate]: CURRENT is what runs, and what to return to.
release() {
    begin_change
    step "Task definitions of $(short "$1")"
    register_tasks "$1" || exit
    if [ -n "${3:-}" ]; then
        step Migrations
        migrate || fail 'The migration failed, so the release stops here: no service has changed.'
    fi
    step 'Services and schedule'
    if ! roll_out_again || ! update_services || ! verify; then
        return_to "$2"
    fi
    record "$1"
    step "$ENVIRONMENT runs $1"
    say "$(contract url)"
}

# ── Its steps: each returns 1 after it has said why ──────────────────────────────────────────────

# register_tasks DIGEST: a task definition for each workload.
register_tasks() {
    local uri versions
    uri=$(repository) || return 1
    versions=$(secret_versions) || return 1
    layer_init tasks || return 1
    layer_plan tasks -var environment="$ENVIRONMENT" -var image="$uri@$1" -var secret_versions="$versions" || return 1
    [ -z "$OPTION_DRY_RUN" ] || return 0
    layer_apply tasks || return 1
    read_task_definitions
}

update_services() {
    layer_init services || return 1
    layer_plan services -var environment="$ENVIRONMENT" -var task_definitions="$TASK_DEFINITIONS" || return 1
    [ -z "$OPTION_DRY_RUN" ] || return 0
    layer_apply services && return
    read_services || return 1
    services_run || true # Terraform has said which one did not roll out, ECS knows why
    return 1
}

# A service whose first roll-out failed has nothing to go back to. It stays as it is, and Terraform sees nothing to
# change where the same is released again: so it is told to try once more.
roll_out_again() {
    local name definition rollout
    # shellcheck disable=SC2046 # a list of names
    describe_services $(workloads_of "$TASK_DEFINITIONS") > "$SCRATCH/services" || return 1
    while IFS=$'\t' read -r name definition _ _ _ rollout; do
        if [ "$rollout" = FAILED ] && [ "$definition" = "$(task_definition "$name")" ]; then
            say "$name failed before, and is rolled out again."
            cloud ecs update-service --cluster "$(contract cluster_name)" --service "$name" --force-new-deployment > /dev/null
        fi
    done < "$SCRATCH/services"
}

migrate() {
    start_task migrate "$(task_definition migrate)"
    follow_task migrate >&2
}

# ── Verification: what runs is what was asked for ────────────────────────────────────────────────

# Every service has rolled out the very task definition it was told to, and the load balancer gets 200
# from /up of every web task.
verify() {
    local deadline=$((SECONDS + TIMEOUT))
    read_services || return 1
    step "Rolling out ${SERVICES// /, }"
    until services_run; do
        [ "$FAILED" = "" ] || return 1
        if [ "$SECONDS" -ge "$deadline" ]; then
            problem "Not every service is up after $TIMEOUT seconds:$STATE."
            return 1
        fi
        progress "${STATE# }"
        sleep "$POLL"
    done
    progress "${STATE# }"
    until web_is_healthy; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            problem "The load balancer gets no 200 from /up after $TIMEOUT seconds: $STATE. What it says: bin/ecs logs $ENVIRONMENT web"
            return 1
        fi
        progress "$STATE"
        sleep "$POLL"
    done
    progress "$STATE"
    clear_progress
}

# Their names, and those among them whose jobs ECS protects.
read_services() {
    SERVICES=$(manifest 'join(" ", [for name, workload in local.workloads : name if workload.is_service])') || return 1
    LONG=$(manifest 'join(" ", [for name, workload in local.workloads : name if workload.is_long])') || return 1
}

# services_run: whether all do. STATE is what a person sees, FAILED the first that never will.
services_run() {
    local names name definition desired running deployed rollout pending='' seen=0
    FAILED=
    STATE=
    read -r -a names <<< "$SERVICES"
    describe_services "${names[@]}" > "$SCRATCH/services" || exit
    while IFS=$'\t' read -r name definition desired running deployed rollout; do
        seen=$((seen + 1))
        if [ "$definition" != "$(task_definition "$name")" ] || [ "$deployed" != "$definition" ] || [ "$rollout" = FAILED ]; then
            FAILED=$name
            STATE="$STATE $name failed"
        elif [ "$rollout" = COMPLETED ] && [ "$running" = "$desired" ]; then
            STATE="$STATE $name $running/$desired"
        elif only_long_jobs_remain "$name" "$definition" "$desired"; then
            STATE="$STATE $name $desired/$desired (older tasks finish their jobs)"
        else
            STATE="$STATE $name $running/$desired (rolling out)"
            pending=yes
        fi
    done < "$SCRATCH/services"
    if [ -n "$FAILED" ]; then
        explain_failure "$FAILED"
        return 1
    fi
    [ "$seen" -eq "${#names[@]}" ] && [ -z "$pending" ]
}

# only_long_jobs_remain NAME TASK_DEFINITION DESIRED: of workers whose jobs ECS protects, whether all new tasks
# are healthy. ECS calls such a roll-out complete when the last old job has ended, in hours perhaps.
only_long_jobs_remain() {
    local tasks healthy
    case " $LONG " in
        *" $1 "*) ;;
        *) return 1 ;;
    esac
    tasks=$(cloud ecs list-tasks --cluster "$(contract cluster_name)" --service-name "$1" --query 'taskArns[:100].[@]') || exit
    [ -n "$tasks" ] || return 1
    # shellcheck disable=SC2086 # a list of ARNs
    healthy=$(cloud ecs describe-tasks --cluster "$(contract cluster_name)" --tasks $tasks --query \
        "length(tasks[?taskDefinitionArn == '$2' && containers[?name == '$1' && healthStatus == 'HEALTHY']])") || exit
    [ "$healthy" -ge "$3" ]
}

# describe_services NAME...: name, task definition, desired and running tasks, what the newest
# deployment runs and how far it is. AWS tells of ten at a time.
describe_services() {
    while [ $# -gt 0 ]; do
        cloud ecs describe-services --cluster "$(contract cluster_name)" --services "${@:1:10}" \
            --query "services[?status == 'ACTIVE'].[serviceName, taskDefinition, desiredCount, runningCount,
                deployments[?status == 'PRIMARY'] | [0].taskDefinition,
                deployments[?status == 'PRIMARY'] | [0].rolloutState]" || return 1
        shift $(($# < 10 ? $# : 10))
    done
}

web_is_healthy() {
    local states desired healthy staying
    states=$(cloud elbv2 describe-target-health --target-group-arn "$(contract target_group_arn)" \
        --query 'TargetHealthDescriptions[].[TargetHealth.State]') || exit
    healthy=$(printf '%s\n' "$states" | grep -cx healthy || true)
    staying=$(printf '%s\n' "$states" | grep -cvx draining || true)
    desired=$(awk -F '\t' '$1 == "web" { print $3 }' "$SCRATCH/services")
    STATE="/up: $healthy of $desired web tasks answer"
    [ "$healthy" -ge "$desired" ] && [ "$healthy" -gt 0 ] && [ "$healthy" -eq "$staying" ]
}

# explain_failure SERVICE: what ECS says about it, and how its last task ended.
explain_failure() {
    local tasks task reason
    problem "$1 did not roll out."
    cloud ecs describe-services --cluster "$(contract cluster_name)" --services "$1" \
        --query 'services[0].events[:5].[message]' | sed 's/^/    /' >&2
    tasks=$(cloud ecs list-tasks --cluster "$(contract cluster_name)" --service-name "$1" --desired-status STOPPED \
        --query 'taskArns[:100]') || return 0
    case $tasks in
        '' | None) return 0 ;;
    esac
    # Those that were scaled away have stopped as well; the newest of this release's own tells why.
    # shellcheck disable=SC2086 # a list of ARNs
    cloud ecs describe-tasks --cluster "$(contract cluster_name)" --tasks $tasks --query \
        "reverse(sort_by(tasks[?taskDefinitionArn=='$(task_definition "$1")'], &to_string(stoppedAt)))[:1].[taskArn, stoppedReason]" \
        > "$SCRATCH/stopped" || return 0
    IFS=$'\t' read -r task reason < "$SCRATCH/stopped" || return 0
    say "    its last task: $reason"
    say "    its log: bin/ecs logs $ENVIRONMENT $1 --task ${task##*/}"
}

# ── Back to the last release, every workload together ────────────────────────────────────────────

# return_to DIGEST: without migrating. Ends the command.
return_to() {
    if [ -z "$1" ]; then
        fail "This was the first release of $ENVIRONMENT, there is none to return to: find the fault, then run bin/ecs deploy $ENVIRONMENT again."
    fi
    step "Back to $(short "$1")"
    if restore "$1" && verify; then
        fail "The release failed. $ENVIRONMENT runs $1 again, as before."
    fi
    fail "The release failed, and so did returning to $1: see bin/ecs status $ENVIRONMENT, then bin/ecs deploy or bin/ecs rollback."
}

# restore DIGEST: every workload gets the task definition that is recorded. It has worked, whereas the settings that
# the manifest has now may be what is at fault. A workload that is new keeps the only one it has.
restore() {
    local recorded
    recorded=$(parameter release/definitions) || return 1
    if [ -z "$recorded" ]; then # by a bin/ecs that did not record them yet
        register_tasks "$1" && update_services
        return
    fi
    layer_init tasks || return 1
    read_task_definitions
    TASK_DEFINITIONS=$(merge_definitions "$TASK_DEFINITIONS" "$recorded")
    update_services
}

# half_done: whether a release was broken off, so that a service runs something else than is recorded.
half_done() {
    local recorded name definition
    recorded=$(parameter release/definitions) || exit
    # shellcheck disable=SC2046 # a list of names
    describe_services $(workloads_of "$recorded") > "$SCRATCH/services" || exit
    while IFS=$'\t' read -r name definition _; do
        [ "$definition" = "$(definition_in "$recorded" "$name")" ] || return 0
    done < "$SCRATCH/services"
    return 1
}

# record DIGEST: it runs, so it is the one to return to. The one before it stays known for a rollback.
record() {
    local current
    put_parameter release/definitions "$TASK_DEFINITIONS"
    current=$(parameter release/current) || exit
    if [ "$current" != "$1" ]; then
        [ -z "$current" ] || put_parameter release/previous "$current"
        put_parameter release/current "$1"
    fi
    end_change
}
