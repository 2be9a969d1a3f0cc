# shellcheck shell=bash
# Release a commit: migrations first, then every workload together.
#
#   bin/ecs deploy ENVIRONMENT [--image DIGEST] [--if-platform] [--no-wait] [--dry-run]
#
# Builds the commit that is checked out, unless its image is there already. Then, in this order:
# registers the task definitions, runs the migrations and waits for them, updates the services and the
# schedule, and watches until what runs is what was asked for and the load balancer gets 200 from /up.
#
# A migration that fails stops the release; no service has seen it then. When the roll-out fails, every
# workload returns to the release before, together, and the command fails. Broken off in the middle,
# it finishes when it is run again. Only one release runs at a time; another one waits for it.
#
# A worker whose jobs may last longer than 110 seconds ends the one it has, in its old task; the release
# does not wait for that.
#
#   --image DIGEST  release this image, sha256:..., instead of the commit's
#   --if-platform   while there is no platform yet, say so and end with 0: for a pipeline
#   --no-wait       while somebody else releases, end with 75 instead of waiting
#   --dry-run       show what would change, and change nothing

main() {
    local image current
    terraform_ready
    enter
    check_manifest
    if [ -n "$OPTION_IF_PLATFORM" ] && [ -z "$(parameter platform/cluster_name)" ]; then
        notice "$ENVIRONMENT is left out: it has no platform yet. Run bin/ecs platform $ENVIRONMENT."
        return
    fi
    read_contract
    require_secrets

    if [ -n "$OPTION_DRY_RUN" ]; then
        show_release
        return
    fi
    lock_release
    image=$(image_to_release) || exit
    current=$(parameter release/current) || exit
    release "$image" "$current" migrate
}

# A task whose secret is missing never starts; better to know before anything is built.
require_secrets() {
    local names missing
    names=$(manifest 'join(" ", local.secrets)') || exit
    # shellcheck disable=SC2086 # a list of names
    missing=$(missing_secrets $names) || exit
    [ -z "$missing" ] ||
        fail "These secrets are missing: $(printf '%s' "$missing" | tr '\n' ' '). Set each: bin/ecs secret $ENVIRONMENT set NAME"
}

image_to_release() {
    if [ -n "$OPTION_IMAGE" ]; then
        check_digest "$OPTION_IMAGE"
        printf '%s' "$OPTION_IMAGE"
    else
        build_image
    fi
}

show_release() {
    local image
    image=$OPTION_IMAGE
    if [ -n "$image" ]; then
        check_digest "$image"
    else
        image=$(built_image) || exit
    fi
    if [ -z "$image" ]; then
        say 'would build and push the commit that is checked out; the plans below show the image that runs now.'
        image=$(parameter release/current) || exit
        image=${image:-sha256:$(printf '0%.0s' {1..64})}
    fi
    say "would release $image:"
    register_tasks "$image" || exit
    say 'would run the migrations and wait for them'
    read_task_definitions
    if [ "$TASK_DEFINITIONS" = '{}' ]; then
        say 'would create the services and the schedule; their plan needs the task definitions'
    else
        update_services || exit
    fi
    say 'would watch the roll-out, and return to the release before if it failed'
}
