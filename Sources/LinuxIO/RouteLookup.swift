// The kernel's routing table, asked for one address.

internal import CLinux
public import NetAddress

/// Where packets of this host go.
public enum RouteLookup {
    /// The index of the interface that packets to `address` leave by. ENETUNREACH, EHOSTUNREACH: none.
    public static func interface(towards address: IPAddress) throws(Errno) -> UInt32 {
        let octets = (0..<address.bitWidth / 8).map { index in
            switch address {
            case .v4(let v4): UInt8(truncatingIfNeeded: v4.rawValue >> UInt32((3 - index) * 8))
            case .v6(let v6): v6[octet: index]
            }
        }
        let result = clinux_route_interface(octets, UInt32(octets.count))
        if result < 0 { throw Errno(code: -result) }
        return UInt32(result)
    }
}
