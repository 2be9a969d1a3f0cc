# shellcheck shell=bash
# Prepare an AWS account, once: Terraform's state, the image registry, the pipeline's roles.
#
#   bin/ecs bootstrap [ENVIRONMENT...] [--yes] [--dry-run]
#
# The account is the one of your credentials. It is written into the manifests of the environments you
# name; without a name, of all that have none yet. Environments may share an account: production is best
# alone in one of its own. Run again at any time, it makes what is missing, and gives the state's bucket its
# settings back.
#
#   --yes      do not ask
#   --dry-run  show what would be made, and make nothing

main() {
    local chosen bucket
    terraform_ready
    sign_in
    chosen=$(chosen_environments) || exit
    bucket=$(state_bucket)

    if would "prepare account $ACCOUNT_ID ($CALLER) in $REGION for: ${chosen:-no further environment}"; then
        show_bootstrap "$bucket" "$chosen"
        return
    fi
    confirm "Prepare account $ACCOUNT_ID ($CALLER) in $REGION for: ${chosen:-no further environment}?"
    step "Account $ACCOUNT_ID"
    make_state_bucket "$bucket"
    trust_pipeline
    make_service_roles
    write_accounts "$chosen"
    step 'Image registry and roles of the pipeline'
    layer_change account || exit
    next_steps
}

chosen_environments() { # those that get this account, with spaces between
    local name id chosen=
    for name in ${ARGUMENTS[@]+"${ARGUMENTS[@]}"}; do
        id=$(manifest_value account_id "$name")
        [ -z "$id" ] || [ "$id" = "$ACCOUNT_ID" ] ||
            fail "$name lives in account $id, but these are credentials of $ACCOUNT_ID ($CALLER): choose others, for example with AWS_PROFILE."
        chosen="$chosen $name"
    done
    if [ ${#ARGUMENTS[@]} -eq 0 ]; then
        for name in $(environments | tr -d ,); do
            [ -n "$(manifest_value account_id "$name")" ] || chosen="$chosen $name"
        done
    fi
    printf '%s' "${chosen# }"
}

show_bootstrap() { # show_bootstrap BUCKET ENVIRONMENTS
    if bucket_exists "$1"; then
        layer_change account || exit
    else
        say "would make the state bucket $1, and in it plan the image registry and the roles"
    fi
    [ -z "$2" ] || say "would write the account into infra/environments: $2"
}

# ── Terraform's state ────────────────────────────────────────────────────────────────────────────

# Each time all of it: a run that was broken off may have left a bucket that lacks the rest.
make_state_bucket() { # make_state_bucket BUCKET
    local location=()
    [ "$REGION" = us-east-1 ] || location=(--create-bucket-configuration "LocationConstraint=$REGION")
    say "State bucket $1"
    bucket_exists "$1" || cloud s3api create-bucket --bucket "$1" ${location[@]+"${location[@]}"} > /dev/null
    cloud s3api put-public-access-block --bucket "$1" --public-access-block-configuration \
        BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
    cloud s3api put-bucket-versioning --bucket "$1" --versioning-configuration Status=Enabled
    cloud s3api put-bucket-encryption --bucket "$1" --server-side-encryption-configuration \
        '{"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": true}]}'
    cloud s3api put-bucket-policy --bucket "$1" --policy "$(only_encrypted "$1")"
    # Each run leaves a version of the state and of its lock; ninety days of them are a good memory.
    cloud s3api put-bucket-lifecycle-configuration --bucket "$1" --lifecycle-configuration \
        '{"Rules": [{"ID": "old-versions", "Status": "Enabled", "Filter": {},
          "NoncurrentVersionExpiration": {"NoncurrentDays": 90}, "Expiration": {"ExpiredObjectDeleteMarker": true}}]}' > /dev/null
}

only_encrypted() { # only_encrypted BUCKET: a policy that refuses plain HTTP
    local arn
    arn=$(arn_partition):s3:::$1
    printf '{"Version": "2012-10-17", "Statement": [{"Sid": "OnlyEncrypted", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
      "Resource": ["%s", "%s/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}' "$arn" "$arn"
}

arn_partition() { # "arn:aws", from what AWS called us
    printf '%s' "$CALLER" | cut -d : -f 1-2
}

# ── What an account has once ─────────────────────────────────────────────────────────────────────

# An account has each identity provider once; another project may have made it already.
trust_pipeline() {
    local issuer arn clients
    case $(project_value ci) in
        github) issuer=token.actions.githubusercontent.com ;;
        gitlab) issuer=gitlab.com ;;
        *) return 0 ;;
    esac
    arn=$(cloud iam list-open-id-connect-providers \
        --query "OpenIDConnectProviderList[?ends_with(Arn, '/$issuer')].[Arn]") || exit
    if [ -z "$arn" ]; then
        say "Identity provider $issuer"
        cloud iam create-open-id-connect-provider --url "https://$issuer" --client-id-list sts.amazonaws.com > /dev/null
        return
    fi
    clients=$(cloud iam get-open-id-connect-provider --open-id-connect-provider-arn "$arn" --query 'ClientIDList[].[@]') || exit
    printf '%s\n' "$clients" | has_line sts.amazonaws.com ||
        cloud iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn "$arn" --client-id sts.amazonaws.com
}

# Roles that AWS makes on first use, if whoever comes first may make one. The pipeline may not.
make_service_roles() {
    local existing service
    existing=$(cloud iam list-roles --path-prefix /aws-service-role/ --query 'Roles[].[Path]') || exit
    for service in ecs ecs.application-autoscaling elasticloadbalancing rds elasticache; do
        service=$service.amazonaws.com
        if ! printf '%s\n' "$existing" | has_line "/aws-service-role/$service/"; then
            say "Service role of $service"
            cloud iam create-service-linked-role --aws-service-name "$service" > /dev/null
        fi
    done
}

write_accounts() { # write_accounts "ENVIRONMENT..."
    local name
    for name in $1; do
        [ -n "$(manifest_value account_id "$name")" ] || write_account_id "$name" "$ACCOUNT_ID"
    done
}

next_steps() {
    local name
    step "Account $ACCOUNT_ID is ready"
    say 'Commit what has changed below infra, then:'
    for name in $(environments | tr -d ,); do
        [ "$(manifest_value account_id "$name")" != "$ACCOUNT_ID" ] || say "    bin/ecs platform $name"
    done
}
