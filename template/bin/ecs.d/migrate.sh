# shellcheck shell=bash
# Run the migrations of the release that was registered last.
#
#   bin/ecs migrate ENVIRONMENT [--dry-run]
#
# `deploy` does this by itself. Here it is by hand: a task of its own, its log shown while it runs. Ends
# with the exit code of the task: 75 while another migration is at it.
#
#   --dry-run  say what would be run

main() {
    enter
    read_contract
    ! would "run the task $FULL_NAME-migrate" || return 0
    trap 'say "The migration goes on: bin/ecs logs $ENVIRONMENT migrate --task ${TASK##*/} --follow"; exit 130' INT
    start_task migrate "$FULL_NAME-migrate"
    follow_task migrate
}
