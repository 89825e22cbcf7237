// `dns64ctl nat64 test HOST`: one connection through the translator, from the name to the server's answer.

/// What to reach.
public struct NAT64TestRequest: Codable, Hashable, Sendable {
    /// A name, or an IPv4 address.
    public var host: String
    /// The TCP port to connect to.
    public var port: UInt16
    /// Whether to look for the routers on the way, too.
    public var trace: Bool

    public init(host: String, port: UInt16 = 443, trace: Bool = true) {
        self.host = host
        self.port = port
        self.trace = trace
    }
}

/// How it went. Ends at the first step that failed.
public struct NAT64TestReport: Codable, Hashable, Sendable {
    /// As asked, with the final dot if it is a name.
    public var host: String
    /// Whether a connection came about.
    public var works: Bool
    /// In the order in which they were taken.
    public var steps: [NAT64TestStep]
    /// The routers on the way, nearest first; empty where none was looked for.
    public var hops: [NAT64TestHop]

    public init(host: String, works: Bool, steps: [NAT64TestStep], hops: [NAT64TestHop] = []) {
        self.host = host
        self.works = works
        self.steps = steps
        self.hops = hops
    }
}

/// One step from the name to the connection.
public struct NAT64TestStep: Codable, Hashable, Sendable {
    /// A word for programs, which does not change: `resolve`, `synthesize`, `route`, `translator`, `session`, `connect`.
    public var step: String
    /// Whether the next step can be taken.
    public var works: Bool
    /// What was found: `AAAA 64:ff9b::c633:6450, synthesized from A 198.51.100.80`.
    public var finding: String
    /// How long it took; absent where it took none to speak of.
    public var milliseconds: Double?
    /// What to do, a line each; absent where the step succeeded or nobody knows.
    public var remedy: String?

    public init(step: String, works: Bool, finding: String, milliseconds: Double? = nil, remedy: String? = nil) {
        self.step = step
        self.works = works
        self.finding = finding
        self.milliseconds = milliseconds
        self.remedy = remedy
    }
}

/// One router on the way, or the end of it.
public struct NAT64TestHop: Codable, Hashable, Sendable {
    /// The hop limit that led there, from 1.
    public var number: Int
    /// Who answered, as the client sees it; absent if nobody did in time.
    public var address: String?
    /// The IPv4 address in it, if it is under the prefix.
    public var address4: String?
    public var milliseconds: Double?

    public init(number: Int, address: String? = nil, address4: String? = nil, milliseconds: Double? = nil) {
        self.number = number
        self.address = address
        self.address4 = address4
        self.milliseconds = milliseconds
    }
}
