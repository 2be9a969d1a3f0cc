# shellcheck shell=bash
# Delete an environment, and keep what cannot be had again.
#
#   bin/ecs destroy ENVIRONMENT [--yes ENVIRONMENT] [--dry-run]
#
# Refused while the manifest says `protected: true`: set it to false and run bin/ecs platform first. Then
# services, tasks with their logs, and the platform are deleted, in that order. Kept are the files in the
# bucket, a last snapshot of the database, the secrets and the images; at its end it says where. Broken
# off in the middle, it goes on when it is run again.
#
#   --yes ENVIRONMENT  do not ask for the name
#   --dry-run          show what would be deleted, and delete nothing

main() {
    terraform_ready
    enter
    check_manifest
    BUCKET=$FULL_NAME-$ACCOUNT_ID-$REGION
    require_unprotected
    if [ -z "$OPTION_DRY_RUN" ]; then
        agree
        lock_release
        begin_change
    fi

    layer_init tasks || exit
    read_task_definitions
    delete_layer services -var task_definitions="$TASK_DEFINITIONS"
    delete_layer tasks -var image="$SLUG@sha256:$(printf '0%.0s' {1..64})" # of no account for deleting
    keep_bucket
    delete_layer platform

    if [ -z "$OPTION_DRY_RUN" ]; then
        forget_releases
        end_change
        tell_what_is_kept
    fi
}

# AWS itself must have been told: a database that is protected would stop everything half-way.
require_unprotected() {
    local balancer protected
    [ "$(manifest_value protected)" = false ] ||
        fail "$ENVIRONMENT is protected: set protected: false in infra/environments/$ENVIRONMENT.yml, run bin/ecs platform $ENVIRONMENT, then this again."
    balancer=$(cloud_unless LoadBalancerNotFound elbv2 describe-load-balancers --names "$FULL_NAME" \
        --query 'LoadBalancers[0].LoadBalancerArn') || exit
    [ -n "$balancer" ] || return 0
    protected=$(cloud elbv2 describe-load-balancer-attributes --load-balancer-arn "$balancer" \
        --query "Attributes[?Key == 'deletion_protection.enabled'].Value") || exit
    [ "$protected" != true ] ||
        fail "AWS still protects $ENVIRONMENT from deletion: run bin/ecs platform $ENVIRONMENT first, the manifest no longer asks for it."
}

agree() {
    local answer=$OPTION_YES
    if [ -z "$answer" ]; then
        [ -t 0 ] || fail "Nobody is here to answer: repeat the command with --yes $ENVIRONMENT."
        printf 'This deletes %s in account %s, %s.\nType its name, %s: ' "$FULL_NAME" "$ACCOUNT_ID" "$REGION" "$ENVIRONMENT" >&2
        read -r answer || true
    fi
    [ "$answer" = "$ENVIRONMENT" ] || fail "'$answer' is not $ENVIRONMENT: nothing was deleted."
}

delete_layer() { # delete_layer LAYER ARGUMENT...
    local layer=$1
    shift
    step "Deleting $layer"
    layer_init "$layer" || exit
    if layer_is_empty "$layer"; then
        say "$layer: nothing is there."
        return
    fi
    layer_plan "$layer" -destroy -var environment="$ENVIRONMENT" "$@" || exit
    [ -n "$OPTION_DRY_RUN" ] || layer_apply "$layer" || exit
}

# Terraform forgets a bucket with files in it; `bin/ecs platform` would take it over again.
keep_bucket() {
    local address
    bucket_has_files || return 0
    ! would "keep the bucket $BUCKET, because files are in it" || return 0
    layer_init platform || exit
    for address in $(in_layer platform state list | grep '^aws_s3_bucket[a-z_]*\.files$'); do
        in_layer platform state rm "$address" > /dev/null || exit
    done
}

bucket_has_files() {
    local found
    bucket_exists "$BUCKET" || return 1
    found=$(cloud s3api list-object-versions --bucket "$BUCKET" --max-keys 1 --no-paginate \
        --query '[Versions, DeleteMarkers][] | [0].Key') || exit
    [ "$found" != None ]
}

forget_releases() {
    cloud ssm delete-parameters --names "$(path_to release/current)" "$(path_to release/previous)" \
        "$(path_to release/definitions)" > /dev/null
}

tell_what_is_kept() {
    local snapshot
    step "$ENVIRONMENT is deleted. Kept:"
    if bucket_exists "$BUCKET"; then
        say "    files      s3://$BUCKET"
    fi
    for snapshot in $(snapshots); do
        say "    database   snapshot $snapshot"
    done
    say "    secrets    $(path_to secrets/) in SSM"
    say "    images     $SLUG in ECR"
    say "    state      s3://$(state_bucket)/$ENVIRONMENT/, every version of it"
}

snapshots() {
    cloud rds describe-db-snapshots --snapshot-type manual \
        --query "DBSnapshots[?starts_with(DBSnapshotIdentifier, '$FULL_NAME-final-')].[DBSnapshotIdentifier]" || exit
    cloud rds describe-db-cluster-snapshots --snapshot-type manual \
        --query "DBClusterSnapshots[?starts_with(DBClusterSnapshotIdentifier, '$FULL_NAME-final-')].[DBClusterSnapshotIdentifier]" || exit
}
