// Our addresses as NIO's, scope included (RFC 4007). Written octet by octet: NIO brings a C module of its own that
// defines the members of sockaddr_in6 anew, and that nobody else may import.

internal import Glibc
internal import NIOCore
internal import NetAddress

extension NIOCore.SocketAddress {
    init(_ address: NetAddress.SocketAddress) {
        // Linux: family in host order, port in network order, then (RFC 3493 section 3.3) flow information, address,
        // scope.
        var octets: [UInt8] = []
        func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value) { octets.append(contentsOf: $0) } }
        switch address.address {
        case .v4(let v4):
            append(UInt16(AF_INET))
            append(address.port.bigEndian)
            append(v4.rawValue.bigEndian)
            append(UInt64(0))
            self.init(octets.withUnsafeBytes { $0.loadUnaligned(as: sockaddr_in.self) })
        case .v6(let v6):
            append(UInt16(AF_INET6))
            append(address.port.bigEndian)
            append(UInt32(0))
            append(v6.high.bigEndian)
            append(v6.low.bigEndian)
            append(v6.isLinkLocal ? address.scope : 0)
            self.init(octets.withUnsafeBytes { $0.loadUnaligned(as: sockaddr_in6.self) })
        }
    }
}
