// An instance of Jool as it is.

internal import NAT64Backend
internal import NetAddress

struct InstanceState: Hashable, Sendable {
    var name: String
    var framework: JoolFramework
    var pool6: Pref64
    /// Without pool6, by Jool's own names, in the words that its client takes.
    var globals: [String: String]
    var pool4 = PoolTable()
    /// Rows of pool4 that are for packets with a mark. No configuration of ours makes such;
    /// they are read to be put back where a change fails.
    var marked: [PoolRow] = []
    var staticBindings: Set<StaticBinding> = []
    /// Dynamic bindings that stand where a static one is wanted.
    var inTheWay: Set<StaticBinding> = []
    /// The rules of iptables and ip6tables that lead packets to it.
    var rules: Set<Rule> = []

    /// As `jool instance add` makes it.
    init(fresh wish: InstanceWish) {
        name = wish.name
        framework = wish.framework
        pool6 = wish.pool6
        globals = JoolGlobals.defaults
    }

    init(name: String, framework: JoolFramework, pool6: Pref64, globals: [String: String]) {
        self.name = name
        self.framework = framework
        self.pool6 = pool6
        self.globals = globals
    }
}

/// An instance as it is to be. A part that is nil stays as it is.
struct InstanceWish: Hashable, Sendable {
    var name: String
    var framework: JoolFramework
    var pool6: Pref64
    var globals: [String: String] = [:]
    var pool4: PoolTable?
    /// Rows of pool4 that are for packets with a mark. Of an adopted instance all stay.
    var marked: Set<PoolRow> = []
    var staticBindings: Set<StaticBinding>?
    /// Static bindings that are not wished for stay too.
    var keepsOtherBindings = false
    var rules: Set<Rule>?
    /// Somebody else's: what isn't wished for stays as it is. Else it goes back to Jool's defaults.
    var isAdopted = false

    init(name: String, framework: JoolFramework, pool6: Pref64) {
        self.name = name
        self.framework = framework
        self.pool6 = pool6
    }

    /// The same instance as it is now, for the way back.
    init(_ state: InstanceState) {
        self.init(name: state.name, framework: state.framework, pool6: state.pool6)
        globals = state.globals
        pool4 = state.pool4
        marked = Set(state.marked)
        staticBindings = state.staticBindings
        rules = state.rules
    }
}

/// Jool's global settings, by its own names.
enum JoolGlobals {
    static let filtering = "address-dependent-filtering"
    static let tcpEstablished = "tcp-est-timeout"
    static let tcpTransitory = "tcp-trans-timeout"
    static let udp = "udp-timeout"
    static let icmp = "icmp-timeout"
    static let enabled = "manually-enabled"
    static let logBindings = "logging-bib"

    /// Of a new instance (Jool 4.1.9, `jool global display`), but for what later versions have given up.
    static let defaults = [
        enabled: "true", "lowest-ipv6-mtu": "1280", "logging-debug": "false", "zeroize-traffic-class": "false",
        "override-tos": "false", "tos": "0", "mtu-plateaus": "65535,32000,17914,8166,4352,2002,1492,1006,508,296,68",
        filtering: "false", "drop-externally-initiated-tcp": "false", "drop-icmpv6-info": "false",
        "source-icmpv6-errors-better": "true", "f-args": "11", "handle-rst-during-fin-rcv": "false",
        tcpEstablished: "2:00:00", tcpTransitory: "0:04:00", udp: "0:05:00", icmp: "0:01:00", logBindings: "false",
        "logging-session": "false", "maximum-simultaneous-opens": "10", "ss-enabled": "false",
        "ss-flush-deadline": "2000", "ss-capacity": "512", "ss-max-payload": "1452",
    ]

    /// `2:04:00`, as Jool shows a time limit.
    static func time(seconds: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }
}

extension JoolGlobalValues {
    /// By name, without pool6, which no setting changes.
    var settings: [String: String] {
        Dictionary(values.filter { $0.name != "pool6" }.map { ($0.name, $0.value) }) { $1 }
    }
}
