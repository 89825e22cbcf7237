// What a configuration may say but had better not.

extension Configuration {
    /// What an operator should look at, a line each, with the place where it was written; empty if nothing.
    public var warnings: [String] {
        switch nat64.backend {
        case .none: []
        case .tun: timerWarnings
        case .jool: timerWarnings + quotaWarnings
        }
    }

    /// Quotas that somebody wrote down, and that Jool would silently not keep.
    private var quotaWarnings: [String] {
        let quotas = [
            ("quota.sessions-per-client", nat64.quota.sessionsPerClient),
            ("quota.ports-per-client", nat64.quota.portsPerClient),
        ]
        return quotas.compactMap { key, value in
            guard nat64.named.contains(key), value != 0 else { return nil }
            return "\(origin(of: "nat64.\(key)")): nat64.\(key): \(value) has no effect, for Jool has no quotas"
        }
    }

    /// Sessions that end earlier than the RFCs allow cut off applications that are silent for a while.
    private var timerWarnings: [String] {
        Self.timerMinimums.compactMap { key, timer, minimum, rule in
            let value = nat64.timers[keyPath: timer]
            guard value < minimum else { return nil }
            let (text, least) = (DurationText.text(value), DurationText.text(minimum))
            return "\(origin(of: key)): \(key): \(text) is shorter than the \(least) that \(rule) demands"
        }
    }

    /// "MUST NOT expire in less than": RFC 4787 section 4.3, RFC 5382 section 5, RFC 5508 section 3.2.
    private static var timerMinimums: [(key: String, KeyPath<NAT64.Timers, Duration>, Duration, rule: String)] {
        [
            ("nat64.timers.tcp-established", \.tcpEstablished, .seconds(7_440), "RFC 5382 REQ-5"),
            ("nat64.timers.tcp-transitory", \.tcpTransitory, .seconds(240), "RFC 5382 REQ-5"),
            ("nat64.timers.udp", \.udp, .seconds(120), "RFC 4787 REQ-5"),
            ("nat64.timers.icmp", \.icmp, .seconds(60), "RFC 5508 REQ-2"),
        ]
    }
}
