# shellcheck shell=bash
# Print the role that the pipeline assumes.
#
#   bin/ecs role ENVIRONMENT [--build] [--dry-run]
#
# The role that may release to the environment and do nothing else. Read from the manifest: no AWS access
# is needed.
#
#   --build    the one that may push images and do nothing else
#   --dry-run  the same: it changes nothing

main() {
    local account name=$FULL_NAME-deploy
    account=$(manifest_value account_id)
    [ -n "$account" ] || fail "$ENVIRONMENT has no AWS account yet: run bin/ecs bootstrap $ENVIRONMENT first."
    [ -z "$OPTION_BUILD" ] || name=$SLUG-build
    printf 'arn:aws:iam::%s:role/%s\n' "$account" "$name"
}
