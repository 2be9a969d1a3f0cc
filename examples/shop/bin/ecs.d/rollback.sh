# shellcheck shell=bash
# Go back to the release before, without touching the database.
#
#   bin/ecs rollback ENVIRONMENT [--no-wait] [--dry-run]
#
# Releases the previous image to every workload, with the settings that the manifest has now, and
# verifies it as `deploy` does. Migrations are neither run nor undone: the older code must be able to
# work with the newer tables. Run it twice, and you are where you were.
#
# After a release that was broken off half-way it goes back to the one that ran before that, image and
# settings, which is the last one that was verified.
#
#   --no-wait  while somebody else releases, end with 75 instead of waiting
#   --dry-run  show what would change, and change nothing

main() {
    local current previous
    terraform_ready
    enter
    check_manifest
    read_contract
    [ -n "$OPTION_DRY_RUN" ] || lock_release
    current=$(parameter release/current) || exit
    if [ -n "$current" ] && half_done; then
        undo "$current"
        return
    fi
    previous=$(parameter release/previous) || exit
    [ -n "$previous" ] || fail "$ENVIRONMENT has no release before this one."
    check_digest "$previous"

    if would "release $previous in place of $current:"; then
        register_tasks "$previous"
        return
    fi
    release "$previous" "$current"
}

undo() { # undo DIGEST: a release that was broken off; what is recorded runs again
    ! would "release $1 again: the release after it was broken off" || return 0
    begin_change
    step "Back to $(short "$1")"
    if ! restore "$1" || ! verify; then
        fail "$1 does not run yet: see bin/ecs status $ENVIRONMENT, then run bin/ecs rollback $ENVIRONMENT again."
    fi
    end_change
    step "$ENVIRONMENT runs $1"
    say "$(contract url)"
}
