# shellcheck shell=bash
# Run an artisan command in a task of its own.
#
#   bin/ecs artisan ENVIRONMENT [--dry-run] -- COMMAND...
#
# The image and settings are those of the release that runs. The command's output is shown while it
# runs, and its exit code is the one of bin/ecs. Ctrl-C stops the task.
#
#   bin/ecs artisan production -- queue:retry all
#
#   --dry-run  say what would be run

main() {
    local recorded definition
    enter
    read_contract
    ! would "run: php artisan ${ARGUMENTS[*]}" || return 0
    trap 'stop_task artisan; exit 130' INT
    trap 'stop_task artisan; exit 143' TERM
    recorded=$(parameter release/definitions) || exit
    definition=$(definition_in "$recorded" artisan)
    start_task artisan "${definition:-$FULL_NAME-artisan}" "${ARGUMENTS[@]}" # none is recorded before the first release
    follow_task artisan
}
