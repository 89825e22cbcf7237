// Sockets for asking everybody on one link: the routers (RFC 4861 section 6.3.7) and the DHCPv6 servers (RFC 8415 section
// 18.2.6).

internal import Glibc
public import LinuxIO
internal import NetAddress

/// A raw ICMPv6 socket, opened while there are rights to. It hears nothing until it is asked to.
public final class RouterSocket: Sendable {
    private let socket: OwnedDescriptor

    /// `ICMP6_FILTER` of <linux/icmpv6.h>: a set bit keeps that type out (RFC 3542 section 3.2).
    private static let filterOption: Int32 = 1

    /// EPERM: takes CAP_NET_RAW.
    public init() throws(Errno) {
        let flags = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let raw = Glibc.socket(AF_INET6, flags, Int32(IPPROTO_ICMPV6))
        guard raw >= 0 else { throw Errno(code: errno) }
        socket = OwnedDescriptor(adopting: raw)
        filter(passing: nil)
        Self.set(raw, IPV6_MULTICAST_HOPS, 255)
        Self.set(raw, IPV6_RECVHOPLIMIT, 1)
    }

    /// Asks the routers of a link who they are and listens until `deadline`, or for a second after the first answer: what each
    /// said last. The calling thread waits.
    ///
    /// A router waits up to half a second, and up to 3 seconds after its last advertisement (RFC 4861 section 6.2.6).
    public func solicit(interface: UInt32, milliseconds: Int) throws(Errno) -> [RouterAdvertisement] {
        filter(passing: 134)
        defer { filter(passing: nil) }
        while receive() != nil {}
        Self.set(socket.raw, IPV6_MULTICAST_IF, Int32(bitPattern: interface))
        // Section 4.1: type 133, code 0, reserved. The kernel fills in the checksum.
        try LinkDatagram.send([133, 0, 0, 0, 0, 0, 0, 0], on: socket.raw, to: LinkDatagram.allRouters, 0, interface)
        var found: [IPv6Address: RouterAdvertisement] = [:]
        var deadline = ContinuousClock.now.advanced(by: .milliseconds(milliseconds))
        while LinkDatagram.wait(for: socket.raw, until: deadline) {
            guard let (message, source, index, hopLimit) = receive(), index == interface,
                let advertisement = RouterAdvertisement(message: message, from: source, hopLimit: hopLimit)
            else { continue }
            found[source] = advertisement
            deadline = min(deadline, ContinuousClock.now.advanced(by: .seconds(1)))
        }
        return found.values.sorted { $0.router < $1.router }
    }

    private func filter(passing type: Int?) {
        var bits = [UInt32](repeating: .max, count: 8)
        if let type { bits[type >> 5] &= ~(1 << UInt32(type & 31)) }
        setsockopt(socket.raw, Int32(IPPROTO_ICMPV6), Self.filterOption, &bits, 32)
    }

    private static func set(_ descriptor: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, Int32(IPPROTO_IPV6), option, &value, 4)
    }

    /// One message, its source, the interface that it came in by, and its hop limit; nil: none waits.
    private func receive() -> (message: [UInt8], source: IPv6Address, interface: UInt32, hopLimit: Int)? {
        var name = sockaddr_in6()
        var control = [UInt64](repeating: 0, count: 16)
        var bytes = [UInt8](repeating: 0, count: 4096)
        var header = msghdr()
        let count = bytes.withUnsafeMutableBytes { data in
            control.withUnsafeMutableBytes { control in
                withUnsafeMutablePointer(to: &name) { name in
                    var piece = iovec(iov_base: data.baseAddress, iov_len: data.count)
                    return withUnsafeMutablePointer(to: &piece) { piece in
                        header.msg_name = UnsafeMutableRawPointer(name)
                        header.msg_namelen = socklen_t(MemoryLayout<sockaddr_in6>.size)
                        header.msg_iov = piece
                        header.msg_iovlen = 1
                        header.msg_control = control.baseAddress
                        header.msg_controllen = control.count
                        return recvmsg(socket.raw, &header, 0)
                    }
                }
            }
        }
        guard count >= 0 else { return nil }
        return (
            Array(bytes.prefix(count)), LinkDatagram.address(name), name.sin6_scope_id,
            Self.hopLimit(control, header.msg_controllen)
        )
    }

    /// The first control message, the only one that was asked for: cmsghdr (length, level, type), then the value.
    private static func hopLimit(_ control: [UInt64], _ length: Int) -> Int {
        control.withUnsafeBytes { bytes in
            guard length >= 20, bytes.loadUnaligned(as: Int.self) >= 20,
                bytes.loadUnaligned(fromByteOffset: 8, as: Int32.self) == Int32(IPPROTO_IPV6),
                bytes.loadUnaligned(fromByteOffset: 12, as: Int32.self) == IPV6_HOPLIMIT
            else { return -1 }
            return Int(bytes.loadUnaligned(fromByteOffset: 16, as: Int32.self))
        }
    }
}
