// A DHCPv6 client's socket on one link, and what it has in common with the routers' one.

internal import Glibc
internal import LinuxIO
internal import NetAddress

enum LinkDatagram {
    static let allRouters = IPv6Address(high: 0xff02_0000_0000_0000, low: 2)
    /// RFC 8415 section 7.1: All_DHCP_Relay_Agents_and_Servers.
    static let allServers = IPv6Address(high: 0xff02_0000_0000_0000, low: 0x1_0002)

    /// Asks the DHCPv6 servers of a link for what a client without a need of addresses asks for, and takes the first reply.
    /// The calling thread waits, `milliseconds` at most.
    ///
    /// - Parameter address: this box's link-local address there.
    /// - Returns: nil: nobody answered.
    /// - Throws: EADDRINUSE: a DHCPv6 client has the port, on all addresses. EACCES: no right to it.
    static func askForInformation(interface: UInt32, address: IPv6Address, milliseconds: Int) throws(Errno)
        -> InformationReply?
    {
        let flags = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let raw = socket(AF_INET6, flags, 0)
        guard raw >= 0 else { throw Errno(code: errno) }
        let descriptor = OwnedDescriptor(adopting: raw)
        var (one, index) = (Int32(1), Int32(bitPattern: interface))
        setsockopt(raw, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &one, 4)
        setsockopt(raw, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        setsockopt(raw, Int32(IPPROTO_IPV6), IPV6_MULTICAST_IF, &index, 4)
        var local = name(address, 546, interface)
        guard call(&local, { bind(descriptor.raw, $0, $1) }) == 0 else { throw Errno(code: errno) }
        let transaction = UInt32.random(in: 0...0xFF_FFFF)
        // RFC 8415 section 11.5: a DUID that is a UUID, here one of this question alone.
        let client = [0, 4] + (0..<16).map { _ in UInt8.random(in: 0...255) }
        let request = InformationReply.request(transaction: transaction, client: client)
        let deadline = ContinuousClock.now.advanced(by: .milliseconds(milliseconds))
        // Two of them, for one may be lost: 1 second apart (INF_TIMEOUT).
        for attempt in 0..<2 {
            try send(request, on: descriptor.raw, to: allServers, 547, interface)
            let until = attempt == 0 ? min(deadline, .now.advanced(by: .seconds(1))) : deadline
            while wait(for: descriptor.raw, until: until) {
                var bytes = [UInt8](repeating: 0, count: 4096)
                let count = recv(descriptor.raw, &bytes, bytes.count, 0)
                if count < 0 { break }
                let message = Array(bytes.prefix(count))
                if let reply = InformationReply(message: message, transaction: transaction) { return reply }
            }
        }
        return nil
    }

    static func send(
        _ bytes: [UInt8], on descriptor: Int32, to address: IPv6Address, _ port: UInt16, _ interface: UInt32
    ) throws(Errno) {
        var target = name(address, port, interface)
        let sent = call(&target) { sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, $1) }
        if sent < 0 { throw Errno(code: errno) }
    }

    /// Whether there is something to read before `deadline`.
    static func wait(for descriptor: Int32, until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = (deadline - .now).components
            let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
            guard milliseconds >= 0, !Task.isCancelled else { return false }
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let count = poll(&waiting, 1, Int32(clamping: milliseconds + 1))
            if count > 0 { return true }
            if count < 0, errno != EINTR { return false }
        }
    }

    static func name(_ address: IPv6Address, _ port: UInt16, _ interface: UInt32) -> sockaddr_in6 {
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        name.sin6_scope_id = interface
        withUnsafeMutableBytes(of: &name.sin6_addr) { bytes in
            bytes.storeBytes(of: address.high.bigEndian, as: UInt64.self)
            bytes.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        return name
    }

    static func address(_ name: sockaddr_in6) -> IPv6Address {
        withUnsafeBytes(of: name.sin6_addr) { bytes in
            IPv6Address(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    static func call<Result>(_ name: inout sockaddr_in6, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result)
        -> Result
    {
        withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }
}
