// Which interface is meant: the one that was named, or the only one that looks as if clients were on it.

internal import NetAddress

extension BoxFacts {
    func choose(_ name: String?) throws(AnnouncementRefusal) -> InterfaceName {
        if let name { return try check(name) }
        let candidates = candidates
        if candidates.count == 1, let only = InterfaceName(candidates[0]) { return only }
        if candidates.isEmpty {
            throw AnnouncementRefusal(
                "no interface looks as if clients were on it: with a global or unique local IPv6 address in a /64, and not "
                    + "the way to the IPv4 Internet",
                advice: [
                    listing(interfaces),
                    "give one an address (ip address add fd00:64::1/64 dev NAME), or name one: --interface NAME",
                ])
        }
        throw AnnouncementRefusal(
            "several interfaces look as if clients were on them: \(candidates.map(Self.shown).joined(separator: ", "))",
            advice: candidates.filter { InterfaceName($0) != nil }.map { "dns64ctl announce ... --interface \($0)" })
    }

    private func check(_ name: String) throws(AnnouncementRefusal) -> InterfaceName {
        guard let interface = InterfaceName(name) else {
            throw AnnouncementRefusal(
                "\"\(Self.shown(name))\" is no interface's name that a configuration file can hold",
                advice: ["1 to 15 letters, digits, dots, hyphens and underscores", listing(interfaces)])
        }
        guard interfaces.contains(name) else {
            throw AnnouncementRefusal("there is no interface \(name)", advice: [listing(interfaces)])
        }
        if addresses.contains(where: { $0.interface == name && $0.isLoopback }) {
            throw AnnouncementRefusal("\(name) is the loopback interface: nobody else is on it")
        }
        if name == translatorDevice {
            throw AnnouncementRefusal("\(name) is the translator's own device: no clients are on it")
        }
        return interface
    }

    /// In the order of their names.
    private var candidates: [String] {
        let found = addresses.filter { address in
            guard case .v6(let v6) = address.address else { return false }
            return v6.isGlobalOrUniqueLocal && address.prefixLength == 64 && !address.isLoopback
                && address.interface != translatorDevice && address.interface != ipv4Uplink
        }
        return Set(found.map(\.interface)).sorted()
    }

    private func listing(_ names: [String]) -> String {
        let names = names.filter { name in !addresses.contains { $0.interface == name && $0.isLoopback } }
        return names.isEmpty
            ? "this host has no interfaces" : "interfaces: \(names.map(Self.shown).joined(separator: ", "))"
    }

    /// A name may hold anything; this goes to a terminal.
    private static func shown(_ name: String) -> String {
        String(name.unicodeScalars.prefix(64).map { $0.value > 0x20 && $0.value < 0x7f ? Character($0) : "?" })
    }
}

extension IPv6Address {
    /// 2000::/3 (RFC 4291 section 2.4) or fc00::/7 (RFC 4193).
    var isGlobalOrUniqueLocal: Bool { high >> 61 == 1 || isUniqueLocal }

    var isUniqueLocal: Bool { high >> 57 == 0x7e }
}
