# shellcheck shell=bash
# Build the commit that is checked out, and push it.
#
#   bin/ecs build ENVIRONMENT [--existing] [--dry-run]
#
# Builds for the processor of the tasks and pushes to the registry of the environment's AWS account,
# tagged with the commit. A commit that is there already is not built again. The image's digest is the
# one line on stdout; in GitHub Actions it is the output `digest`, too.
#
# Private packages: an auth.json of Composer and an .npmrc in the repository's folder are handed to the
# build as secrets. Neither gets into the image.
#
#   --existing  build nothing: fail if the commit's image is not there
#   --dry-run   say whether it would build

main() {
    local digest
    enter
    if [ -n "$OPTION_EXISTING" ] || [ -n "$OPTION_DRY_RUN" ]; then
        digest=$(built_image) || exit
        if [ -z "$digest" ]; then
            ! would "build $(commit) and push it to $SLUG in account $ACCOUNT_ID, $REGION" || return 0
            fail "There is no image of $(commit) in account $ACCOUNT_ID yet: run bin/ecs build $ENVIRONMENT."
        fi
    else
        digest=$(build_image) || exit
    fi
    if [ -n "${GITHUB_OUTPUT:-}" ]; then
        printf 'digest=%s\n' "$digest" >> "$GITHUB_OUTPUT"
    fi
    printf '%s\n' "$digest"
}
