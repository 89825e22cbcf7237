# Starting and ending. Everything that is started is in `running`, and ends by its id, whatever happens.

declare -A running=() # name -> process id

# spawn NAME CORE COMMAND...
spawn() {
    local name=$1 core=$2
    shift 2
    (cd "$work" && exec taskset -c "$core" "$@") > "$work/$name.log" 2>&1 &
    running[$name]=$!
}

# finish SECONDS COMMAND...: runs it to its end; what it prints is in `result`. A signal need not wait for it.
finish() {
    timeout "$@" > "$work/result" &
    running[finish]=$!
    local status=0
    wait "${running[finish]}" || status=$?
    unset "running[finish]"
    result=$(< "$work/result")
    return "$status"
}

# limit SECONDS: ends this whole run after that time.
limit() {
    local whole=$$
    (
        sleep "$1" &
        trap 'kill $!; exit' TERM
        wait $! && echo "Took longer than $1 s: given up." >&2 && kill -TERM "$whole"
    ) &
    running[limit]=$!
}

# end NAME: asks, waits for three seconds, then insists.
end() {
    local process=${running[$1]:-}
    [ -n "$process" ] || return 0
    unset "running[$1]"
    kill -TERM "$process" 2>/dev/null || true
    for ((i = 0; i < 60; i++)); do
        kill -0 "$process" 2>/dev/null || break
        sleep 0.05
    done
    kill -KILL "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
}

# All but the limit, which holds until the end.
end_all() { for name in "${!running[@]}"; do [ "$name" = limit ] || end "$name"; done; }

# Twelve neighbouring ports that nobody has, above `ports`.
choose_ports() {
    local taken
    taken=$(cat /proc/net/udp /proc/net/udp6 /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '{ print $2 }' | sed 's/.*://')
    for ((tries = 0; tries < 50; tries++)); do
        ports=$((20000 + RANDOM % 600 * 16))
        local free=1
        for ((port = ports; port < ports + 12; port++)); do
            if grep -qi "^$(printf '%04X' "$port")\$" <<< "$taken"; then free=0; fi
        done
        [ "$free" = 0 ] || return 0
    done
    echo "no free ports" >&2
    return 1
}

# await NAME PORT [--any]: until NAME answers on PORT; says what it wrote if it does not in ten seconds.
await() {
    local name=$1 port=$2
    for ((i = 0; i < 50; i++)); do
        kill -0 "${running[$name]}" 2>/dev/null || break
        if timeout 2 "$tools/dns-load" "$port" "$work/first" --once --seconds 0.3 "${@:3}" > "$work/await" 2>&1; then
            return 0
        fi
        sleep 0.1
    done
    echo "$name does not answer:" >&2
    cat "$work/$name.log" "$work/await" >&2
    return 1
}

# Resident octets of a process.
resident() { awk '/^VmRSS:/ { print $2 * 1024 }' "/proc/$1/status"; }
