// From what is asked, what is there and what we did before to the steps between. A pure function.

internal import NAT64Backend
internal import NetAddress

/// The way from the host as it is to the host as asked.
struct Plan: Hashable, Sendable {
    var steps: [Step] = []
    /// Deeds of ours that are no longer wanted, in the order in which to undo them, after the steps.
    var removals: [Deed] = []
    /// How each of `removals` is taken back.
    var undoing: [Action] = []
    var warnings: [String] = []
    /// The device's number; nil: it isn't there yet.
    var deviceIndex: Int?

    struct Step: Hashable, Sendable {
        var deed: Deed
        var reason: String
        /// The deed of ours, done before, whose place this one takes.
        var replaced: Deed?

        var action: Action { replaced == nil ? deed.action : deed.replacingAction }
    }

    typealias Wanted = (deed: Deed, reason: String)

    init() {}

    /// What of `wanted` is not there yet, and what of `recorded` is not wanted any more.
    init(_ wanted: [Wanted], state: HostState, recorded: [Deed]) {
        for (deed, reason) in wanted {
            let mine = recorded.first { $0.identity == deed.identity }
            let isThere = deed.holds(in: state)
            // What is there without our doing is left alone, now and when we undo.
            if isThere, mine == nil || mine?.isSame(as: deed) == true { continue }
            steps.append(.init(deed: deed, reason: reason, replaced: mine.map { $0.asItIs(in: state) }))
        }
        let identities = Set(wanted.map(\.deed.identity))
        removals = recorded.reversed().filter { !identities.contains($0.identity) }
        undoing = removals.map { $0.undo(in: state) }
    }

    var preview: HostPlan { preview(in: nil) }

    func preview(in namespace: String?) -> HostPlan {
        let done = steps.map { PlannedStep(command: $0.action.typed(in: namespace), reason: $0.reason) }
        let undone = undoing.map { PlannedStep(command: $0.typed(in: namespace), reason: "no longer wanted") }
        return HostPlan(steps: done + undone, warnings: warnings)
    }
}

struct Planner {
    let request: HostRequest
    let state: HostState
    /// What we did and did not undo yet, in the order in which it was done.
    let recorded: [Deed]
    /// Whether a program of ours has the device open, so that it has to be there, and is ours.
    let deviceIsOpen: Bool

    private typealias Wanted = Plan.Wanted

    func plan() throws(BackendFailure) -> Plan {
        try request.check()
        try Conflicts(planner: self).check()
        var plan = Plan(try wanted(), state: state, recorded: recorded)
        plan.warnings = Warnings(request: request, state: state).all
        plan.deviceIndex = state.link(request.device)?.index
        return plan
    }

    /// All that has to hold, in an order in which nothing leaks on the way: addresses are translated before packets are
    /// forwarded, and the clients' prefixes come last.
    private func wanted() throws(BackendFailure) -> [Wanted] {
        let device = request.device
        let settings = KernelSettings(state: state, recorded: recorded, device: device)
        var wanted = settings.deviceSettings()
        wanted.append((link(), "packets fit, and pass"))
        if let host = request.hostAddress {
            wanted.append(
                (.address(device: device, address: host, length: 64), "an address for this host's own programs"))
        }
        if let inner = request.inner {
            let text = NATTable.text(name: request.tableName, device: device, inner: inner, forwards: request.forwards)
            let reason =
                request.forwards.isEmpty
                ? "IPv4 packets leave with this host's own address"
                : "IPv4 packets leave with this host's own address, static bindings are reached at it"
            wanted.append((.table(name: request.tableName, text: text), reason))
        }
        wanted += settings.forwarding()
        for prefix in request.destinations4 {
            wanted.append((.route(destination: prefix, device: device), "answers from IPv4 reach the translator"))
        }
        for proxy in try proxies() {
            wanted.append(
                (.proxy(address: proxy.address, device: proxy.device), "neighbours on \(proxy.device) find the address")
            )
        }
        for prefix in request.prefixes.uniqued {
            wanted.append((.route(destination: prefix, device: device), "packets to the prefix reach the translator"))
        }
        return wanted
    }

    private func link() -> Deed {
        let device = request.device
        var before = Deed.LinkBefore(mtu: 1500, isUp: false)
        if let link = state.link(device) { before = .init(mtu: link.mtu, isUp: link.isUp) }
        for case .link(device, _, let earlier) in recorded { before = earlier }
        return .link(device: device, mtu: request.mtu, before: before)
    }
}

extension HostRequest {
    /// The nftables table that is ours alone, of the family `ip`.
    public var tableName: String { "dns64d-\(device)" }

    /// ::1 of the device's network.
    var hostAddress: IPAddress? {
        guard case .v6(let network) = deviceNetwork.address else { return nil }
        return .v6(IPv6Address(high: network.high, low: 1))
    }

    /// IPv4 prefixes that lead to the device.
    var destinations4: [IPPrefix] {
        if let inner { return IPPrefix(.v4(inner), length: 32).map { [$0] } ?? [] }
        return pool4.uniqued
    }
}

extension Array where Element: Hashable {
    /// Without repetitions, in the order of the first of each.
    var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
