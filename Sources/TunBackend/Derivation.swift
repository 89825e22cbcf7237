// From the plan, the options and this host's addresses and links to what translator and host are told.

internal import HostNetwork
internal import NAT64Backend
internal import NetAddress
internal import Translator

/// What a plan means here.
struct Derivation: Sendable {
    /// For all slices alike.
    var settings: TranslatorSettings
    var request: HostRequest
    /// Where static bindings stand on the translator's side. The same address and port but when this host's own address
    /// is shared.
    var inner: [StaticBinding: TransportAddress4]

    init(_ plan: NAT64Plan, _ options: TunBackend.Options, _ addresses: ChosenAddresses, _ links: LinkFacts)
        throws(BackendFailure)
    {
        let isShared = plan.pool4.isEmpty
        if options.queues > 1, !plan.staticBindings.isEmpty {
            throw BackendFailure(
                .invalid, "static bindings need a translator with one thread", remedy: "`nat64: { tun: { queues: 1 } }`"
            )
        }
        inner = isShared ? try Self.share(plan.staticBindings, addresses.inner) : [:]
        for binding in plan.staticBindings where !isShared { inner[binding] = binding.public }
        let mtu = options.mtu ?? links.mtu
        let prefixes = plan.prefixes.map(\.prefix)
        if isShared {
            request = HostRequest(
                device: options.device, mtu: mtu, prefixes: prefixes, deviceNetwork: addresses.deviceNetwork,
                inner: addresses.inner)
            for binding in plan.staticBindings {
                guard let inside = inner[binding] else { continue }
                request.forwards.append(PortForward(proto: binding.proto, public: binding.public, inner: inside))
            }
        } else {
            request = HostRequest(
                device: options.device, mtu: mtu, prefixes: prefixes, deviceNetwork: addresses.deviceNetwork,
                pool4: Self.unique(plan.pool4.map(\.prefix)))
            request.partialPool4 = Set(plan.pool4.filter { $0.ports != 1...65535 }.map(\.prefix))
        }
        settings = TranslatorSettings(plan, addresses)
        settings.sessionLimit = max(1, options.sessionLimit / max(1, options.queues))
        settings.slices = options.queues
        settings.maximumSegmentSize6 = options.segmentSize.limit(links)
        settings.maximumSegmentSize4 = settings.maximumSegmentSize6
        for binding in plan.staticBindings {
            guard let inside = inner[binding] else { continue }
            settings.staticBindings.append(StaticBindingSettings(binding, inside: inside))
        }
    }

    var names: OutsideNames { OutsideNames(inner) }

    /// The settings of one slice.
    func settings(slice: Int) -> TranslatorSettings {
        var own = settings
        own.slice = slice
        return own
    }

    /// Public addresses of this host become ports of the one inner address: the same port where it is free.
    private static func share(_ bindings: [StaticBinding], _ inner: IPv4Address) throws(BackendFailure)
        -> [StaticBinding: TransportAddress4]
    {
        struct Place: Hashable {
            var proto: TransportProtocol
            var port: UInt16
        }
        var taken: Set<Place> = []
        var places: [StaticBinding: TransportAddress4] = [:]
        for binding in bindings {
            var port = binding.public.port
            while !taken.insert(Place(proto: binding.proto, port: port)).inserted {
                // An identifier can't be changed on the way: RFC 5508 is netfilter's to read.
                guard binding.proto != .icmp, port > 1024 else {
                    throw BackendFailure(
                        .conflict, "\(binding.proto) \(binding.public): another static binding has this port already")
                }
                port -= 1
            }
            places[binding] = TransportAddress4(inner, port)
        }
        return places
    }

    /// One address may stand in several ranges.
    private static func unique(_ prefixes: [IPPrefix]) -> [IPPrefix] {
        var seen: Set<IPPrefix> = []
        return prefixes.filter { seen.insert($0).inserted }
    }
}

extension TunBackend.SegmentSizeLimit {
    func limit(_ links: LinkFacts) -> UInt16? {
        switch self {
        case .automatic: links.segmentSize
        case .off: nil
        case .octets(let octets): UInt16(clamping: octets)
        }
    }
}
