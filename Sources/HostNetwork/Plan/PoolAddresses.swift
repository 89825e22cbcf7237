// Public addresses on a network that the host is connected to: everybody there asks for them with ARP, and a host answers
// for its own addresses.

internal import NAT64Backend
internal import NetAddress

struct PoolAddresses {
    let pool4: [IPPrefix]
    let state: HostState
    let recorded: [Deed]

    /// More than that is a network that wants a route, not a host with so many addresses.
    static let limit = 256

    struct Found: Hashable {
        var address: IPv4Address
        var device: String
    }

    private struct Connection {
        var network: IPPrefix
        var device: String
    }

    /// Each address once, on the interface of its smallest network.
    func found() throws(BackendFailure) -> [Found] {
        var taken = own
        var found: [Found] = []
        for prefix in pool4 {
            for connection in connections {
                guard let common = prefix.intersection(connection.network), case .v4(let first) = common.address else {
                    continue
                }
                for offset in 0..<UInt64(1) << UInt64(32 - common.length) {
                    let address = IPv4Address(rawValue: first.rawValue &+ UInt32(truncatingIfNeeded: offset))
                    if isReserved(address, connection) || !taken.insert(.v4(address)).inserted { continue }
                    guard found.count < Self.limit else { throw tooMany(prefix, connection) }
                    found.append(Found(address: address, device: connection.device))
                }
            }
        }
        return found
    }

    /// Whether an address of the host's own, or a part of a network of its own, is of `prefix`.
    func isConnected(_ prefix: IPPrefix) -> Bool {
        ownEntries.contains { $0.network.map { prefix.intersection($0) != nil } ?? false }
    }

    /// Addresses of the pool that are nobody's.
    var warnings: [String] {
        var warnings: [String] = []
        for prefix in pool4 {
            for connection in connections {
                for address in reserved(connection).uniqued where prefix.contains(.v4(address)) {
                    let isFirst = connection.network.address == .v4(address)
                    warnings.append(
                        "pool4 \(prefix) holds \(address), \(isFirst ? "which is" : "the broadcast address of") "
                            + "\(connection.network) on \(connection.device)\(isFirst ? " itself" : ""): no session can "
                            + "use it; name prefixes without it")
                }
            }
        }
        return warnings.uniqued
    }

    /// Without those that we gave it.
    private var ownEntries: [HostState.Address] {
        let ours = Set(recorded.map(\.identity))
        return state.addresses.filter { !ours.contains(.address($0.device, $0.address)) }
    }

    private var own: Set<IPAddress> { Set(ownEntries.map(\.address)) }

    /// The smallest networks first.
    private var connections: [Connection] {
        let found = ownEntries.compactMap { address -> Connection? in
            guard state.link(address.device)?.usesARP == true, let network = address.network,
                network.address.bitWidth == 32, network.length < 32
            else { return nil }
            return Connection(network: network, device: address.device)
        }
        return (0...32).reversed().flatMap { length in found.filter { $0.network.length == length } }
    }

    private func isReserved(_ address: IPv4Address, _ connection: Connection) -> Bool {
        reserved(connection).contains(address)
    }

    /// The network's own address and its broadcast address; a network of two addresses has neither (RFC 3021).
    private func reserved(_ connection: Connection) -> [IPv4Address] {
        guard case .v4(let first) = connection.network.address, connection.network.length < 31 else { return [] }
        let last = first.rawValue | UInt32.max >> UInt32(connection.network.length)
        let named = state.addresses.filter { $0.device == connection.device }.compactMap(\.broadcast)
        return [first, IPv4Address(rawValue: last)]
            + named.filter { connection.network.contains(.v4($0)) && $0.rawValue != last }
    }

    private func tooMany(_ prefix: IPPrefix, _ connection: Connection) -> BackendFailure {
        BackendFailure(
            .invalid,
            "more than \(Self.limit) addresses of pool4 (\(prefix)) lie on \(connection.network), the network of "
                + "\(connection.device): this host does not take so many of them",
            remedy:
                "let the network's router send \(prefix) to this host, and choose it outside of \(connection.network)"
        )
    }
}
