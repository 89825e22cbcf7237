// What all DHCPv4 servers are told, and the words for what they are not. RFC 8925 (IPv6-Only Preferred).

internal import NetAddress

enum DHCPv4 {
    /// RFC 8925 section 3.3: "The server MUST NOT include the IPv6-Only Preferred option in the DHCPOFFER or DHCPACK
    /// message if the option was not present in the Parameter Request List".
    static let v6Only =
        "Option 108 (RFC 8925): hosts that ask for it do without IPv4 for so many seconds; at least 300 (section 3.4)."

    /// RFC 8925 section 4: not "unless the network provides NAT64 service".
    static let noTranslation =
        "No option 108: it would leave hosts without IPv4 where no names are synthesized (RFC 8925 section 4)."

    /// RFC 8106 section 5.3.1: "the DNS information from DHCP takes precedence over that from RAs", so that another
    /// resolver given here would lead hosts past the DNS64.
    static let noResolver =
        "No name server: dns64d does not listen on port 53 at an IPv4 address of this network (server.listen). Name no "
        + "other one here: hosts prefer it to the one of the router advertisements (RFC 8106 section 5.3.1)."

    /// Why there is no DHCPv4 part, and how it comes about.
    static func absence(_ task: AnnouncingTask) -> String {
        let interface = task.interface
        switch task.network.ipv4 {
        case .none:
            return
                "No DHCPv4: \(interface) has no IPv4 address. For hosts that need IPv4, and option 108 (RFC 8925) for "
                + "those that don't: ip address add 192.168.64.1/24 dev \(interface), then print this again."
        case .uplink:
            return "No DHCPv4: the way to the IPv4 Internet leads over \(interface), where another server gives out "
                + "addresses. Option 108 (RFC 8925) belongs there: 4 octets, \(Lifetimes.v6OnlyWait) seconds."
        case .full(let prefix):
            return "No DHCPv4: \(prefix) has no room for clients."
        case .network:
            return ""
        }
    }
}

extension AnnouncedNetwork.IPv4Network {
    var netmask: IPv4Address {
        IPv4Address(rawValue: prefix.length == 0 ? 0 : ~UInt32(0) << UInt32(32 - prefix.length))
    }

    /// The first address of the network, which is nobody's.
    var base: IPv4Address {
        if case .v4(let address) = prefix.address { return address }
        return IPv4Address(rawValue: 0)
    }
}
