# shellcheck shell=bash
# What a person reads. It goes to stderr: stdout is for results, which another program may read.

STEP=     # the time at which the step under way began
PROGRESS= # what stands in the terminal's last line, to be overwritten
WIDTH=$(tput cols 2> /dev/null || printf 80)

say() { # say TEXT...
    clear_progress
    printf '%s\n' "$*" >&2
}

# step TEXT: a heading. GitHub folds what follows it.
step() {
    end_step
    STEP=$SECONDS
    if [ -n "${GITHUB_ACTIONS:-}" ]; then
        printf '::group::%s\n' "$*" >&2
    elif [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
        printf '\n\033[1m==> %s\033[0m\n' "$*" >&2
    else
        printf '\n==> %s\n' "$*" >&2
    fi
}

end_step() {
    clear_progress
    [ -n "$STEP" ] || return 0
    if [ "$((SECONDS - STEP))" -gt 1 ]; then
        printf '    took %s s\n' "$((SECONDS - STEP))" >&2
    fi
    if [ -n "${GITHUB_ACTIONS:-}" ]; then
        printf '::endgroup::\n' >&2
    fi
    STEP=
}

# problem TEXT: what went wrong and what to do next, in one line. GitHub shows it above the log.
problem() {
    end_step
    if [ -n "${GITHUB_ACTIONS:-}" ]; then
        printf '::error::%s\n' "$*" >&2
    else
        printf 'error: %s\n' "$*" >&2
    fi
}

notice() { # notice TEXT: what a person should know, though nothing is wrong. GitHub shows it above the log.
    end_step
    if [ -n "${GITHUB_ACTIONS:-}" ]; then
        printf '::notice::%s\n' "$*" >&2
    else
        say "$*"
    fi
}

fail() { # fail TEXT
    problem "$@"
    exit 1
}

# progress TEXT: where a wait stands. One line on a terminal; elsewhere a line for each change.
progress() {
    if [ -t 2 ]; then
        printf '\r\033[K    %.*s' "$((WIDTH - 5))" "$1" >&2
    elif [ "$PROGRESS" != "$1" ]; then
        printf '    %s\n' "$1" >&2
    fi
    PROGRESS=$1
}

clear_progress() {
    if [ -n "$PROGRESS" ] && [ -t 2 ]; then
        printf '\n' >&2
    fi
    PROGRESS=
}

# confirm QUESTION: goes on after a yes alone.
confirm() {
    local answer=
    [ -z "$OPTION_YES" ] || return 0
    [ -t 0 ] || fail "Nobody is here to answer: $1 Repeat the command with --yes."
    clear_progress
    printf '\n%s [y/N] ' "$1" >&2
    read -r answer || true
    case $answer in
        [yY] | [yY][eE][sS]) ;;
        *) fail 'Stopped, as you answered.' ;;
    esac
}

# would TEXT: true in a dry run, which says what would happen here instead of doing it.
would() {
    [ -n "$OPTION_DRY_RUN" ] || return 1
    say "would $*"
}

# These three read to the end, which `head` and `grep -q` do not: whoever still writes to those gets a SIGPIPE,
# and with that the whole pipe has failed.

first_line() {
    awk 'NR == 1'
}

has_line() { # has_line LINE, in a text on stdin
    WANTED=$1 awk '$0 == ENVIRON["WANTED"] { found = 1 } END { exit !found }'
}

has_match() { # has_match REGULAR_EXPRESSION, in a text on stdin
    WANTED=$1 awk '$0 ~ ENVIRON["WANTED"] { found = 1 } END { exit !found }'
}

short() { # short sha256:0123456789abcdef...: enough of it to tell images apart
    printf '%s' "${1:0:19}"
}
