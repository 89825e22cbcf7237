# Jool, the built-in translator and plain forwarding, side by side: iperf3 and pings inside a virtual machine whose kernel has
# Jool's module (Tests/Jool). Everything there is emulated where /dev/kvm can't be had: only the ratios mean something.

# By name, an error, and within `all`, left out.
can_measure_jool() {
    Tests/Jool/guest check || return 1
    command -v qemu-system-x86_64 > /dev/null && return 0
    echo "jool needs qemu-system-x86: scripts/need jool" >&2
    return 1
}

measure_jool() {
    Tests/Jool/guest build
    local limit=$((180 + nat64_rounds * 240))
    finish $((limit + 30)) Tests/Jool/guest run --timeout "$limit" --rw "$work" -- \
        Benchmarks/lib/in-guest "$work" "$dns64d" "$nat64_rounds" "$nat64_seconds" "$nat64_pings" || {
        echo "jool: the virtual machine could not measure" >&2
        return 1
    }
    cat "$work/guest-samples" >> "$samples"
}

describe_jool() {
    echo
    echo "Inside a virtual machine ($(cat "$work/guest-machine"), $(Tests/Jool/guest info | sed -n 's/^accelerator *//p')), client, server and translator on its two processors;" \
        "$nat64_rounds rounds, $nat64_seconds s each; medians, smallest and largest in brackets."
    echo
}

# Inside the guest: what iperf3 receives of datagrams sent as fast as it can.
datagrams() { # SUBJECT
    finish $((nat64_seconds + 20)) ip netns exec "$network-client" iperf3 -c "$(server_of "$1")" -u -b 0 -l 1000 \
        -t "$nat64_seconds" -J
    keep jool "$1" udp-iperf3 "$(awk -F'[:,]' '/"sum_received"/ { within = 1 }
        within && /"bits_per_second"/ { printf "%.3f", $2 / 1e6; exit }' <<< "$result")" Mbit/s
}
