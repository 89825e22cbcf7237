// The whole vocabulary of dns64ctl: one case for each thing that it can ask of dns64d. Both programs share this file.

/// What dns64ctl asks. As JSON an object with one key, the kind, whose value holds the particulars: `{"status":{}}`,
/// `{"lookup":{"name":"example.org","type":"A"}}`. Absent optional values are left out.
public enum ControlRequest: Hashable, Sendable {
    /// How the daemon is. Answered by `ControlResponse.status`.
    case status
    /// All counters. Answered by `stats`.
    case stats
    /// Forget what the cache holds. Answered by `flush`.
    case flush(FlushRequest)
    /// What the cache holds for a name. Answered by `lookup`.
    case lookup(LookupRequest)
    /// How a question would be answered, and why. Answered by `explain`.
    case explain(ExplainRequest)
    /// The servers that questions are forwarded to. Answered by `upstreams`.
    case upstreams
    /// What each class of clients gets. Answered by `policies`.
    case policies
    /// One page of the cache. Answered by `dump`.
    case dump(DumpRequest)
    /// Entries to put into the cache. Answered by `load`.
    case load(LoadRequest)
    /// Read the configuration anew. Answered by `reload`.
    case reload
    /// Change how much is logged. Answered by `logLevel`.
    case logLevel(LogLevelRequest)
    /// What is asked most, once a second, until the connection closes. Answered by any number of `top`.
    case top(TopRequest)
    /// What makes another program announce this daemon to the clients of a network. Answered by `announce`.
    case announce(AnnounceRequest)
    /// Examine this box. Takes some seconds. Answered by `doctor`.
    case doctor(DoctorRequest)
    /// Something about the translator. Answered by `nat64`.
    case nat64(NAT64Request)

    /// The key that a request and the answer to it have in JSON: the name of the subcommand, with hyphens for spaces.
    public enum Kind: String, CodingKey, CaseIterable, Hashable, Sendable {
        case status, stats, flush, lookup, explain, upstreams, policies, dump, load, reload
        case logLevel = "log-level"
        case top, announce, doctor
        case nat64Status = "nat64-status"
        case nat64Sessions = "nat64-sessions"
        case nat64Bindings = "nat64-bindings"
        case nat64Stats = "nat64-stats"
        case nat64Bind = "nat64-bind"
        case nat64Unbind = "nat64-unbind"
        case nat64Drop = "nat64-drop"
        case nat64Test = "nat64-test"
    }

    /// The key of this request in JSON.
    public var kind: Kind {
        switch self {
        case .status: .status
        case .stats: .stats
        case .flush: .flush
        case .lookup: .lookup
        case .explain: .explain
        case .upstreams: .upstreams
        case .policies: .policies
        case .dump: .dump
        case .load: .load
        case .reload: .reload
        case .logLevel: .logLevel
        case .top: .top
        case .announce: .announce
        case .doctor: .doctor
        case .nat64(let request): request.kind
        }
    }
}

/// The value of a request that has no particulars: `{}`.
struct NoParticulars: Codable {}

extension ControlRequest: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Kind.self)
        guard let kind = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath, debugDescription: "a request names one known kind, no more, no less"
                ))
        }
        switch kind {
        case .status: self = .status
        case .stats: self = .stats
        case .flush: self = .flush(try container.decode(FlushRequest.self, forKey: kind))
        case .lookup: self = .lookup(try container.decode(LookupRequest.self, forKey: kind))
        case .explain: self = .explain(try container.decode(ExplainRequest.self, forKey: kind))
        case .upstreams: self = .upstreams
        case .policies: self = .policies
        case .dump: self = .dump(try container.decode(DumpRequest.self, forKey: kind))
        case .load: self = .load(try container.decode(LoadRequest.self, forKey: kind))
        case .reload: self = .reload
        case .logLevel: self = .logLevel(try container.decode(LogLevelRequest.self, forKey: kind))
        case .top: self = .top(try container.decode(TopRequest.self, forKey: kind))
        case .announce: self = .announce(try container.decode(AnnounceRequest.self, forKey: kind))
        case .doctor: self = .doctor(try container.decode(DoctorRequest.self, forKey: kind))
        case .nat64Status, .nat64Sessions, .nat64Bindings, .nat64Stats, .nat64Bind, .nat64Unbind, .nat64Drop,
            .nat64Test:
            self = .nat64(try NAT64Request(kind, container))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Kind.self)
        switch self {
        case .status, .stats, .upstreams, .policies, .reload: try container.encode(NoParticulars(), forKey: kind)
        case .flush(let particulars): try container.encode(particulars, forKey: kind)
        case .lookup(let particulars): try container.encode(particulars, forKey: kind)
        case .explain(let particulars): try container.encode(particulars, forKey: kind)
        case .dump(let particulars): try container.encode(particulars, forKey: kind)
        case .load(let particulars): try container.encode(particulars, forKey: kind)
        case .logLevel(let particulars): try container.encode(particulars, forKey: kind)
        case .top(let particulars): try container.encode(particulars, forKey: kind)
        case .announce(let particulars): try container.encode(particulars, forKey: kind)
        case .doctor(let particulars): try container.encode(particulars, forKey: kind)
        case .nat64(let request): try request.encode(to: &container)
        }
    }
}
