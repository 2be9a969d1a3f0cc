# shellcheck shell=bash
# How a command is called. The comment at the top of its file is its --help, and the usage line in
# there is what its arguments are read by: ENVIRONMENT [WORD] WORD... [--flag] [--option VALUE].

ARGUMENTS=() # what is neither the environment nor an option

help_of() { # help_of COMMAND
    leading_comment "$ROOT/bin/ecs.d/$1.sh"
}

usage_of() { # usage_of COMMAND: the first line; examples may follow further down
    help_of "$1" | sed -n 's/^  \(bin\/ecs .*\)/\1/p' | first_line
}

leading_comment() { # leading_comment FILE
    awk 'NR == 1 { next } !/^#/ { exit } { sub(/^# ?/, ""); print }' "$1"
}

overview() {
    local each
    leading_comment "$ROOT/bin/ecs"
    printf '\nCommands:\n'
    for each in $COMMANDS; do
        printf '  %-10s  %s\n' "$each" "$(help_of "$each" | first_line)"
    done
}

usage_error() { # usage_error TEXT [USAGE]
    problem "$1"
    if [ -n "${2:-}" ]; then
        printf '\n%s\n' "$2" >&2
    fi
    exit 64
}

# parse USAGE ARGUMENT...: sets ARGUMENTS and OPTION_<NAME>.
parse() {
    local usage=$1
    shift
    clear_options
    while [ $# -gt 0 ]; do
        case $1 in
            --)
                shift
                ARGUMENTS+=(${1+"$@"})
                break
                ;;
            --help | -h)
                help_of "$COMMAND"
                exit
                ;;
            --*=*)
                set -- "${1%%=*}" "${1#*=}" "${@:2}"
                continue
                ;;
            -*) case " $usage " in
                *" [$1] "*) set_option "$1" yes ;;
                *" [$1 "*)
                    [ $# -ge 2 ] || usage_error "$1 needs a value." "$usage"
                    set_option "$1" "$2"
                    shift
                    ;;
                *" -- "*) usage_error "There is no option $1; what follows -- is the command's own." "$usage" ;;
                *) usage_error "There is no option $1." "$usage" ;;
            esac ;;
            *) ARGUMENTS+=("$1") ;;
        esac
        shift
    done
    count_arguments "$usage"
}

clear_options() {
    local name
    for name in BUILD DRY_RUN EXISTING FOLLOW IF_PLATFORM IMAGE NO_WAIT SINCE TASK YES; do
        printf -v "OPTION_$name" '%s' ''
    done
}

set_option() { # set_option --NAME VALUE
    local name
    name=$(printf '%s' "${1#--}" | tr 'a-z-' 'A-Z_')
    printf -v "OPTION_$name" '%s' "$2"
}

count_arguments() { # count_arguments USAGE
    local words word most=0 given=${#ARGUMENTS[@]}
    local needed=()
    read -r -a words <<< "$1"
    for word in "${words[@]:2}"; do
        case $word in
            --) ;;
            '[--'* | [!\[]*']') ;; # an option, or the value it takes
            '['*'...]') most=1000 ;;
            '['*) most=$((most + 1)) ;;
            *...)
                needed+=("${word%...}")
                most=1000
                ;;
            *)
                needed+=("$word")
                most=$((most + 1))
                ;;
        esac
    done
    if [ "$given" -lt "${#needed[@]}" ]; then
        usage_error "${needed[$given]} is missing." "$1"
    fi
    [ "$given" -le "$most" ] || usage_error "One argument too many: ${ARGUMENTS[$most]}" "$1"
}

# The first argument, where the command is about one environment.
take_environment() {
    local name
    case $(usage_of "$COMMAND") in
        "bin/ecs $COMMAND [ENVIRONMENT"*)
            for name in ${ARGUMENTS[@]+"${ARGUMENTS[@]}"}; do
                known_environment "$name"
            done
            ;;
        "bin/ecs $COMMAND ENVIRONMENT"*)
            known_environment "${ARGUMENTS[0]}"
            use_environment "${ARGUMENTS[0]}"
            ARGUMENTS=("${ARGUMENTS[@]:1}")
            ;;
    esac
}

known_environment() { # known_environment NAME
    [ -f "$(manifest_file "$1")" ] || usage_error "There is no environment '$1'; there is: $(environments)."
}

whole_number() { # whole_number NAME VALUE
    case $2 in
        '' | *[!0-9]* | 0* | ??????*) usage_error "$1 must be a whole number of seconds, 1 to 99999, not '$2'." ;;
    esac
}
