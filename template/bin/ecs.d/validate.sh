# shellcheck shell=bash
# Check the manifests and the infrastructure's code, without AWS.
#
#   bin/ecs validate [ENVIRONMENT...] [--dry-run]
#
# What an update left to be merged, every manifest, or those you name, and formatting; then for each layer:
# is it valid, do its tests pass (terraform test, with nothing real behind it). It needs no credentials: the
# pipeline runs it for every change.
#
#   --dry-run  the same: it changes nothing

LAYERS='manifest account platform tasks services'

main() {
    local names name layer jobs=() faults=0
    terraform_ready
    names=${ARGUMENTS[*]-}
    names=${names:-$(environments | tr -d ,)}
    step 'Merge'
    (no_conflicts) && say '✓ nothing is left of an update' || faults=$((faults + 1))

    step 'Manifests'
    for name in $names; do
        use_environment "$name"
        (check_manifest) && say "✓ $name" || faults=$((faults + 1))
    done

    step 'Formatting'
    if "$TERRAFORM" fmt -check -diff -recursive "$ROOT/infra" >&2; then
        say '✓ formatted'
    else
        problem "infra is not formatted: run $TERRAFORM fmt -recursive infra"
        faults=$((faults + 1))
    fi

    step 'Layers'
    for layer in $LAYERS; do # one after the other, because they fill one cache of providers
        quietly "$layer" init -backend=false -input=false -no-color > "$SCRATCH/$layer" 2>&1 ||
            terraform_refuses "$layer" "$SCRATCH/$layer"
    done
    for layer in $LAYERS; do
        # shellcheck disable=SC2086 # a list of names
        try_layer "$layer" $names > "$SCRATCH/$layer" 2>&1 &
        jobs+=("$layer $!")
    done
    for layer in "${jobs[@]}"; do
        if wait "${layer#* }"; then
            say "✓ ${layer% *}: $(tail -n 1 "$SCRATCH/${layer% *}")"
        else
            cat "$SCRATCH/${layer% *}" >&2
            problem "${layer% *}: $(plain_error < "$SCRATCH/${layer% *}")"
            faults=$((faults + 1))
        fi
    done
    end_step
    [ "$faults" -eq 0 ] || fail "$faults of these checks failed; the reasons stand above."
}

try_layer() { # try_layer LAYER ENVIRONMENT...: its tests, once for each manifest; account reads them all
    local layer=$1 name
    shift
    quietly "$layer" validate -no-color || return 1
    if [ "$layer" = account ]; then
        quietly account test -no-color
        return
    fi
    for name in "$@"; do
        quietly "$layer" test -no-color -var environment="$name" || return 1
    done
}

quietly() { # quietly LAYER ARGUMENT...: Terraform, with its files apart from those of real runs
    local layer=$1
    shift
    TF_DATA_DIR=$ROOT/infra/.terraform/validate/$layer "$TERRAFORM" -chdir="$ROOT/infra/$layer" "$@"
}
