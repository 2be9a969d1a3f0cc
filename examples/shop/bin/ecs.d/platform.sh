# shellcheck shell=bash
# Make or change what an environment stands on: network, database, Valkey, load balancer, roles.
#
#   bin/ecs platform ENVIRONMENT [--yes] [--dry-run]
#
# What the manifest says below `platform` is planned, shown, and made after you agreed. APP_KEY,
# DB_PASSWORD and REDIS_PASSWORD are made up and kept in SSM where they are absent, and never replaced.
# The first time takes about fifteen minutes: that is the database.
#
# With a network or a database of your own, or DNS elsewhere, it says which parameters you have to write
# first, and how. A database that was restored from a backup and has got the environment's name is taken
# over (docs/ecs/runbook.md). A plan that would throw away a protected environment's Valkey is refused.
#
#   --yes      do not ask
#   --dry-run  show what would change, and change nothing

main() {
    terraform_ready
    enter
    check_manifest
    read_platform
    require_given
    require_subnets
    require_hosted_zone
    provide_secrets
    step "Platform of $ENVIRONMENT"
    layer_init platform || exit
    keep_using_bucket
    take_over_restored_database
    layer_plan platform -var environment="$ENVIRONMENT" || exit
    refuse_loss
    layer_agree platform || exit
    [ -z "$OPTION_DRY_RUN" ] || return 0
    protect_valkey
    tell_next
}

read_platform() { # what of the manifest decides what a team brings along itself
    local said
    said=$(manifest 'join(" ", [for key in ["network", "database", "domain", "hosted_zone"] : coalesce(local.platform[key], "-")])') || exit
    read -r NETWORK DATABASE DOMAIN ZONE <<< "$said"
}

# ── What a team brings along itself ──────────────────────────────────────────────────────────────

given_names() {
    [ "$NETWORK" != existing ] || printf '%s ' vpc_id public_subnet_ids task_subnet_ids data_subnet_ids assign_public_ip
    [ "$DATABASE" != external ] || printf '%s ' database_connection database_host database_port database_name database_username
    if [ "$DOMAIN" != - ] && [ "$ZONE" = - ]; then
        printf '%s ' certificate_arn
    fi
}

require_given() {
    local name existing missing=
    for name in $(given_names); do
        existing=$(parameter "platform/$name") || exit
        [ -n "$existing" ] || missing="$missing $name"
        require_form "$name" "$existing"
    done
    [ -n "$missing" ] || return 0
    say "These parameters are yours to write, because $ENVIRONMENT's network, database or DNS is your own:"
    for name in $missing; do
        say "    aws ssm put-parameter --region $REGION --type String --name $(path_to "platform/$name") --value $(example "$name")"
    done
    fail "Missing:$missing. Write them, then run bin/ecs platform $ENVIRONMENT again."
}

# What only the deploy would stumble over, when the migrations have run already.
require_form() { # require_form NAME VALUE
    local form
    case $1 in
        vpc_id) form='vpc-[0-9a-f]+' ;;
        *_subnet_ids) form='subnet-[0-9a-f]+(,subnet-[0-9a-f]+)+' ;;
        assign_public_ip) form='ENABLED|DISABLED' ;;
        database_connection) form='pgsql|mysql|mariadb' ;;
        database_port) form='[0-9]+' ;;
        *) form='[^ ]+' ;;
    esac
    [ -z "$2" ] || [[ $2 =~ ^($form)$ ]] ||
        fail "The parameter $(path_to "platform/$1") is '$2'; it has to look like $(example "$1")"
}

example() { # example NAME
    case $1 in
        vpc_id) printf 'vpc-0123456789abcdef0' ;;
        *_subnet_ids) printf 'subnet-0123456789abcdef0,subnet-0123456789abcdef1' ;;
        assign_public_ip) printf 'DISABLED' ;;
        certificate_arn) printf 'arn:aws:acm:%s:%s:certificate/...' "$REGION" "$ACCOUNT_ID" ;;
        database_connection) printf 'pgsql' ;;
        database_host) printf 'database.example.com' ;;
        database_port) printf '5432' ;;
        *) printf '%s' "$SLUG" ;;
    esac
}

# A load balancer sends nothing to a task in a zone where it has no subnet, and half of the tasks would never be healthy.
require_subnets() {
    local vpc kind ids lonely
    [ "$NETWORK" = existing ] || return 0
    vpc=$(parameter platform/vpc_id) || exit
    for kind in public task data; do
        ids=$(parameter "platform/${kind}_subnet_ids") || exit
        # shellcheck disable=SC2086 # a list of ids
        cloud ec2 describe-subnets --subnet-ids ${ids//,/ } --query 'Subnets[].[AvailabilityZone, VpcId]' > "$SCRATCH/$kind" || exit
        ! grep -qv "$vpc\$" "$SCRATCH/$kind" ||
            fail "Not all subnets of $(path_to "platform/${kind}_subnet_ids") lie in $vpc, which is $(path_to platform/vpc_id)."
        [ "$(cut -f 1 "$SCRATCH/$kind" | sort -u | wc -l)" -ge 2 ] ||
            fail "The subnets of $(path_to "platform/${kind}_subnet_ids") lie in one zone, $(cut -f 1 "$SCRATCH/$kind" | first_line); two are needed."
    done
    lonely=$(comm -13 <(cut -f 1 "$SCRATCH/public" | sort -u) <(cut -f 1 "$SCRATCH/task" | sort -u) | tr '\n' ' ')
    [ -z "$lonely" ] ||
        fail "Tasks in ${lonely% } would get no request: $(path_to platform/public_subnet_ids) has none there, and the load balancer reaches no zone but those."
}

# A zone that the domain's registrar does not point to has Terraform wait for a certificate, for over an hour.
require_hosted_zone() {
    local zone servers
    [ "$DOMAIN" != - ] && [ "$ZONE" != - ] || return 0
    zone=$(cloud route53 list-hosted-zones-by-name --dns-name "$ZONE" --max-items 10 \
        --query "HostedZones[?Name == '$ZONE.' && Config.PrivateZone == \`false\`] | [0].Id") || exit
    [ "$zone" != None ] ||
        fail "Route 53 has no public zone $ZONE in account $ACCOUNT_ID: correct hosted_zone in infra/environments/$ENVIRONMENT.yml, or make the zone. With hosted_zone: \"\" DNS stays elsewhere."
    servers=$(cloud route53 get-hosted-zone --id "$zone" --query "join(', ', DelegationSet.NameServers)") || exit
    say "DNS: $ZONE must be delegated to $servers; the certificate waits for that."
}

# ── Secrets ──────────────────────────────────────────────────────────────────────────────────────

provide_secrets() {
    local names name missing
    names='APP_KEY REDIS_PASSWORD'
    if [ "$DATABASE" = external ]; then
        missing=$(missing_secrets DB_PASSWORD) || exit
        [ -z "$missing" ] || fail "The password of your database is missing: bin/ecs secret $ENVIRONMENT set DB_PASSWORD"
    else
        names="$names DB_PASSWORD"
    fi
    # shellcheck disable=SC2086 # a list of names
    missing=$(missing_secrets $names) || exit
    for name in $missing; do
        would "make up the secret $name" && continue
        generate_secret "$name"
        say "Made up the secret $name."
    done
    if [ -n "$missing" ] && would 'plan the platform, which needs these secrets'; then
        exit
    fi
}

# ── What Terraform cannot do ─────────────────────────────────────────────────────────────────────

# Files that `destroy` has kept, or that an earlier environment of this name has left, are used again.
keep_using_bucket() {
    local bucket=$FULL_NAME-$ACCOUNT_ID-$REGION
    in_layer platform state list 2> /dev/null | has_line aws_s3_bucket.files && return
    bucket_exists "$bucket" || return 0
    ! would "take over the bucket $bucket" || return 0
    say "The bucket $bucket is there already, and is taken over."
    take_over aws_s3_bucket.files "$bucket"
}

# A restored database is another server under the same name, and Terraform knows a server by the id that AWS gave
# it: it would go on with the old one. (A cluster of Aurora it knows by its name.)
take_over_restored_database() {
    local address='aws_db_instance.this[0]' known found
    case $DATABASE in
        mysql | postgres) ;;
        *) return 0 ;;
    esac
    found=$(cloud_unless DBInstanceNotFound rds describe-db-instances --db-instance-identifier "$FULL_NAME" \
        --query 'DBInstances[0].DbiResourceId') || exit
    known=$(in_layer platform state show -no-color "$address" 2> /dev/null | sed -n 's/^ *resource_id *= "\(.*\)"$/\1/p') || known=
    [ -n "$found" ] && [ "$found" != "$known" ] || return 0
    ! would "take over the database $FULL_NAME in place of the one that Terraform knows" || return 0
    say "The database $FULL_NAME is another one than before, and is taken over."
    [ -z "$known" ] || in_layer platform state rm "$address" > /dev/null || exit
    take_over "$address" "$FULL_NAME"
}

take_over() { # take_over ADDRESS ID: into Terraform's state
    local log
    log=$(layer_files platform).log
    in_layer platform import -input=false -no-color -var environment="$ENVIRONMENT" "$1" "$2" \
        > "$log" 2>&1 || terraform_refuses platform "$log"
}

# What a plan would throw away, AWS itself refuses to delete of a database and a load balancer, but not of Valkey.
refuse_loss() {
    local log
    [ "$(manifest_value protected)" = true ] || return 0
    log=$(layer_files platform).log
    ! without_colours < "$log" | has_match '# aws_elasticache_replication_group[.]valkey[[]"main"] .*(replaced|destroyed)' ||
        fail "$ENVIRONMENT is protected, and that would throw away Valkey, with all jobs and sessions. If you mean it: set protected: false in infra/environments/$ENVIRONMENT.yml first."
}

# Terraform's provider would keep Valkey's password in the state. ROTATE lets it in beside "no password",
# SET makes it the only way in; AWS does not tell the two apart, so a tag says when both are done.
protect_valkey() {
    local groups group arn tag enabled
    groups=$(in_layer platform output -no-color -json valkey_replication_group_ids) || exit
    for group in $(printf '%s' "$groups" | tr -d '[]"' | tr ',' ' '); do
        arn=$(ask_valkey "$group" ARN) || exit
        tag=$(cloud elasticache list-tags-for-resource --resource-name "$arn" --query "TagList[?Key == 'Password'] | [0].Value") || exit
        [ "$tag" != required ] || continue
        step "Password of Valkey $group"
        wait_for_valkey "$group" # an earlier run may have been broken off
        enabled=$(ask_valkey "$group" AuthTokenEnabled) || exit
        [ "$enabled" = True ] || set_valkey_password "$group" ROTATE
        set_valkey_password "$group" SET
        cloud elasticache add-tags-to-resource --resource-name "$arn" --tags Key=Password,Value=required > /dev/null
    done
}

ask_valkey() { # ask_valkey GROUP WHAT
    cloud elasticache describe-replication-groups --replication-group-id "$1" --query "ReplicationGroups[0].$2"
}

set_valkey_password() { # set_valkey_password GROUP STRATEGY
    printf '%s' "$(cloud ssm get-parameter --name "$(path_to secrets/REDIS_PASSWORD)" --with-decryption --query Parameter.Value)" |
        cloud elasticache modify-replication-group --replication-group-id "$1" --apply-immediately \
            --auth-token-update-strategy "$2" --auth-token file:///dev/stdin > /dev/null
    sleep "$POLL" # a change is not under way the moment it was asked for
    wait_for_valkey "$1"
}

wait_for_valkey() { # wait_for_valkey GROUP: until nothing changes there, nor is about to
    local said status pending deadline=$((SECONDS + TIMEOUT))
    while :; do
        said=$(ask_valkey "$1" '[Status, PendingModifiedValues.AuthTokenStatus]') || exit
        read -r status pending <<< "$said"
        [ "$status $pending" != 'available None' ] || break
        [ "$SECONDS" -lt "$deadline" ] || fail "Valkey $1 is still $status after $TIMEOUT seconds: run bin/ecs platform $ENVIRONMENT again."
        progress "$1: $status"
        sleep "$POLL"
    done
    clear_progress
}

tell_next() {
    local dns tasks
    read_contract
    dns=$(in_layer platform output -raw -no-color dns 2> /dev/null) || dns= # there is none without a domain
    step "$ENVIRONMENT has its platform"
    [ -z "$dns" ] || say "DNS: $dns"
    tasks=$(contract task_security_group_id)
    [ "$DATABASE" != external ] || say "Before a deploy your database has to let in the tasks' security group, $tasks."
    say "Next: bin/ecs deploy $ENVIRONMENT. It will answer at:"
    contract url
}
