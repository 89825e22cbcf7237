# Namespaces for the NAT64: a client with IPv6 alone, a server, and between them a box of its own for each subject, so that no
# subject pays for another's firewall rules. Everything lies in these namespaces and goes with them.
#
#     client  2001:db8:1:N::2 -- ::1  box N  198.51.100.(4N+1) -- .(4N+2)  server
#
# The client also owns 2001:db8:c::/48, the server 198.18.0.0/15 and, behind the box without a translator, 2001:db8:f::/48.

namespaces=()
network=dns64d-bench-$$

# inside NAMESPACE COMMAND...: a short command.
inside() { ip netns exec "$network-$1" "${@:2}"; }

# spawn_inside NAME NAMESPACE COMMAND...
spawn_inside() {
    local name=$1 namespace=$2
    shift 2
    (cd "$work" && exec ip netns exec "$network-$namespace" "$@") > "$work/$name.log" 2>&1 &
    running[$name]=$!
}

add_namespace() {
    ip netns add "$network-$1"
    namespaces+=("$network-$1")
    ip -n "$network-$1" link set lo up
}

remove_namespaces() {
    for namespace in "${namespaces[@]}"; do ip netns del "$namespace" || true; done
    namespaces=()
}

make_ends() {
    add_namespace client
    add_namespace server
    ip -n "$network-client" route add local 2001:db8:c::/48 dev lo
    ip -n "$network-server" route add local 198.18.0.0/15 dev lo
}

# add_box SUBJECT
add_box() {
    local number box=$network-$1 client=$network-client server=$network-server
    number=$(number_of "$1")
    add_namespace "$1"
    ip link add client0 netns "$box" type veth peer name "box$number" netns "$client"
    ip link add server0 netns "$box" type veth peer name "box$number" netns "$server"
    inside "$1" sysctl -q -w net.ipv6.conf.all.forwarding=1 net.ipv4.ip_forward=1
    ip -n "$box" addr add "2001:db8:1:$number::1/64" dev client0 nodad
    ip -n "$client" addr add "2001:db8:1:$number::2/64" dev "box$number" nodad
    ip -n "$box" addr add "198.51.100.$((4 * number + 1))/30" dev server0
    ip -n "$server" addr add "198.51.100.$((4 * number + 2))/30" dev "box$number"
    ip -n "$box" link set client0 up
    ip -n "$box" link set server0 up
    ip -n "$client" link set "box$number" up
    ip -n "$server" link set "box$number" up
    ip -n "$box" route add 2001:db8:c::/48 via "2001:db8:1:$number::2"
    ip -n "$box" route add 198.18.0.0/15 via "198.51.100.$((4 * number + 2))"
    ip -n "$client" route add "$(prefix_of "$1")" via "2001:db8:1:$number::1"
}

# The server knows the way to a translator's own IPv4 addresses.
route_pool() { # SUBJECT PREFIX
    ip -n "$network-server" route add "$2" via "198.51.100.$((4 * $(number_of "$1") + 1))"
}
