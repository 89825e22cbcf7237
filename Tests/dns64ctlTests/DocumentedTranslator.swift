// The translator of the examples in docs/dns64ctl.md.

import ControlProtocol

enum DocumentedTranslator {
    static func answer(_ request: NAT64Request) -> NAT64Response {
        switch request {
        case .status: .status(status)
        case .sessions(let page): .sessions(sessions(page))
        case .bindings: .bindings(NAT64BindingPage(bindings: bindings, total: 3))
        case .stats: .stats(stats)
        case .bind(let binding):
            .bind(
                NAT64StaticBinding(
                    proto: binding.proto, client: binding.client, clientPort: binding.clientPort,
                    public: binding.public ?? "203.0.113.9", publicPort: binding.publicPort))
        case .unbind(let address): .unbind(address)
        case .test(let what): .test(NAT64TestSamples.report(what))
        case .drop(let particulars): .drop(NAT64DropReport(dropped: particulars.selection == .all ? 1874 : 37))
        }
    }

    /// What the same translator says while it does not work.
    static let down = NAT64StatusReport(
        backend: "tun", health: "bad",
        reasons: [
            NAT64Reason(
                code: "device-down", message: "the device nat64 is down, somebody has switched it off",
                remedy: "ip link set nat64 up")
        ],
        sinceSeconds: 130, whenDown: "native-only", answersAffected: true, appliedSecondsAgo: 7380,
        prefixes: ["64:ff9b::/96"], sessions: 1874, sessionLimit: 1_000_000, bindings: 1203, details: details)

    /// What a daemon says whose `nat64.backend` is none.
    static let none = NAT64StatusReport(
        backend: "none", health: "none", whenDown: "native-only", answersAffected: false, prefixes: ["64:ff9b::/96"])

    private static let status = NAT64StatusReport(
        backend: "tun", health: "good", sinceSeconds: 273_720, whenDown: "native-only", answersAffected: false,
        appliedSecondsAgo: 7380, prefixes: ["64:ff9b::/96"], sessions: 1874, sessionLimit: 1_000_000, bindings: 1203,
        details: details)

    private static let details = [
        NAT64Detail(name: "device", value: "nat64, MTU 1500"),
        NAT64Detail(name: "offload", value: "csum tso4 tso6 uso"),
        NAT64Detail(name: "public", value: "203.0.113.9, this host's own"),
    ]

    private static func sessions(_ request: NAT64PageRequest) -> NAT64SessionPage {
        let first = request.after.flatMap { Int($0) } ?? 0
        let all = request.selection.proto.map { proto in rows.filter { $0.proto == proto.rawValue } } ?? rows
        let page = all.dropFirst(first).prefix(request.limit)
        return NAT64SessionPage(
            sessions: Array(page), total: UInt64(rows.count), next: page.endIndex < all.count ? "\(page.endIndex)" : nil
        )
    }

    private static let rows = [
        row("tcp", "2001:db8:1::17", 50_312, "198.51.100.80", 443, "established", 7438, "www.example"),
        row("tcp", "2001:db8:1::17", 50_314, "198.51.100.80", 443, "v6-fin", 230, "www.example"),
        row("udp", "2001:db8:1::23", 5060, "192.0.2.123", 123, nil, 281, "time.example"),
        row("icmp", "2001:db8:1::23", 7, "192.0.2.1", 7, nil, 59, nil),
    ]

    private static func row(
        _ proto: String, _ client: String, _ port: UInt16, _ remote: String, _ remotePort: UInt16, _ state: String?,
        _ remaining: UInt64, _ name: String?
    ) -> NAT64Session {
        let groups = remote.split(separator: ".").compactMap { UInt16($0) }
        let (high, low) = (groups[0] << 8 | groups[1], groups[2] << 8 | groups[3])
        return NAT64Session(
            proto: proto, client: client, clientPort: port,
            remote6: "64:ff9b::\(String(high, radix: 16)):\(String(low, radix: 16))", public: "203.0.113.9",
            publicPort: port, remote: remote, remotePort: remotePort, state: state, remainingSeconds: remaining,
            name: name)
    }

    private static let bindings = [
        NAT64Binding(
            proto: "tcp", client: "2001:db8:1::80", clientPort: 80, public: "203.0.113.9", publicPort: 8080,
            isStatic: true, sessions: 0),
        NAT64Binding(
            proto: "tcp", client: "2001:db8:1::17", clientPort: 50_312, public: "203.0.113.9", publicPort: 50_312,
            isStatic: false, sessions: 1),
        NAT64Binding(
            proto: "udp", client: "2001:db8:1::23", clientPort: 5060, public: "203.0.113.9", publicPort: 5060,
            isStatic: false, sessions: 12),
    ]

    private static let stats = NAT64StatisticsReport(counters: [
        NAT64Statistic(name: "packets-6to4", value: 8_120_334, meaning: "packets translated from IPv6 to IPv4"),
        NAT64Statistic(name: "packets-4to6", value: 11_020_871, meaning: "packets translated from IPv4 to IPv6"),
        NAT64Statistic(name: "sessions-created", value: 92_115, meaning: "sessions created"),
        NAT64Statistic(name: "drop-no-session", value: 2041, meaning: "of a connection that is not known"),
        NAT64Statistic(name: "drop-quota-sessions", value: 0, meaning: "the client has as many sessions as it may"),
    ])
}
