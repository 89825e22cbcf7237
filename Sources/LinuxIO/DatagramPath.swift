// Which way a datagram came, so that its answer can go the same way back.

internal import CLinux
public import NetAddress

/// Where a datagram came from and what it was sent to.
public struct DatagramPath: Hashable, Sendable {
    /// Who sent it. Its scope is set for link-local IPv6.
    public var source: SocketAddress
    /// The address of ours that it was sent to; the answer leaves from there.
    public var local: IPAddress
    /// The interface that it came in on; 0 where the socket didn't ask (see `DatagramOptions.wantsInterface`).
    public var interfaceIndex: UInt32

    public init(source: SocketAddress, local: IPAddress, interfaceIndex: UInt32 = 0) {
        self.source = source
        self.local = local
        self.interfaceIndex = interfaceIndex
    }

    /// `bound` stands in where the kernel was not asked for the local address: the socket has only the one.
    @inline(__always)
    init(_ path: borrowing clinux_path, bound: IPAddress) {
        let address = Self.address(path.family, path.source_high, path.source_low)
        source = SocketAddress(address, port: path.source_port, scope: path.source_scope)
        local = path.has_local == 0 ? bound : Self.address(path.family, path.local_high, path.local_low)
        interfaceIndex = path.interface_index
    }

    @inline(__always)
    private static func address(_ family: UInt8, _ high: UInt64, _ low: UInt64) -> IPAddress {
        family == 4
            ? .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: low))) : .v6(IPv6Address(high: high, low: low))
    }

    var kernelPath: clinux_path {
        var path = clinux_path()
        switch source.address {
        case .v4(let address):
            path.family = 4
            path.source_low = UInt64(address.rawValue)
        case .v6(let address):
            path.family = 6
            path.source_high = address.high
            path.source_low = address.low
        }
        switch local {
        case .v4(let address):
            path.local_low = UInt64(address.rawValue)
        case .v6(let address):
            path.local_high = address.high
            path.local_low = address.low
        }
        path.has_local = local.isWildcard || local.bitWidth != source.address.bitWidth ? 0 : 1
        path.source_port = source.port
        path.source_scope = source.scope
        path.interface_index = interfaceIndex
        return path
    }
}
