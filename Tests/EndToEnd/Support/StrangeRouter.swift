// A router that nobody asked for: it advertises itself on a link, with a PREF64 of its own, again and again.

import Foundation
import Synchronization

final class StrangeRouter: Sendable {
    private let socket: Int32
    private let isOver = Mutex(false)
    private let done = DispatchSemaphore(value: 0)

    /// - Parameter prefix: of length 96.
    init(_ place: Namespace, interface: String, prefix: String) throws {
        var address = in6_addr()
        guard inet_pton(AF_INET6, String(prefix.prefix { $0 != "/" }), &address) == 1 else {
            throw HarnessError("no prefix: \(prefix)")
        }
        let octets = withUnsafeBytes(of: address) { Array($0.prefix(12)) }
        let (index, raw): (UInt32, Int32) = try place.enter {
            (
                if_nametoindex(interface),
                Glibc.socket(
                    AF_INET6, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), Int32(IPPROTO_ICMPV6))
            )
        }
        guard raw >= 0, index > 0 else { throw HarnessError("no raw socket on \(interface)") }
        socket = raw
        // RFC 4861 section 6.1.2: "The IP Hop Limit field has a value of 255".
        var hops: Int32 = 255
        setsockopt(raw, Int32(IPPROTO_IPV6), IPV6_MULTICAST_HOPS, &hops, 4)
        // RFC 4861 section 4.2, RFC 8781 section 4: 1800 s, in units of 8.
        let message: [UInt8] =
            [134, 0, 0, 0, 64, 0, 0x07, 0x08] + [UInt8](repeating: 0, count: 8) + [38, 2, 0x07, 0x08]
            + octets
        Thread.detachNewThread { [self] in
            while !isOver.withLock({ $0 }) {
                Self.send(message, raw, index)
                usleep(200_000)
            }
            done.signal()
        }
    }

    func end() {
        isOver.withLock { $0 = true }
        done.wait()
        close(socket)
    }

    private static func send(_ message: [UInt8], _ socket: Int32, _ index: UInt32) {
        var target = sockaddr_in6()
        target.sin6_family = sa_family_t(AF_INET6)
        target.sin6_scope_id = index
        withUnsafeMutableBytes(of: &target.sin6_addr) {
            $0.copyBytes(from: [0xff, 2] + [UInt8](repeating: 0, count: 13) + [1])
        }
        withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(socket, message, message.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }
}
