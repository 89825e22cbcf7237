// What is answered to a `NAT64Request`, under the same key.

/// What dns64d answers about the translator.
public enum NAT64Response: Hashable, Sendable {
    case status(NAT64StatusReport)
    case sessions(NAT64SessionPage)
    case bindings(NAT64BindingPage)
    case stats(NAT64StatisticsReport)
    /// As it was added; with the address, where the request left that to the translator and it is known.
    case bind(NAT64StaticBinding)
    /// As it was removed.
    case unbind(NAT64PublicAddress)
    case drop(NAT64DropReport)
    case test(NAT64TestReport)

    /// - Throws: also if `key` is none of these.
    init(_ key: ControlResponse.Key, _ container: KeyedDecodingContainer<ControlResponse.Key>) throws {
        switch key {
        case .nat64Status: self = .status(try container.decode(NAT64StatusReport.self, forKey: key))
        case .nat64Sessions: self = .sessions(try container.decode(NAT64SessionPage.self, forKey: key))
        case .nat64Bindings: self = .bindings(try container.decode(NAT64BindingPage.self, forKey: key))
        case .nat64Stats: self = .stats(try container.decode(NAT64StatisticsReport.self, forKey: key))
        case .nat64Bind: self = .bind(try container.decode(NAT64StaticBinding.self, forKey: key))
        case .nat64Unbind: self = .unbind(try container.decode(NAT64PublicAddress.self, forKey: key))
        case .nat64Drop: self = .drop(try container.decode(NAT64DropReport.self, forKey: key))
        case .nat64Test: self = .test(try container.decode(NAT64TestReport.self, forKey: key))
        default:
            throw DecodingError.dataCorrupted(
                .init(codingPath: container.codingPath, debugDescription: "nothing about the translator"))
        }
    }

    func encode(to container: inout KeyedEncodingContainer<ControlResponse.Key>) throws {
        switch self {
        case .status(let payload): try container.encode(payload, forKey: .nat64Status)
        case .sessions(let payload): try container.encode(payload, forKey: .nat64Sessions)
        case .bindings(let payload): try container.encode(payload, forKey: .nat64Bindings)
        case .stats(let payload): try container.encode(payload, forKey: .nat64Stats)
        case .bind(let payload): try container.encode(payload, forKey: .nat64Bind)
        case .unbind(let payload): try container.encode(payload, forKey: .nat64Unbind)
        case .drop(let payload): try container.encode(payload, forKey: .nat64Drop)
        case .test(let payload): try container.encode(payload, forKey: .nat64Test)
        }
    }
}
