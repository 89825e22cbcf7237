// Addresses as the kernel writes them: sockaddr_in, sockaddr_in6 (RFC 3493 section 3.3), byte order and all.

internal import Glibc
internal import NetAddress

/// A sockaddr of either family, in room for the larger.
struct KernelAddress {
    private(set) var storage = sockaddr_in6()
    private(set) var length: socklen_t

    init(_ address: SocketAddress) {
        switch address.address {
        case .v4(let v4):
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = address.port.bigEndian
            name.sin_addr.s_addr = v4.rawValue.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: name, as: sockaddr_in.self) }
        case .v6(let v6):
            storage.sin6_family = sa_family_t(AF_INET6)
            storage.sin6_port = address.port.bigEndian
            storage.sin6_addr = in6_addr(v6)
            storage.sin6_scope_id = v6.isLinkLocal ? address.scope : 0
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        }
    }

    /// Lends the sockaddr to a system call.
    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    /// Reads a sockaddr; nil for a family that is neither.
    static func read(_ pointer: UnsafeRawPointer) -> SocketAddress? {
        switch Int32(pointer.loadUnaligned(as: sockaddr.self).sa_family) {
        case AF_INET:
            let name = pointer.loadUnaligned(as: sockaddr_in.self)
            let address = IPv4Address(rawValue: UInt32(bigEndian: name.sin_addr.s_addr))
            return SocketAddress(.v4(address), port: UInt16(bigEndian: name.sin_port))
        case AF_INET6:
            let name = pointer.loadUnaligned(as: sockaddr_in6.self)
            let address = IPv6Address(name.sin6_addr)
            return SocketAddress(.v6(address), port: UInt16(bigEndian: name.sin6_port), scope: name.sin6_scope_id)
        default:
            return nil
        }
    }
}

extension in6_addr {
    init(_ address: IPv6Address) {
        self.init()
        withUnsafeMutableBytes(of: &self) { bytes in
            bytes.storeBytes(of: address.high.bigEndian, as: UInt64.self)
            bytes.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
    }
}

extension IPv6Address {
    init(_ address: in6_addr) {
        self = withUnsafeBytes(of: address) { bytes in
            IPv6Address(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }
}
