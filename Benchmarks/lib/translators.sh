# The subjects of `nat64`: dns64d, TAYGA, and the kernel's plain forwarding of IPv6, which translates nothing. Both translators
# also share the box's own address (-shared), as in a network that has but one: dns64d with an empty pool4, TAYGA with
# masquerading, as its guide says. In the guest of `jool`, dns64d-jool is dns64d with Jool as its translator.

number_of() {
    case $1 in dns64d) echo 1 ;; tayga) echo 2 ;; forward) echo 3 ;; dns64d-shared) echo 4 ;; tayga-shared) echo 5 ;; dns64d-jool) echo 6 ;; esac
}

prefix_of() {
    case $1 in
    dns64d) echo 64:ff9b::/96 ;;
    forward) echo 2001:db8:f::/48 ;;
    *) echo "2001:db8:64:$(number_of "$1")::/96" ;;
    esac
}

# The server as the client sees it: its own address, or by the address range for benchmarks.
server_of() {
    case $1 in
    forward) echo 2001:db8:f::2 ;;
    *) echo "$(prefix_of "$1" | sed 's,/96,,')198.51.100.$((4 * $(number_of "$1") + 2))" ;;
    esac
}
range_of() { prefix_of "$1" | sed 's,/96,198.18.0.0,'; }

start_translator() { # SUBJECT
    add_box "$1"
    case $1 in
    dns64d) route_pool "$1" 192.0.2.0/24 && start_dns64d "$1" '["192.0.2.0/24"]' ;;
    dns64d-jool) route_pool "$1" 192.0.3.0/24 && start_dns64d "$1" '["192.0.3.0/24"]' jool ;;
    tayga) route_pool "$1" 203.0.113.0/24 && start_tayga "$1" 203.0.113 ;;
    forward) forward ;;
    dns64d-shared) start_dns64d "$1" '[]' ;;
    tayga-shared)
        start_tayga "$1" 192.168.255
        inside "$1" nft add table ip shared
        inside "$1" nft 'add chain ip shared postrouting { type nat hook postrouting priority srcnat; }'
        inside "$1" nft add rule ip shared postrouting oifname server0 masquerade
        ;;
    esac
    await_translator "$1"
}

# dns64d sees to its device, routes and firewall rules itself.
start_dns64d() { # SUBJECT POOL4 [BACKEND]
    cat > "$work/$1.yaml" << END
server: { listen: ["[::1]:5399"], allow: ["::1"], workers: 1 }
control: { socket: "$work/$1.sock" }
dns64: { prefixes: ["$(prefix_of "$1")"] }
upstream: []
nat64: { backend: ${3:-tun}, pool4: $2, tun: { max-sessions: 1048576 } }
log: { level: notice }
END
    spawn_inside "$1" "$1" "$dns64d" --config "$work/$1.yaml"
}

start_tayga() { # SUBJECT FIRST-THREE-OCTETS
    cat > "$work/$1.conf" << END
tun-device nat64
ipv4-addr $2.1
ipv6-addr 2001:db8:1:$(number_of "$1")::64
prefix $(prefix_of "$1")
dynamic-pool $2.0/24
END
    inside "$1" tayga -c "$work/$1.conf" --mktun > "$work/$1.log"
    ip -n "$network-$1" link set nat64 up
    ip -n "$network-$1" route add "$(prefix_of "$1")" dev nat64
    ip -n "$network-$1" route add "$2.0/24" dev nat64
    spawn_inside "$1" "$1" tayga -c "$work/$1.conf" --nodetach
}

# Both routes lie beside the IPv4 addresses that the translators use.
forward() {
    ip -n "$network-forward" addr add 2001:db8:f::1/64 dev server0 nodad
    ip -n "$network-server" addr add 2001:db8:f::2/64 dev "box$(number_of forward)" nodad
    ip -n "$network-server" route add 2001:db8:1::/48 via 2001:db8:f::1
}

# Until a ping comes back.
await_translator() {
    for ((i = 0; i < 40; i++)); do
        if [ "$1" != forward ]; then kill -0 "${running[$1]}" 2>/dev/null || break; fi
        inside client ping -q -c 1 -W 0.5 "$(server_of "$1")" > /dev/null && return 0
        sleep 0.1
    done
    echo "$1 does not translate:" >&2
    cat "$work/$1.log" >&2
    return 1
}

tayga_version() { dpkg-query -W -f '${Version}' tayga 2>/dev/null || echo; }
