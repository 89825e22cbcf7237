// `dns64ctl flush`: what the cache shall forget.

/// Which answers to forget. In JSON an object with `scope` and what belongs to it: `{"scope":"everything"}`,
/// `{"scope":"name","name":"example.org","type":"AAAA"}`, `{"scope":"zone","name":"example.org"}`,
/// `{"scope":"negative"}`.
public enum FlushRequest: Hashable, Sendable {
    case everything
    /// One name; all its types where `type` is nil.
    case name(String, type: String?)
    /// A name and all names under it.
    case zone(String)
    /// NXDOMAIN and no data (RFC 2308), of all names.
    case negative
}

extension FlushRequest: Codable {
    private enum CodingKeys: String, CodingKey { case scope, name, type }
    private enum Scope: String, Codable { case everything, name, zone, negative }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(Scope.self, forKey: .scope) {
        case .everything: self = .everything
        case .name:
            self = .name(
                try container.decode(String.self, forKey: .name),
                type: try container.decodeIfPresent(String.self, forKey: .type))
        case .zone: self = .zone(try container.decode(String.self, forKey: .name))
        case .negative: self = .negative
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .everything: try container.encode(Scope.everything, forKey: .scope)
        case .name(let name, let type):
            try container.encode(Scope.name, forKey: .scope)
            try container.encode(name, forKey: .name)
            try container.encodeIfPresent(type, forKey: .type)
        case .zone(let name):
            try container.encode(Scope.zone, forKey: .scope)
            try container.encode(name, forKey: .name)
        case .negative: try container.encode(Scope.negative, forKey: .scope)
        }
    }
}

/// What was forgotten.
public struct FlushReport: Codable, Hashable, Sendable {
    /// Answers that were removed.
    public var removed: UInt64

    public init(removed: UInt64) {
        self.removed = removed
    }
}
