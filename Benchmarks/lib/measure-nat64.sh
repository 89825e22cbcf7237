# The measurements of the NAT64, interleaved by rounds: section nat64 in `samples`; and what the core can do alone, section core.

subjects=()

# What this needs; by name, an error, and within `all`, left out.
can_measure_nat64() {
    local missing=()
    PATH=$PATH:/usr/sbin:/sbin
    [ "$(id -u)" = 0 ] || missing+=("root, for network namespaces")
    for program in ip nft iperf3 ping tayga; do command -v "$program" > /dev/null || missing+=("$program"); done
    [ ${#missing[@]} -gt 0 ] || return 0
    printf 'nat64 needs %s.\n' "${missing[@]}" >&2
    return 1
}

measure_nat64() {
    read -ra subjects <<< "$nat64_subjects"
    if includes dns64d; then measure_core; fi
    make_ends
    for subject in "${subjects[@]}"; do start_translator "$subject"; done
    spawn_inside iperf3 server iperf3 -s
    for ((round = 1; round <= nat64_rounds; round++)); do
        for shape in one-up one-down four-up four-down; do
            for subject in "${subjects[@]}"; do tcp "$subject" nat64 "$shape"; done
        done
        for flows in 1 16; do
            for subject in "${subjects[@]}"; do udp "$subject" nat64 "$flows"; done
        done
        for subject in "${subjects[@]}"; do latency "$subject" nat64; done
    done
    measure_sessions
    measure_shared
    end_all
    remove_namespaces
}

includes() { [[ " ${subjects[*]} " == *" $1 "* ]]; }

# iperf3's sums stand at the end; what has been received counts.
tcp() { # SUBJECT SECTION SHAPE
    local arguments=()
    case $3 in four-*) arguments+=(-P 4) ;; esac
    case $3 in *-down) arguments+=(-R) ;; esac
    finish $((nat64_seconds + 20)) ip netns exec "$network-client" iperf3 -c "$(server_of "$1")" -t "$nat64_seconds" -J \
        "${arguments[@]}"
    keep "$2" "$1" "tcp-$3" "$(awk -F'[:,]' '/"sum_received"/ { within = 1 }
        within && /"bits_per_second"/ { printf "%.3f", $2 / 1e9; exit }' <<< "$result")" Gbit/s
}

udp() { # SUBJECT SECTION FLOWS
    finish 30 "$tools/packet-load" "$network-client" "$network-server" "$(server_of "$1")" search --ports "$3" --seconds 0.3
    keep "$2" "$1" "udp-$3" "$(field delivered)" packets/s
    note "$2" "$1" "udp-$3-clean" "$round" "$(field clean)"
}

latency() { # SUBJECT SECTION
    finish 30 ip netns exec "$network-client" ping -n -i 0.002 -c "$nat64_pings" "$(server_of "$1")"
    local times=$work/times
    sed -nE 's/.* time=([0-9.]+) ms$/\1/p' <<< "$result" | sort -n > "$times"
    [ "$(wc -l < "$times")" -ge $((nat64_pings * 99 / 100)) ] || { echo "$1: pings are lost" >&2; return 1; }
    keep "$2" "$1" ping-median "$(awk '{ at[NR] = $1 } END { printf "%.1f", at[int((NR + 1) / 2)] * 1000 }' "$times")" us
    note "$2" "$1" ping-mean "$round" "$(awk '{ sum += $1 } END { printf "%.1f", sum / NR * 1000 }' "$times")"
}

# What a packet costs the translator's process with a thousand sessions and with a million, at one rate. A client has 50
# source ports with 4 destinations each. TAYGA has no sessions: what it pays for the same packets stands beside.
measure_sessions() {
    for ((round = 1; round <= nat64_rounds; round++)); do
        for subject in dns64d tayga; do
            if includes "$subject"; then sessions_step "$subject" 1000; fi
        done
    done
    includes dns64d || return 0
    for ((round = 1; round <= nat64_rounds; round++)); do sessions_step dns64d "$nat64_sessions"; done
    note nat64 dns64d resident 1 "$(resident "${running[dns64d]}")"
}

sessions_step() { # SUBJECT SESSIONS
    finish 110 "$tools/packet-load" "$network-client" "$network-server" "$(range_of "$1")" steady --ports 50 --destinations 4 \
        --sessions "$2" --source 2001:db8:c::1 --rate 20000 --seconds "$nat64_seconds" --pid "${running[$1]}" || {
        echo "$1: $(field established) of $2 sessions" >&2
        return 1
    }
    local size=many
    if [ "$2" = 1000 ]; then size=few; fi
    awk -v loss="$(field loss)" 'BEGIN { exit loss > 0.02 }' || echo "$1: loses $(field loss) of the packets" >&2
    keep nat64 "$1" "cost-$size" "$(field cpu_us)" us
    note nat64 "$1" "cost-$size-user" "$round" "$(field user_share)"
    note nat64 "$1" "making-$size" "$round" "$(field making_seconds)"
}

# Once: the same with the box's own address shared.
measure_shared() {
    local round=1 shared=()
    for subject in "${subjects[@]}"; do
        if [ "$subject" = forward ]; then shared+=(forward) && continue; fi
        end "$subject"
        start_translator "$subject-shared"
        shared+=("$subject-shared")
    done
    for shape in one-up one-down; do
        for subject in "${shared[@]}"; do tcp "$subject" shared "$shape"; done
    done
    for subject in "${shared[@]}"; do
        for flows in 1 16; do udp "$subject" shared "$flows"; done
        latency "$subject" shared
    done
}

# No kernel, no device: lines "name value unit".
measure_core() {
    finish 120 "$translation_bench"
    while read -r name value unit; do keep_core "$name" "$value" "$unit"; done <<< "$result"
}

keep() { # SECTION SUBJECT MEASURE VALUE UNIT
    [ -n "$4" ] || { echo "$2: no value for $3" >&2; return 1; }
    note "$1" "$2" "$3" "$round" "$4"
    echo "  round $round  $2: $3 $4 $5" >&2
}

keep_core() { # MEASURE VALUE UNIT
    local round=1
    keep core dns64d "$@"
}

describe_nat64() {
    echo
    echo "$(awk -F': *' '/^model name/ { print $2; exit }' /proc/cpuinfo), $(nproc) cores that client, server and translator share," \
        "Linux $(uname -r), $nat64_rounds rounds, $nat64_seconds s each; medians, smallest and largest in brackets."
    echo
}
