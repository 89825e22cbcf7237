// Public addresses on a network that the host is connected to: nobody there would route them here, everybody asks for them
// with ARP (RFC 1027). The host answers in the translator's place.

internal import NAT64Backend
internal import NetAddress

extension Planner {
    /// More entries than that are a network that wants a route, not a host that answers for all of it.
    static let proxyLimit = 1024

    func proxies() throws(BackendFailure) -> [HostState.Proxy] {
        var found: [HostState.Proxy] = []
        for prefix in request.pool4.uniqued {
            for address in state.addresses where address.device != request.device {
                guard state.link(address.device)?.usesARP == true, let network = address.network, network.length < 32,
                    let common = prefix.intersection(network)
                else { continue }
                let count = 1 << (32 - common.length)
                guard found.count + count <= Self.proxyLimit else { throw tooMany(prefix, network, address.device) }
                guard case .v4(let first) = common.address else { continue }
                for offset in 0..<UInt32(count) {
                    let each = IPv4Address(rawValue: first.rawValue + offset)
                    found.append(.init(address: .v4(each), device: address.device))
                }
            }
        }
        return found.uniqued
    }

    private func tooMany(_ prefix: IPPrefix, _ network: IPPrefix, _ device: String) -> BackendFailure {
        BackendFailure(
            .invalid,
            "more than \(Self.proxyLimit) addresses of pool4 (\(prefix)) lie on \(network), the network of \(device): this "
                + "host does not answer for so many of them",
            remedy: "let the network's router send \(prefix) to this host, and choose it outside of \(network)")
    }
}

extension IPPrefix {
    /// What both hold: the longer one, if it lies in the other.
    func intersection(_ other: IPPrefix) -> IPPrefix? {
        if length >= other.length { return other.contains(address) ? self : nil }
        return contains(other.address) ? other : nil
    }

    /// Whether `other` is this prefix or a part of it.
    func holds(_ other: IPPrefix) -> Bool { other.length >= length && contains(other.address) }
}
