// What is there already, not ours, and in the way. Each is an error that says which, and how a person would end it.

internal import NAT64Backend
internal import NetAddress

struct Conflict: Hashable {
    var message: String
    var remedy: String?
}

struct Conflicts {
    let planner: Planner

    private var request: HostRequest { planner.request }
    private var state: HostState { planner.state }

    /// Throws all conflicts as one failure.
    func check() throws(BackendFailure) { try Self.fail(all) }

    static func fail(_ found: [Conflict]) throws(BackendFailure) {
        if found.isEmpty { return }
        let remedies = found.compactMap(\.remedy).uniqued
        throw BackendFailure(
            .conflict, found.map(\.message).uniqued.joined(separator: "\n"),
            remedy: remedies.isEmpty ? nil : remedies.joined(separator: "; or: "))
    }

    var all: [Conflict] {
        // The rest would only repeat that the device is somebody else's.
        if let conflict = device() { return [conflict] }
        var found: [Conflict] = []
        for prefix in request.prefixes.uniqued { found += routes(prefix) + addresses(prefix) }
        found += deviceNetwork() + innerAddress()
        for prefix in request.pool4.uniqued { found += routes(prefix) + pool(prefix) }
        return found + table()
    }

    private func device() -> Conflict? {
        let name = request.device
        guard let link = state.link(name) else {
            return planner.deviceIsOpen ? Conflict(message: "there is no device \(name)") : nil
        }
        let another = "set nat64.tun.device to another name"
        guard link.isTun else {
            let kind = link.kind.map { "of kind \($0)" } ?? "of hardware"
            return Conflict(
                message: "there is a device \(name) already, \(kind), that dns64d did not make", remedy: another)
        }
        if !planner.deviceIsOpen, planner.recorded.isEmpty, !link.isPersistent {
            return Conflict(message: "another program has a device \(name) open", remedy: another)
        }
        let known = Set(planner.recorded.map(\.identity))
        let strange = state.addresses.first { address in
            address.device == name && address.address != request.hostAddress && !address.address.isLinkLocal
                && !known.contains(.address(name, address.address))
        }
        return strange.map {
            Conflict(
                message: "the device \(name) has an address that dns64d did not give it: \($0.address)/\($0.length)",
                remedy: another)
        }
    }

    /// Routes equal to or inside `prefix` that lead elsewhere. A wider one is no conflict: ours is more specific.
    private func routes(_ prefix: IPPrefix) -> [Conflict] {
        state.routes.filter { route in
            guard prefix.holds(route.destination), route.devices != [request.device] else { return false }
            // Routes that addresses bring are spoken of as addresses.
            if route.source == "kernel" { return false }
            return route.table == "main" || route.table == "local" && route.type == "local"
        }.map { route in
            let relation = route.destination == prefix ? "" : ", which is a part of \(prefix)"
            return Conflict(message: "there is a route already: \(route)\(relation)", remedy: route.removal)
        }
    }

    private func addresses(_ prefix: IPPrefix) -> [Conflict] {
        state.addresses.filter { prefix.contains($0.address) && !isOurs($0) }.map { address in
            Conflict(message: "\(prefix) holds an address of this host: \(address.address) on \(address.device)")
        }
    }

    private func deviceNetwork() -> [Conflict] {
        let network = request.deviceNetwork
        let taken = state.addresses.filter { !isOurs($0) && $0.network.map { network.intersection($0) != nil } == true }
        return routes(network)
            + taken.map { address in
                Conflict(
                    message: "the device's network \(network) is taken: \(address.device) has "
                        + "\(address.address)/\(address.length)")
            }
    }

    private func innerAddress() -> [Conflict] {
        guard let inner = request.inner, let prefix = IPPrefix(.v4(inner), length: 32) else { return [] }
        let taken = state.addresses.filter { !isOurs($0) && $0.network?.contains(.v4(inner)) == true }
        return routes(prefix)
            + taken.map { address in
                Conflict(
                    message: "the inner address \(inner) lies on the network of \(address.device), which has "
                        + "\(address.address)/\(address.length)")
            }
    }

    /// The host's own address can't be the translator's too: the kernel keeps for itself what comes to it.
    private func pool(_ prefix: IPPrefix) -> [Conflict] {
        var found: [Conflict] = []
        for address in state.addresses where !isOurs(address) {
            if prefix.contains(address.address) {
                found.append(ownAddress(address, prefix))
            } else if let broadcast = address.broadcast, prefix.contains(.v4(broadcast)) {
                found.append(
                    Conflict(message: "pool4 \(prefix) holds the broadcast address \(broadcast) of \(address.device)"))
            }
        }
        return found + Self.gateways(in: prefix, state)
    }

    /// What is sent there would reach the translator, or nobody, and not the gateway.
    static func gateways(in prefix: IPPrefix, _ state: HostState) -> [Conflict] {
        state.routes.flatMap { $0.hops.compactMap(\.gateway) }.uniqued.filter { prefix.contains($0) }.map { gateway in
            Conflict(message: "pool4 \(prefix) holds \(gateway), which is a gateway of this host")
        }
    }

    private func ownAddress(_ address: HostState.Address, _ prefix: IPPrefix) -> Conflict {
        var message = "pool4 \(prefix) holds an address of this host: \(address.address) on \(address.device)"
        if request.partialPool4.contains(prefix) {
            message += "; the tun backend can't share an address by ports with its host"
        }
        return Conflict(
            message: message,
            remedy: "an empty pool4 shares this host's address; or name an address that is nobody's")
    }

    private func table() -> [Conflict] {
        let name = request.tableName
        guard request.inner != nil, state.tables?.contains(name) == true,
            !planner.recorded.contains(where: { $0.identity == .table(name) })
        else { return [] }
        return [
            Conflict(
                message: "there is an nftables table ip \(name) already that dns64d knows nothing of",
                remedy: "nft delete table ip \(name)")
        ]
    }

    private func isOurs(_ address: HostState.Address) -> Bool { address.device == request.device }
}

extension IPAddress {
    var isLinkLocal: Bool {
        if case .v6(let address) = self { return address.isLinkLocal }
        return false
    }
}
