// From the plan to the instances that make it true: names, globals, and who of several gets which ports.

internal import NAT64Backend
internal import NetAddress

/// What the host says of itself, as far as pool4 depends on it.
struct HostFacts: Hashable, Sendable {
    /// The ports that the host's own programs get when they don't ask for one (ip_local_port_range).
    var localPorts: ClosedRange<UInt16> = 32768...60999
    /// Those of them that they don't get all the same (ip_local_reserved_ports), but for what we reserved.
    var reserved = PortSet()
    /// The host's IPv4 addresses, without what we added for pool4.
    var addresses: Set<IPv4Address> = []
    /// The one that it talks to the Internet with.
    var primary: IPv4Address?

    /// What others decide: the reserved ports are ours, too.
    var withoutReserved: HostFacts {
        var copy = self
        copy.reserved = PortSet()
        return copy
    }
}

/// What is to hold.
struct Wishes: Hashable, Sendable {
    var instances: [InstanceWish] = []
    /// What the host's programs must not be given.
    var reserved = PortSet()
    /// What an operator should know.
    var reports: [String] = []

    /// - Throws: `invalid`: Jool can't be so. `conflict`: not on this host.
    init(_ plan: NAT64Plan, _ options: JoolBackend.Options, _ host: HostFacts) throws(BackendFailure) {
        var pool = PoolTable(plan.pool4)
        if plan.prefixes.count > 1 { try Self.checkSeveral(options, pool) }
        let isPoolWished = !options.adopts || plan.named.contains(.pool4)
        let bindings = try Self.resolve(plan.staticBindings, pool.isEmpty && isPoolWished, host)
        if !pool.isEmpty {
            for binding in bindings {
                pool.insert(
                    binding.public.port...binding.public.port,
                    PoolTable.Key(proto: binding.proto, address: binding.public.address))
            }
        }
        if isPoolWished { try share(&pool, host, PoolTable(bindings)) }
        let parts = pool.split(plan.prefixes.count, first: bindings)
        for (index, prefix) in plan.prefixes.enumerated() {
            guard let name = options.instance.numbered(index)?.description else {
                throw BackendFailure(
                    .invalid, "the instance for the prefix \(prefix) would have a name of more than 15 letters",
                    remedy: "a shorter nat64.jool.instance")
            }
            var wish = InstanceWish(name: name, framework: options.framework, pool6: prefix)
            wish.isAdopted = options.adopts
            wish.globals = Self.globals(plan, adopts: options.adopts)
            if isPoolWished { wish.pool4 = parts[index] }
            if !options.adopts || plan.named.contains(.staticBindings) {
                wish.staticBindings = index == 0 ? Set(bindings) : []
            } else if !bindings.isEmpty {
                // Not the configuration's: made by command, beside whatever else is there.
                wish.staticBindings = Set(bindings)
                wish.keepsOtherBindings = true
            }
            if !options.adopts {
                let isRouted = options.framework == .iptables
                wish.rules =
                    isRouted ? Rule.all(name, pool6: prefix.prefix, pool4: IPv4Address.cover(pool.addresses)) : []
            }
            instances.append(wish)
        }
    }

    private static func checkSeveral(_ options: JoolBackend.Options, _ pool: PoolTable) throws(BackendFailure) {
        if options.framework == .netfilter {
            throw BackendFailure(
                .invalid, "an instance of Jool has one prefix, and a network namespace one instance of netfilter's",
                remedy: "nat64.jool.framework: iptables; or one prefix alone")
        }
        if options.adopts {
            throw BackendFailure(.invalid, "an adopted instance has one prefix", remedy: "name one prefix alone")
        }
        if pool.isEmpty {
            throw BackendFailure(
                .invalid, "with several prefixes each instance of Jool needs ports of its own",
                remedy: "name addresses in nat64.pool4")
        }
    }

    /// Bindings with the host's own address written out.
    private static func resolve(_ bindings: [StaticBinding], _ isPoolEmpty: Bool, _ host: HostFacts)
        throws(BackendFailure) -> [StaticBinding]
    {
        var resolved: [StaticBinding] = []
        for var binding in bindings {
            if binding.public.address == StaticBinding.hostAddress {
                guard let primary = host.primary else {
                    throw BackendFailure(
                        .conflict,
                        "this host has no IPv4 address that \(binding.proto.rawValue) port "
                            + "\(binding.public.port) could be bound at", remedy: "look at `ip -4 addr`")
                }
                binding.public.address = primary
            }
            if isPoolEmpty, !emptyPoolPorts.contains(binding.public.port) {
                throw BackendFailure(
                    .invalid,
                    "with an empty pool4 Jool has the ports \(PortSet.text(emptyPoolPorts)) of the host's "
                        + "addresses alone, not \(binding.public.port)",
                    remedy: "name the address in nat64.pool4")
            }
            resolved.append(binding)
        }
        return resolved
    }

    private static func globals(_ plan: NAT64Plan, adopts: Bool) -> [String: String] {
        func wants(_ part: NAT64Plan.Part) -> Bool { !adopts || plan.named.contains(part) }
        var globals = plan.ownSettings
        let timers: [(NAT64Plan.Part, String, Int)] = [
            (.tcpEstablished, JoolGlobals.tcpEstablished, plan.timers.tcpEstablished),
            (.tcpTransitory, JoolGlobals.tcpTransitory, plan.timers.tcpTransitory),
            (.udp, JoolGlobals.udp, plan.timers.udp), (.icmp, JoolGlobals.icmp, plan.timers.icmp),
        ]
        for (part, name, seconds) in timers where wants(part) { globals[name] = JoolGlobals.time(seconds: seconds) }
        if wants(.filtering) { globals[JoolGlobals.filtering] = "\(plan.filtering == .addressDependent)" }
        if wants(.log) { globals[JoolGlobals.logBindings] = "\(plan.log.detail != .none)" }
        for (name, value) in globals { globals[name] = JoolGlobalValues.canonical(name, value) }
        return globals
    }

    /// What Jool gives out of the host's addresses where pool4 is empty (DEFAULT_POOL4_MIN_PORT and _MAX_PORT).
    static let emptyPoolPorts: ClosedRange<UInt16> = 61001...65535
}
