# shellcheck shell=bash
# The image of the commit that is checked out. Its tag is the commit, and no tag is ever moved.

commit() {
    need git 'get it from https://git-scm.com'
    git -C "$ROOT" rev-parse --git-dir > /dev/null 2>&1 ||
        fail 'This is no git repository yet: git init --initial-branch main && git add --all && git commit'
    git -C "$ROOT" rev-parse --verify --quiet HEAD || fail 'There is no commit yet: git add --all && git commit'
}

built_image() { # the digest of this commit's image, or nothing
    local commit
    commit=$(commit) || exit
    digest_of "imageTag=$commit"
}

# build_image: prints the digest.
build_image() {
    local commit digest
    commit=$(commit) || exit
    require_clean_tree # what no commit has would be left out, and nobody told
    digest=$(digest_of "imageTag=$commit") || exit
    if [ -n "$digest" ]; then
        say "The image of ${commit:0:12} is there already."
    else
        push_image "$commit" || exit
        digest=$(digest_of "imageTag=$commit") || exit
        [ -n "$digest" ] || fail "The image was pushed, but $SLUG:$commit is not in the registry: run the same again."
    fi
    printf '%s\n' "$digest"
}

# Below infra nothing gets into the image, and the commands themselves write there.
require_clean_tree() {
    local changed
    changed=$(git -C "$ROOT" status --porcelain -- . ':(exclude)infra') || exit
    [ -z "$changed" ] ||
        fail "There are changes that no commit has ($(printf '%s\n' "$changed" | first_line | cut -c 4-)): commit or stash them, an image is known by its commit."
}

push_image() { # push_image COMMIT
    local uri platform
    need docker 'get Docker from https://docs.docker.com/get-started/get-docker/'
    docker buildx version > /dev/null 2>&1 || fail 'Docker has no Buildx: get it from https://github.com/docker/buildx#installing'
    docker_answers
    uri=$(repository) || exit
    [ -n "$uri" ] || fail "There is no image registry $SLUG yet: run bin/ecs bootstrap $ENVIRONMENT first."
    platform=$(image_platform)
    require_builder "$platform"

    step "Building ${1:0:12} for $platform"
    cloud ecr get-login-password | docker login --username AWS --password-stdin "${uri%%/*}" > /dev/null 2> "$SCRATCH/login" ||
        fail "Docker cannot log in to ${uri%%/*}: $(tail -n 1 "$SCRATCH/login")"
    build_options "$uri" "$platform"
    docker buildx build "${OPTIONS[@]}" --tag "$uri:$1" "$ROOT" >&2 || pushed_meanwhile "$1" ||
        fail 'The image was not built; the reason stands above.'
}

docker_answers() {
    docker info > /dev/null 2>&1 || fail 'Docker does not answer: start it, then repeat the command.'
}

image_platform() {
    case $(project_value architecture) in
        arm64) printf 'linux/arm64' ;;
        *) printf 'linux/amd64' ;;
    esac
}

# require_builder PLATFORM: a builder starts first to know what it builds for; one that does not say is left to try.
require_builder() {
    local platforms
    platforms=$(docker buildx inspect --bootstrap 2> /dev/null | sed -n 's/^ *Platforms: *//p' | tr -d ' *' | tr '\n' ,)
    case ,$platforms in
        , | *",$1,"*) ;;
        *) fail "Docker does not build for $1 on this machine: docker run --privileged --rm tonistiigi/binfmt --install ${1#*/} teaches it, until the next restart. Then repeat the command." ;;
    esac
}

build_options() { # build_options URI PLATFORM
    local cache=$1-cache:${2#*/}
    OPTIONS=(--platform "$2" --push --provenance=false)
    # Docker's own builder keeps its cache on the machine; every other one can keep it in the registry.
    if ! docker buildx inspect 2> /dev/null | has_match '^Driver: *docker$'; then
        OPTIONS+=(--cache-from "type=registry,ref=$cache")
        OPTIONS+=(--cache-to "type=registry,ref=$cache,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true")
    fi
    [ ! -f "$ROOT/auth.json" ] || OPTIONS+=(--secret "id=composer_auth,src=$ROOT/auth.json")
    [ ! -f "$ROOT/.npmrc" ] || OPTIONS+=(--secret "id=npmrc,src=$ROOT/.npmrc")
}

# Two builds of the same commit: the registry takes the first, and the second has what it wanted.
pushed_meanwhile() { # pushed_meanwhile COMMIT
    local digest
    digest=$(digest_of "imageTag=$1") && [ -n "$digest" ]
}
