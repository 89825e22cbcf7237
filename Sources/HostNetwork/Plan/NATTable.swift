// The nftables table with which the host's own IPv4 address is shared.

internal import NAT64Backend
internal import NetAddress

enum NATTable {
    /// Masquerading picks the address at the time of each connection, so that it follows what DHCP does. Names of hooks'
    /// priorities differ between versions of nft; numbers don't.
    static func text(name: String, device: String, inner: IPv4Address, forwards: [PortForward]) -> String {
        var chains = [
            chain(
                "postrouting", priority: 100, rules: [#"ip saddr \#(inner) oifname != "\#(device)" masquerade"#])
        ]
        if !forwards.isEmpty {
            let rules = forwards.uniqued.map(rule)
            chains.append(chain("prerouting", priority: -100, rules: rules))
            // What this host's own programs send is never routed in.
            chains.append(chain("output", priority: -100, rules: rules))
        }
        return "table ip \(name) {\n" + chains.joined() + "}\n"
    }

    private static func chain(_ hook: String, priority: Int, rules: [String]) -> String {
        let lines = ["type nat hook \(hook) priority \(priority); policy accept;"] + rules
        return "    chain \(hook) {\n" + lines.map { "        \($0)\n" }.joined() + "    }\n"
    }

    private static func rule(_ forward: PortForward) -> String {
        let outside = forward.public
        // Any address of this host, also one that it gets later.
        let isHost = outside.address == StaticBinding.hostAddress
        let destination = isHost ? "fib daddr type local" : "ip daddr \(outside.address)"
        let inner = forward.inner
        switch forward.proto {
        case .tcp, .udp:
            return "\(destination) \(forward.proto.rawValue) dport \(outside.port) dnat to \(inner)"
        case .icmp:
            return "\(destination) icmp type echo-request icmp id \(outside.port) dnat to \(inner.address)"
        }
    }
}
