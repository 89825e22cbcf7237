// pool4 as a set of transport addresses, whatever rows it was written in: Jool joins rows that touch, and shows a row an
// address.

internal import NAT64Backend
internal import NetAddress

/// The transport addresses of an instance's pool4 (those without a mark).
struct PoolTable: Hashable, Sendable {
    private(set) var ports: [Key: PortSet] = [:]

    struct Key: Hashable, Sendable {
        var proto: TransportProtocol
        var address: IPv4Address
    }

    /// What one command adds or removes.
    struct Piece: Hashable, Sendable {
        var proto: TransportProtocol
        /// An IPv4 prefix.
        var prefix: IPPrefix
        var ports: ClosedRange<UInt16>
    }

    init() {}

    /// The same ranges for each protocol, as the configuration has them.
    init(_ ranges: [Pool4Range]) {
        for range in ranges {
            for address in range.addresses {
                for proto in TransportProtocol.allCases {
                    insert(range.ports, Key(proto: proto, address: address))
                }
            }
        }
    }

    var isEmpty: Bool { ports.isEmpty }

    mutating func insert(_ range: ClosedRange<UInt16>, _ key: Key) {
        // "Port zero" is an ICMP identifier like any other, but no port (RFC 6335 section 6).
        let low = key.proto == .icmp ? range.lowerBound : max(range.lowerBound, 1)
        guard low <= range.upperBound else { return }
        ports[key, default: PortSet()].insert(low...range.upperBound)
    }

    mutating func remove(_ gone: PortSet, _ key: Key) {
        guard let rest = ports[key]?.subtracting(gone) else { return }
        ports[key] = rest.isEmpty ? nil : rest
    }

    func contains(_ proto: TransportProtocol, _ address: TransportAddress4) -> Bool {
        ports[Key(proto: proto, address: address.address)]?.contains(address.port) ?? false
    }

    func subtracting(_ other: PoolTable) -> PoolTable {
        var rest = self
        for (key, gone) in other.ports { rest.remove(gone, key) }
        return rest
    }

    /// Every address once.
    var addresses: [IPv4Address] { Set(ports.keys.map(\.address)).sorted() }

    /// The fewest pieces, in an order that is always the same.
    var pieces: [Piece] {
        var alike: [Row: [IPv4Address]] = [:]
        for (key, set) in ports {
            for range in set.ranges { alike[Row(proto: key.proto, ports: range), default: []].append(key.address) }
        }
        return TransportProtocol.allCases.flatMap { proto in
            alike.filter { $0.key.proto == proto }.flatMap { row, addresses in
                IPv4Address.cover(addresses.sorted()).map { Piece(proto: proto, prefix: $0, ports: row.ports) }
            }.sorted { ($0.prefix.first, $0.ports.lowerBound) < ($1.prefix.first, $1.ports.lowerBound) }
        }
    }

    private struct Row: Hashable {
        var proto: TransportProtocol
        var ports: ClosedRange<UInt16>
    }
}

extension Pool4Range {
    var addresses: [IPv4Address] {
        guard case .v4(let first) = prefix.address else { return [] }
        let count = UInt64(1) << UInt64(32 - prefix.length)
        return (0..<count).map { IPv4Address(rawValue: first.rawValue &+ UInt32(truncatingIfNeeded: $0)) }
    }
}

extension IPPrefix {
    fileprivate var first: IPv4Address {
        if case .v4(let address) = address { address } else { IPv4Address(rawValue: 0) }
    }
}

extension IPv4Address {
    /// The fewest prefixes that hold these addresses and no others.
    ///
    /// - Parameter addresses: in order, none twice.
    static func cover(_ addresses: [IPv4Address]) -> [IPPrefix] {
        var prefixes: [IPPrefix] = []
        var index = 0
        while index < addresses.count {
            let start = addresses[index].rawValue
            var length = 32
            while length > 0 {
                let size = 1 << (33 - length)
                let last = index + size - 1
                guard start & UInt32(size - 1) == 0, last < addresses.count,
                    addresses[last].rawValue == start &+ UInt32(size - 1)
                else { break }
                length -= 1
            }
            if let prefix = IPPrefix(.v4(addresses[index]), length: length) { prefixes.append(prefix) }
            index += 1 << (32 - length)
        }
        return prefixes
    }
}
