// A Jool in memory: what its module holds, and what its client answers, as 4.1.9 was heard to.

/// What a call of the client ends with.
struct FakeAnswer: Hashable, Sendable {
    var status: Int32 = 0
    var output = ""
    var words = ""

    static let done = FakeAnswer()

    /// As the client says what the module refused.
    static func refused(_ status: Int32, _ text: String) -> FakeAnswer {
        FakeAnswer(status: status, words: "Error: The kernel module returned error \(status): \(text)")
    }

    /// As the client says what it found itself.
    static func misused(_ text: String) -> FakeAnswer { FakeAnswer(status: 234, words: text) }
}

/// The module's state. Equal values are equal machines.
struct FakeJool: Hashable, Sendable {
    struct Instance: Hashable, Sendable {
        var framework: String
        /// By name, in the words that `global display --csv` prints.
        var globals: [String: String]
        var pool4: [PoolKey: [ClosedRange<UInt16>]] = [:]
        var bindings: Set<Binding> = []
        var sessions: [Session] = []
    }

    struct PoolKey: Hashable, Sendable {
        var mark = 0
        /// `TCP`
        var proto: String
        var address: String
        var iterations = 1024
        var isFixed = false
    }

    struct Binding: Hashable, Sendable {
        var proto: String
        /// `2001:db8::1#80`, `192.0.2.1#80`
        var client: String
        var outside: String
        var isStatic = false
    }

    struct Session: Hashable, Sendable {
        var proto: String
        var client: String
        var remote6: String
        var outside: String
        var remote: String
        var expires = "0:04:00.500"
        var state: String?
    }

    /// Of this network namespace.
    var instances: [String: Instance] = [:]
    /// Lines of `instance display` that are of other network namespaces.
    var elsewhere: [String] = []
    /// Rules of the table mangle's chain PREROUTING, by program.
    var rules: [String: [String]] = ["iptables": [], "ip6tables": []]
    var isLoaded = true
    var clientVersion = "4.1.9.0"
    var received = 12_021

    /// Without what no plan asks for, and nobody can bring back.
    var settled: FakeJool {
        var rest = self
        rest.instances = instances.mapValues { instance in
            var quiet = instance
            quiet.sessions = []
            quiet.bindings = instance.bindings.filter(\.isStatic)
            return quiet
        }
        // Each is for other packets than the others are.
        rest.rules = rules.mapValues { $0.sorted() }
        return rest
    }

    /// In the client's order.
    static let globals: [(name: String, value: String)] = [
        ("manually-enabled", "TRUE"), ("pool6", ""), ("lowest-ipv6-mtu", "1280"), ("logging-debug", "FALSE"),
        ("zeroize-traffic-class", "FALSE"), ("override-tos", "FALSE"), ("tos", "0"),
        ("mtu-plateaus", "65535,32000,17914,8166,4352,2002,1492,1006,508,296,68"),
        ("address-dependent-filtering", "FALSE"), ("drop-externally-initiated-tcp", "FALSE"),
        ("drop-icmpv6-info", "FALSE"), ("source-icmpv6-errors-better", "TRUE"), ("f-args", "11"),
        ("handle-rst-during-fin-rcv", "FALSE"), ("tcp-est-timeout", "2:00:00"), ("tcp-trans-timeout", "0:04:00"),
        ("udp-timeout", "0:05:00"), ("icmp-timeout", "0:01:00"), ("logging-bib", "FALSE"),
        ("logging-session", "FALSE"), ("maximum-simultaneous-opens", "10"), ("ss-enabled", "FALSE"),
        ("ss-flush-asap", "TRUE"), ("ss-flush-deadline", "2000"), ("ss-capacity", "512"), ("ss-max-payload", "1452"),
    ]
}

extension FakeJool.Instance {
    init(_ framework: String = "netfilter", pool6: String = "64:ff9b::/96") {
        self.framework = framework
        globals = Dictionary(uniqueKeysWithValues: FakeJool.globals.map { ($0.name, $0.value) })
        globals["pool6"] = pool6
    }

    /// Puts a client's session, and its binding, into the tables.
    mutating func talk(
        _ proto: String, client: String, outside: String, remote: String = "198.51.100.80#443",
        state: String? = nil, expires: String = "0:04:00.500"
    ) {
        let remote6 = "64:ff9b::c633:6450#" + (remote.split(separator: "#").last ?? "")
        sessions.append(
            FakeJool.Session(
                proto: proto, client: client, remote6: remote6, outside: outside, remote: remote, expires: expires,
                state: state ?? (proto == "TCP" ? "ESTABLISHED" : nil)))
        let isStatic = bindings.contains { $0.proto == proto && $0.client == client && $0.isStatic }
        if !isStatic { bindings.insert(FakeJool.Binding(proto: proto, client: client, outside: outside)) }
    }
}
