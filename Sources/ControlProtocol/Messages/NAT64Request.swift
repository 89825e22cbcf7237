// What can be asked of the translator, whichever it is. On the wire each is a kind of its own, `nat64-sessions` and so
// on, beside the other requests.

/// What `dns64ctl nat64` asks. Without a translator (`nat64.backend: none`) all but `status` are refused as
/// `Refusal.noTranslator`.
public enum NAT64Request: Hashable, Sendable {
    /// How it is. Answered by `NAT64Response.status`.
    case status
    /// One page of its sessions. Answered by `sessions`.
    case sessions(NAT64PageRequest)
    /// One page of its bindings. Answered by `bindings`.
    case bindings(NAT64PageRequest)
    /// All its counters. Answered by `stats`.
    case stats
    /// Add a static binding. Answered by `bind`.
    case bind(NAT64StaticBinding)
    /// Remove a static binding. Answered by `unbind`.
    case unbind(NAT64PublicAddress)
    /// End sessions. Answered by `drop`.
    case drop(NAT64DropRequest)
    /// Connect to a host through it. Takes some seconds; also without a translator of ours. Answered by `test`.
    case test(NAT64TestRequest)

    var kind: ControlRequest.Kind {
        switch self {
        case .status: .nat64Status
        case .sessions: .nat64Sessions
        case .bindings: .nat64Bindings
        case .stats: .nat64Stats
        case .bind: .nat64Bind
        case .unbind: .nat64Unbind
        case .drop: .nat64Drop
        case .test: .nat64Test
        }
    }

    /// - Throws: also if `kind` is none of these.
    init(_ kind: ControlRequest.Kind, _ container: KeyedDecodingContainer<ControlRequest.Kind>) throws {
        switch kind {
        case .nat64Status: self = .status
        case .nat64Sessions: self = .sessions(try container.decode(NAT64PageRequest.self, forKey: kind))
        case .nat64Bindings: self = .bindings(try container.decode(NAT64PageRequest.self, forKey: kind))
        case .nat64Stats: self = .stats
        case .nat64Bind: self = .bind(try container.decode(NAT64StaticBinding.self, forKey: kind))
        case .nat64Unbind: self = .unbind(try container.decode(NAT64PublicAddress.self, forKey: kind))
        case .nat64Drop: self = .drop(try container.decode(NAT64DropRequest.self, forKey: kind))
        case .nat64Test: self = .test(try container.decode(NAT64TestRequest.self, forKey: kind))
        default:
            throw DecodingError.dataCorrupted(
                .init(codingPath: container.codingPath, debugDescription: "nothing about the translator"))
        }
    }

    func encode(to container: inout KeyedEncodingContainer<ControlRequest.Kind>) throws {
        switch self {
        case .status, .stats: try container.encode(NoParticulars(), forKey: kind)
        case .sessions(let page), .bindings(let page): try container.encode(page, forKey: kind)
        case .bind(let binding): try container.encode(binding, forKey: kind)
        case .unbind(let address): try container.encode(address, forKey: kind)
        case .drop(let particulars): try container.encode(particulars, forKey: kind)
        case .test(let particulars): try container.encode(particulars, forKey: kind)
        }
    }
}
