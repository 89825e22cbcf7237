// From the configuration to the plan of a translator. The prefixes are the DNS64's: written once.

internal import DaemonConfig
internal import NAT64Backend
internal import NetAddress

enum PlanBuilder {
    /// Keys of the section `nat64` that have a default, and what they are in a plan.
    private static let parts: [String: NAT64Plan.Part] = [
        "pool4": .pool4, "filtering": .filtering, "timers.tcp-established": .tcpEstablished,
        "timers.tcp-transitory": .tcpTransitory, "timers.udp": .udp, "timers.icmp": .icmp, "static": .staticBindings,
        "log.bindings": .log,
    ]

    static func plan(_ configuration: Configuration) -> NAT64Plan {
        let nat64 = configuration.nat64
        var plan = NAT64Plan(prefixes: configuration.allPrefixes)
        for policy in [configuration.dns64] + configuration.clients.map(\.effective)
        where policy.suffix.low != 0 && !plan.suffixes.contains(policy.suffix) {
            plan.suffixes.append(policy.suffix)
        }
        plan.pool4 = nat64.pool4.flatMap { range in
            range.prefixes.map { Pool4Range(prefix: $0, ports: range.ports) }
        }
        plan.filtering = nat64.filtering == .endpointIndependent ? .endpointIndependent : .addressDependent
        plan.timers.tcpEstablished = Int(nat64.timers.tcpEstablished.components.seconds)
        plan.timers.tcpTransitory = Int(nat64.timers.tcpTransitory.components.seconds)
        plan.timers.udp = Int(nat64.timers.udp.components.seconds)
        plan.timers.icmp = Int(nat64.timers.icmp.components.seconds)
        plan.quota.sessions = nat64.quota.sessionsPerClient
        plan.quota.ports = nat64.quota.portsPerClient
        plan.quota.subscriberPrefixLength = nat64.quota.subscriberPrefix
        plan.staticBindings = nat64.staticBindings.map { binding in
            StaticBinding(
                proto: TransportProtocol(rawValue: binding.proto.rawValue) ?? .tcp,
                client: TransportAddress6(binding.client.address, binding.client.port),
                public: TransportAddress4(
                    binding.public.address ?? StaticBinding.hostAddress, binding.public.port))
        }
        plan.nonGlobal = nat64.nonGlobal == .translate ? .translate : .drop
        switch nat64.log.bindings {
        case .none: plan.log.detail = .none
        case .each: plan.log.detail = .bindings
        case .blocks: plan.log.detail = .blocks
        }
        plan.log.file = nat64.log.file
        plan.log.blockSize = nat64.log.blockSize
        plan.named = Set(parts.filter { nat64.named.contains($0.key) }.values)
        if nat64.backend == .jool { plan.ownSettings = nat64.jool.globals.values }
        return plan
    }
}
