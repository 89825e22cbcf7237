// The whole vocabulary of dns64d on its control socket: one payload for each kind of request, or a refusal.

/// What dns64d answers. As JSON an object with one key, the kind of the request or `refused`, whose value is the
/// payload that `dns64ctl --json` prints.
public enum ControlResponse: Hashable, Sendable {
    case status(StatusReport)
    case stats(StatisticsReport)
    case flush(FlushReport)
    case lookup(LookupReport)
    case explain(ExplainReport)
    case upstreams(UpstreamsReport)
    case policies(PoliciesReport)
    case dump(DumpPage)
    case load(LoadReport)
    case reload(ReloadReport)
    case logLevel(LogLevelReport)
    case top(TopSnapshot)
    case announce(AnnounceReport)
    case doctor(DoctorReport)
    case nat64(NAT64Response)
    /// The daemon says no, and why. Nothing was changed.
    case refused(Refusal)

    /// The key in JSON.
    enum Key: String, CodingKey {
        case status, stats, flush, lookup, explain, upstreams, policies, dump, load, reload
        case logLevel = "log-level"
        case top, announce, doctor, refused
        case nat64Status = "nat64-status"
        case nat64Sessions = "nat64-sessions"
        case nat64Bindings = "nat64-bindings"
        case nat64Stats = "nat64-stats"
        case nat64Bind = "nat64-bind"
        case nat64Unbind = "nat64-unbind"
        case nat64Drop = "nat64-drop"
        case nat64Test = "nat64-test"
    }
}

extension ControlResponse: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        guard let key = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath, debugDescription: "an answer names one known kind, no more, no less"
                ))
        }
        switch key {
        case .status: self = .status(try container.decode(StatusReport.self, forKey: key))
        case .stats: self = .stats(try container.decode(StatisticsReport.self, forKey: key))
        case .flush: self = .flush(try container.decode(FlushReport.self, forKey: key))
        case .lookup: self = .lookup(try container.decode(LookupReport.self, forKey: key))
        case .explain: self = .explain(try container.decode(ExplainReport.self, forKey: key))
        case .upstreams: self = .upstreams(try container.decode(UpstreamsReport.self, forKey: key))
        case .policies: self = .policies(try container.decode(PoliciesReport.self, forKey: key))
        case .dump: self = .dump(try container.decode(DumpPage.self, forKey: key))
        case .load: self = .load(try container.decode(LoadReport.self, forKey: key))
        case .reload: self = .reload(try container.decode(ReloadReport.self, forKey: key))
        case .logLevel: self = .logLevel(try container.decode(LogLevelReport.self, forKey: key))
        case .top: self = .top(try container.decode(TopSnapshot.self, forKey: key))
        case .refused: self = .refused(try container.decode(Refusal.self, forKey: key))
        case .announce: self = .announce(try container.decode(AnnounceReport.self, forKey: key))
        case .doctor: self = .doctor(try container.decode(DoctorReport.self, forKey: key))
        case .nat64Status, .nat64Sessions, .nat64Bindings, .nat64Stats, .nat64Bind, .nat64Unbind, .nat64Drop,
            .nat64Test:
            self = .nat64(try NAT64Response(key, container))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .status(let payload): try container.encode(payload, forKey: .status)
        case .stats(let payload): try container.encode(payload, forKey: .stats)
        case .flush(let payload): try container.encode(payload, forKey: .flush)
        case .lookup(let payload): try container.encode(payload, forKey: .lookup)
        case .explain(let payload): try container.encode(payload, forKey: .explain)
        case .upstreams(let payload): try container.encode(payload, forKey: .upstreams)
        case .policies(let payload): try container.encode(payload, forKey: .policies)
        case .dump(let payload): try container.encode(payload, forKey: .dump)
        case .load(let payload): try container.encode(payload, forKey: .load)
        case .reload(let payload): try container.encode(payload, forKey: .reload)
        case .logLevel(let payload): try container.encode(payload, forKey: .logLevel)
        case .top(let payload): try container.encode(payload, forKey: .top)
        case .announce(let payload): try container.encode(payload, forKey: .announce)
        case .doctor(let payload): try container.encode(payload, forKey: .doctor)
        case .nat64(let payload): try payload.encode(to: &container)
        case .refused(let payload): try container.encode(payload, forKey: .refused)
        }
    }
}
