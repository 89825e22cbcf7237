// Who gets which ports, where several want them: instances among each other, and Jool with the host's own programs.
//
// Jool and the host's sockets know nothing of each other. A program whose source port Jool has given to a client as well
// waits for answers that go to that client: Jool 4.1.15 refuses such a pool4, earlier versions let the program hang.

internal import NAT64Backend
internal import NetAddress

extension Wishes {
    /// Programs that open many connections need so many at least.
    private static let localPortsNeeded = 4096

    /// Keeps pool4 and the host's programs apart: its ports are reserved; if that left programs too few, it is pool4
    /// that goes without.
    ///
    /// - Parameter fixed: what static bindings need.
    mutating func share(_ pool: inout PoolTable, _ host: HostFacts, _ fixed: PoolTable) throws(BackendFailure) {
        var wanted = pool.isEmpty ? PortSet(Self.emptyPoolPorts) : PortSet()
        // In an order that is always the same: the first that nothing is left of is the one that is told.
        let own = [TransportProtocol.tcp, .udp].flatMap { proto in
            pool.addresses.map { PoolTable.Key(proto: proto, address: $0) }
        }.filter { host.addresses.contains($0.address) && pool.ports[$0] != nil }
        for key in own { wanted.formUnion(pool.ports[key] ?? PortSet()) }
        let overlap = wanted.intersection(host.localPorts)
        if overlap.isEmpty { return }
        let range = PortSet.text(host.localPorts)
        let left = PortSet(host.localPorts).subtracting(host.reserved).subtracting(overlap).count
        if left >= Self.localPortsNeeded {
            reserved = overlap
            reports.append(
                "pool4 has ports that this host's own programs use (net.ipv4.ip_local_port_range is \(range)): "
                    + "\(overlap.spaced) are reserved for Jool in net.ipv4.ip_local_reserved_ports")
            return
        }
        if pool.isEmpty {
            throw BackendFailure(
                .conflict,
                "Jool needs the ports \(PortSet.text(Self.emptyPoolPorts)) of this host's addresses, "
                    + "and without them its programs would have \(left) left (net.ipv4.ip_local_port_range is \(range))",
                remedy: "sysctl -w net.ipv4.ip_local_port_range=\"32768 60999\"")
        }
        try keepOut(&pool, own, host, fixed)
    }

    private mutating func keepOut(
        _ pool: inout PoolTable, _ keys: [PoolTable.Key], _ host: HostFacts, _ fixed: PoolTable
    ) throws(BackendFailure) {
        // The well-known ports are where the host's own services are.
        var kept = PortSet([0...1023, host.localPorts])
        for key in keys {
            pool.remove(kept.subtracting(fixed.ports[key] ?? PortSet()), key)
            if pool.ports[key] == nil {
                throw BackendFailure(
                    .conflict,
                    "nothing of pool4's \(key.proto.rawValue) ports of \(key.address) is left: it is this "
                        + "host's own address, whose programs use \(PortSet.text(host.localPorts))",
                    remedy: "give pool4 an address or ports of its own, or make net.ipv4.ip_local_port_range smaller")
            }
        }
        let addresses = Set(keys.map(\.address)).sorted().map(\.description).joined(separator: ", ")
        reports.append(
            "pool4 has this host's own address \(addresses) with ports that its programs and services need: Jool gets it "
                + "without \(kept.spaced) (net.ipv4.ip_local_port_range, and the well-known ports)")
        // What static bindings have all the same must not be given to programs.
        kept = PortSet()
        for key in keys { kept.formUnion((fixed.ports[key] ?? PortSet()).intersection(host.localPorts)) }
        reserved = kept
    }
}

extension PoolTable {
    /// The public sides of bindings.
    init(_ bindings: [StaticBinding]) {
        self.init()
        for binding in bindings {
            let key = Key(proto: binding.proto, address: binding.public.address)
            insert(binding.public.port...binding.public.port, key)
        }
    }

    /// Equal parts that have nothing in common; what static bindings need is in the first.
    func split(_ count: Int, first bindings: [StaticBinding]) -> [PoolTable] {
        guard count > 1 else { return [self] }
        let fixed = PoolTable(bindings)
        var parts = Array(repeating: PoolTable(), count: count)
        for (key, set) in ports {
            let rest = set.subtracting(fixed.ports[key] ?? PortSet())
            for range in rest.ranges {
                let size = range.count
                for index in 0..<count {
                    let (low, high) = (size * index / count, size * (index + 1) / count)
                    guard low < high else { continue }
                    let bottom = Int(range.lowerBound)
                    parts[index].insert(
                        UInt16(clamping: bottom + low)...UInt16(clamping: bottom + high - 1), key)
                }
            }
            for range in (fixed.ports[key] ?? PortSet()).ranges where !set.intersection(range).isEmpty {
                parts[0].insert(range, key)
            }
        }
        return parts
    }
}
