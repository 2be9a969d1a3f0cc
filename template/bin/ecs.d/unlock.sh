# shellcheck shell=bash
# Remove locks that a run which is gone has left.
#
#   bin/ecs unlock ENVIRONMENT [--yes] [--dry-run]
#
# Two kinds: that of a release, and those of Terraform's state. Each is shown with who holds it. Make sure
# that nobody is at work: two at once can ruin a release, and the state.
#
#   --yes      do not ask
#   --dry-run  show the locks only

main() {
    local release states key
    enter
    release=$(parameter release/lock) || exit
    states=$(state_locks) || exit
    if [ -z "$release$states" ]; then
        say "Nothing is locked in $ENVIRONMENT."
        return
    fi
    [ -z "$release" ] || say "release: $(lock_holder)"
    for key in $states; do
        say "state $key: $(state_lock_holder "$key")"
    done
    ! would 'remove these locks' || return 0
    confirm 'Is nobody at work there any more?'
    [ -z "$release" ] || cloud ssm delete-parameter --name "$(path_to release/lock)"
    for key in $states; do
        cloud s3api delete-object --bucket "$(state_bucket)" --key "$key" > /dev/null
    done
    say 'Unlocked.'
}

state_locks() { # the lock files of this environment, and of what its account shares
    local prefix
    for prefix in "$ENVIRONMENT/" account.tfstate; do
        cloud s3api list-objects-v2 --bucket "$(state_bucket)" --prefix "$prefix" \
            --query "Contents[?ends_with(Key, '.tflock')].[Key]" | grep -v '^None$' || true
    done
}

state_lock_holder() { # state_lock_holder KEY
    cloud s3api get-object --bucket "$(state_bucket)" --key "$1" "$SCRATCH/state-lock" > /dev/null || exit
    printf '%s since %s' "$(json_field Who "$(cat "$SCRATCH/state-lock")")" "$(json_field Created "$(cat "$SCRATCH/state-lock")")"
}
