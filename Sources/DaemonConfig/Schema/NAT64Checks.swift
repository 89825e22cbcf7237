// What the keys of `nat64` must be to each other, and to the prefixes of `dns64` and `clients`.

import NetAddress

extension ConfigurationSchema {
    /// A transport address is bound once, on either side (RFC 6146 section 3.1: the BIB maps one to one), and lies in
    /// pool4.
    @Sendable static func checkStaticBindings(
        _ nat64: Configuration.NAT64, path: String, named: Set<String>, _ findings: inout Findings
    ) {
        guard named.contains("static") else { return }
        let bindings = nat64.staticBindings
        for (index, binding) in bindings.enumerated() {
            let element = "\(path).static[\(index)]"
            guard !findings.refused(element) else { continue }
            let earlier = bindings[..<index].enumerated().filter {
                $0.element.proto == binding.proto && !findings.refused("\(path).static[\($0.offset)]")
            }
            let (proto, client, address) = (binding.proto.rawValue, binding.client, binding.public)
            if let twin = earlier.first(where: { $0.element.client == client }) {
                findings.refuse(
                    "\(element).client",
                    found: "\(ScalarText.quoted("\(client)")), which \(path).static"
                        + "[\(twin.offset)] binds already", allowed: "each client address and port once for \(proto)")
            }
            if let twin = earlier.first(where: { $0.element.public.collides(with: address) }) {
                findings.refuse(
                    "\(element).public",
                    found: "\(ScalarText.quoted("\(address)")), which \(path).static"
                        + "[\(twin.offset)] has already", allowed: "each public address and port once for \(proto)")
            }
            guard !nat64.pool4.isEmpty, !findings.refused("\(path).pool4") else { continue }
            let isInside = address.address.map { address in nat64.pool4.contains { $0.addresses.contains(address) } }
            if isInside != true {
                let what = isInside == nil ? "names no address" : "is not in \(path).pool4"
                findings.refuse(
                    "\(element).public", found: "\(ScalarText.quoted("\(address)")), which \(what)",
                    allowed: "an address of \(path).pool4, which is not empty")
            }
        }
    }

    /// The checks that look beyond the section.
    @Sendable static func checkTranslator(
        _ configuration: Configuration, path: String, named: Set<String>, _ findings: inout Findings
    ) {
        guard !findings.refused("dns64"), !findings.refused("clients"), !findings.refused("nat64") else { return }
        for (index, binding) in configuration.nat64.staticBindings.enumerated() {
            let address = IPAddress.v6(binding.client.address)
            guard let prefix = configuration.allPrefixes.first(where: { $0.prefix.contains(address) }) else { continue }
            findings.refuse(
                "nat64.static[\(index)].client",
                found: "\(ScalarText.quoted("\(binding.client)")), which lies in the NAT64 prefix \(prefix)",
                allowed: "an address of a host of the IPv6 network")
        }
        if configuration.nat64.backend != .none { checkOverlaps(configuration, &findings) }
        if configuration.nat64.backend == .jool { checkJool(configuration, &findings) }
    }

    /// One translator serves all prefixes: under two of them at once an address would stand for two IPv4 addresses.
    private static func checkOverlaps(_ configuration: Configuration, _ findings: inout Findings) {
        for (index, client) in configuration.clients.enumerated() where client.overrides.contains("prefixes") {
            for (position, prefix) in client.effective.prefixes.enumerated() {
                let other = configuration.allPrefixes.first {
                    $0 != prefix && Notation<Pref64>.conflict(prefix, $0) != nil
                }
                guard let other else { continue }
                findings.refuse(
                    "clients[\(index)].dns64.prefixes[\(position)]",
                    found: "\(ScalarText.quoted("\(prefix)")), which overlaps \(other)",
                    allowed: "prefixes of which none overlaps another, since nat64.backend is "
                        + configuration.nat64.backend.rawValue)
            }
        }
    }
}

extension Configuration.NAT64.PublicAddress {
    /// True if both would take the same port of the same address: this host's own may be any.
    fileprivate func collides(with other: Self) -> Bool {
        port == other.port && (address == nil || other.address == nil || address == other.address)
    }
}

extension Findings {
    /// Refuses the value at `path`, where the file has it.
    mutating func refuse(_ path: String, found: String, allowed: String) {
        guard let mark = place(of: path) else { return }
        refuse(path, at: mark, found: found, allowed: allowed)
    }
}
