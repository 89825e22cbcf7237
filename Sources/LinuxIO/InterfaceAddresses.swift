// Which addresses this machine has right now: getifaddrs(3).

internal import Glibc
public import NetAddress

/// One address of one interface.
public struct InterfaceAddress: Hashable, Sendable {
    public var name: String
    public var index: UInt32
    public var address: IPAddress
    /// How many bits of `address` name its network.
    public var prefixLength: Int
    public var isUp: Bool
    public var isLoopback: Bool

    /// The address with a port and, for link-local IPv6, its scope: ready to be bound.
    public func socketAddress(port: UInt16) -> SocketAddress {
        if case .v6(let v6) = address, v6.isLinkLocal { return SocketAddress(address, port: port, scope: index) }
        return SocketAddress(address, port: port)
    }

    /// The network that the address stands in.
    public var network: IPPrefix? { IPPrefix(address, length: prefixLength) }
}

/// The list of them.
public enum InterfaceAddresses {
    /// Every IPv4 and IPv6 address of every interface, in the kernel's order. An IPv6 address that was added just now
    /// may be in the list and still refuse to be bound (EADDRNOTAVAIL) until the kernel knows that nobody else has
    /// it.
    public static func list() throws(Errno) -> [InterfaceAddress] {
        var first: UnsafeMutablePointer<ifaddrs>?
        try SystemCall.glibc { getifaddrs(&first) }
        defer { freeifaddrs(first) }
        var addresses: [InterfaceAddress] = []
        var next = first
        while let entry = next {
            if let address = read(entry.pointee) { addresses.append(address) }
            next = entry.pointee.ifa_next
        }
        return addresses
    }

    private static func read(_ entry: ifaddrs) -> InterfaceAddress? {
        guard let name = entry.ifa_name, let pointer = entry.ifa_addr, let address = KernelAddress.read(pointer) else {
            return nil
        }
        let mask = entry.ifa_netmask.flatMap { KernelAddress.read($0) }
        return InterfaceAddress(
            name: String(cString: name),
            // An interface renamed or removed since getifaddrs: index 0.
            index: if_nametoindex(name),
            address: address.address,
            prefixLength: mask.map { prefixLength($0.address) } ?? address.address.bitWidth,
            isUp: entry.ifa_flags & UInt32(IFF_UP) != 0,
            isLoopback: entry.ifa_flags & UInt32(IFF_LOOPBACK) != 0)
    }

    private static func prefixLength(_ mask: IPAddress) -> Int {
        switch mask {
        case .v4(let mask): mask.rawValue.nonzeroBitCount
        case .v6(let mask): mask.high.nonzeroBitCount + mask.low.nonzeroBitCount
        }
    }
}
