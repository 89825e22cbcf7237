// The steps for a translator in the kernel, which has no device. A pure function, as the other planner.
//
// What is not needed. Routes to the prefixes: packets are taken before they are routed. Proxy ARP: the kernel answers in
// another's place only for what it would route out of another interface, so the pool's addresses become the host's own;
// what the translator does not take of theirs is refused, as for any address of a host. Rules in chains of the forward
// hook: translated packets never come there.

internal import NAT64Backend
internal import NetAddress

struct KernelPlanner {
    let request: KernelTranslatorRequest
    let state: HostState
    /// What we did and did not undo yet, in the order in which it was done.
    let recorded: [Deed]

    func plan() throws(BackendFailure) -> Plan {
        try request.check()
        let gateways = request.pool4.uniqued.flatMap { Conflicts.gateways(in: $0, state) }
        try Conflicts.fail(gateways)
        let pool = PoolAddresses(pool4: request.pool4.uniqued, state: state, recorded: recorded)
        var wanted = reservedPorts()
        for found in try pool.found() {
            let deed = Deed.address(device: found.device, address: .v4(found.address), length: 32)
            wanted.append((deed, "neighbours on \(found.device) find the address"))
        }
        for prefix in blackholes(besides: pool) {
            wanted.append((.blackhole(destination: prefix), "packets that no session wants do not circle"))
        }
        wanted += KernelSettings(state: state, recorded: recorded, device: nil).forwarding()
        var plan = Plan(wanted, state: state, recorded: recorded)
        plan.warnings = pool.warnings + strangers
        return plan
    }

    /// The list is everybody's: what others wrote into it stays.
    private func reservedPorts() -> [Plan.Wanted] {
        let asked = PortSet(request.reservedPorts)
        let now = state.sysctls[Sysctl.reservedPorts].flatMap { PortSet($0) } ?? PortSet()
        var before = PortSet()
        for case .reservedPorts(let reservation) in recorded { before = reservation.ours }
        let others = now.subtracting(before)
        let added = asked.subtracting(others)
        if added.isEmpty { return [] }
        let reservation = PortReservation(
            added: added, former: before.subtracting(added), list: others.union(added))
        return [(.reservedPorts(reservation), "this host's own programs leave these ports to the translator")]
    }

    /// Prefixes that somebody routes to this host. What the translator leaves of them would go back by the default route,
    /// and come again. A route that is there is somebody's answer to that.
    private func blackholes(besides pool: PoolAddresses) -> [IPPrefix] {
        request.pool4.uniqued.filter { prefix in
            if pool.isConnected(prefix) { return false }
            return !state.routes.contains { route in
                prefix.holds(route.destination) && (route.table == "main" || route.table == "local") && !isOurs(route)
            }
        }
    }

    private func isOurs(_ route: HostState.Route) -> Bool {
        let deed = Deed.blackhole(destination: route.destination)
        return route.type == "blackhole" && recorded.contains { $0.identity == deed.identity }
    }

    private var strangers: [String] {
        request.prefixes.uniqued.flatMap { prefix in
            state.addresses.filter { prefix.contains($0.address) }.map { address in
                "\(prefix) holds an address of this host: what is sent to \(address.address) on \(address.device) is "
                    + "translated, and does not arrive there"
            }
        }
    }
}
