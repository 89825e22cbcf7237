// Which name led a client to an IPv4 address: remembered where AAAA records are made, so that whoever shows the NAT64's
// sessions can say it. Bounded; the newest wins.

internal import DNSMessage
public import NetAddress
internal import Synchronization

/// The names of one worker's synthesized answers. The worker writes; any thread may ask.
public final class SynthesizedNames: Sendable {
    /// A set holds so many entries; the oldest goes.
    private static let ways = 4
    private static let setCount = 4_096

    private struct Entry {
        /// The client's network, its first 64 bits; 0 stands for anybody.
        var network: UInt64 = 0
        var address = IPv4Address(rawValue: 0)
        var turn: UInt32 = 0
        /// In wire form, in the letters of the question; empty: no entry.
        var name: [UInt8] = []
    }

    private struct Table {
        var entries = [Entry](repeating: Entry(), count: SynthesizedNames.ways * SynthesizedNames.setCount)
        var turn: UInt32 = 0
    }

    private let table = Mutex(Table())

    public init() {}

    /// Notes that `client` was told of `address` under `name`, a question's name in wire form.
    func note(_ name: UnsafeRawBufferPointer, _ address: IPv4Address, _ client: IPAddress) {
        let network = Self.network(of: client)
        table.withLock { table in
            table.turn &+= 1
            // For the client, and for all that come by a resolver between us and them.
            Self.put(&table, network, address, name)
            if network != 0 { Self.put(&table, 0, address, name) }
        }
    }

    private static func put(
        _ table: inout Table, _ network: UInt64, _ address: IPv4Address, _ name: UnsafeRawBufferPointer
    ) {
        let first = firstPlace(network, address)
        var place = first
        for candidate in first..<first + ways {
            let entry = table.entries[candidate]
            if entry.network == network, entry.address == address, !entry.name.isEmpty {
                place = candidate
                break
            }
            if table.turn &- entry.turn > table.turn &- table.entries[place].turn || entry.name.isEmpty {
                place = candidate
            }
        }
        table.entries[place].turn = table.turn
        if table.entries[place].network == network, table.entries[place].address == address,
            table.entries[place].name.elementsEqual(name)
        {
            return
        }
        table.entries[place].network = network
        table.entries[place].address = address
        table.entries[place].name = Array(name)
    }

    /// The name by which a client of this network was last told of `address`; failing that, by which anybody was.
    ///
    /// - Returns: text in lower case without the final dot, and whether that client's own network was told.
    public func name(of address: IPv4Address, toldTo client: IPv6Address) -> (name: String, isOwn: Bool)? {
        let network = Self.network(of: .v6(client))
        let found = table.withLock { table -> ([UInt8], Bool)? in
            for candidate in [network, 0] {
                let first = Self.firstPlace(candidate, address)
                for place in first..<first + Self.ways {
                    let entry = table.entries[place]
                    if entry.network == candidate, entry.address == address, !entry.name.isEmpty {
                        return (entry.name, candidate != 0)
                    }
                }
            }
            return nil
        }
        guard let (wire, isOwn) = found, let name = wire.withUnsafeBytes({ DomainName(wire: $0) }) else { return nil }
        let text = name.description.lowercased()
        return (text.hasSuffix(".") && text.count > 1 ? String(text.dropLast()) : text, isOwn)
    }

    private static func network(of client: IPAddress) -> UInt64 {
        guard case .v6(let address) = client.unmapped, !address.isLinkLocal else { return 0 }
        return address.high
    }

    private static func firstPlace(_ network: UInt64, _ address: IPv4Address) -> Int {
        let mixed = (network ^ UInt64(address.rawValue) &* 0x9e37_79b9_7f4a_7c15) &* 0xd6e8_feb8_6659_fd93
        return Int(mixed >> 52) % setCount * ways
    }
}
