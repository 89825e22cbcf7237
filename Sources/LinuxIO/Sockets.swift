// What every socket goes through, whatever it is for: opened nonblocking and close-on-exec, set up, bound.

internal import Glibc
internal import NetAddress

extension OwnedDescriptor {
    /// Opens a socket of `address`'s family. IPv6 ones are for IPv6 alone: a datagram of the other family would bring
    /// an IPv4-mapped source, which no access list expects.
    static func socket(for address: IPAddress, type: __socket_type) throws(Errno) -> OwnedDescriptor {
        let family = address.bitWidth == 32 ? AF_INET : AF_INET6
        let flags = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let socket = OwnedDescriptor(
            adopting: try SystemCall.glibc { Glibc.socket(family, Int32(type.rawValue) | flags, 0) })
        if family == AF_INET6 { try socket.set(IPV6_V6ONLY, level: IPPROTO_IPV6, to: 1) }
        return socket
    }

    borrowing func set(_ option: Int32, level: Int, to value: Int32) throws(Errno) {
        let raw = self.raw
        var value = value
        try SystemCall.glibc { setsockopt(raw, Int32(level), option, &value, 4) }
    }

    borrowing func set(_ option: Int32, level: Int32, to value: Int32) throws(Errno) {
        try set(option, level: Int(level), to: value)
    }

    borrowing func option(_ option: Int32, level: Int32) throws(Errno) -> Int32 {
        let raw = self.raw
        var value: Int32 = 0
        var size: socklen_t = 4
        try SystemCall.glibc { getsockopt(raw, level, option, &value, &size) }
        return value
    }

    /// Allows binding to an address that this machine doesn't have.
    borrowing func allowForeignAddress(family address: IPAddress) throws(Errno) {
        if address.bitWidth == 32 {
            try set(IP_FREEBIND, level: IPPROTO_IP, to: 1)
        } else {
            try set(IPV6_FREEBIND, level: IPPROTO_IPV6, to: 1)
        }
    }

    borrowing func bind(to address: SocketAddress) throws(Errno) {
        let raw = self.raw
        let name = KernelAddress(address)
        try SystemCall.glibc { name.withSockaddr { Glibc.bind(raw, $0, $1) } }
    }

    /// Without waiting: the socket is nonblocking, and those that we connect are datagram sockets.
    borrowing func connect(to address: SocketAddress) throws(Errno) {
        let raw = self.raw
        let name = KernelAddress(address)
        try SystemCall.glibc { name.withSockaddr { Glibc.connect(raw, $0, $1) } }
    }

    /// What the socket is bound to; nil for a family that is neither IPv4 nor IPv6.
    borrowing func localAddress() throws(Errno) -> SocketAddress? {
        let raw = self.raw
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        try SystemCall.glibc {
            withUnsafeMutableBytes(of: &storage) { bytes in
                bytes.withMemoryRebound(to: sockaddr.self) { getsockname(raw, $0.baseAddress, &size) }
            }
        }
        return withUnsafeBytes(of: &storage) { bytes in bytes.baseAddress.flatMap { KernelAddress.read($0) } }
    }

    /// Where an inherited descriptor comes in: others' defaults are not ours.
    borrowing func setNonblockingCloseOnExec() throws(Errno) {
        let raw = self.raw
        try SystemCall.glibc { fcntl(raw, F_SETFD, FD_CLOEXEC) }
        let flags = try SystemCall.glibc { fcntl(raw, F_GETFL) }
        try SystemCall.glibc { fcntl(raw, F_SETFL, flags | O_NONBLOCK) }
    }

    /// The interface's own MTU is used whatever ICMP says about the path: a forged "packet too big" can neither
    /// shrink nor stop our datagrams. Keeping them small is EDNS's job (RFC 9715).
    borrowing func ignorePathMTU(family address: IPAddress) throws(Errno) {
        if address.bitWidth == 32 {
            try set(IP_MTU_DISCOVER, level: IPPROTO_IP, to: IP_PMTUDISC_OMIT)
        } else {
            try set(IPV6_MTU_DISCOVER, level: IPPROTO_IPV6, to: IPV6_PMTUDISC_OMIT)
            try set(IPV6_DONTFRAG, level: IPPROTO_IPV6, to: 0)
        }
    }
}

extension IPAddress {
    /// 0.0.0.0 or ::, of this address's family.
    var wildcard: IPAddress {
        bitWidth == 32 ? .v4(IPv4Address(rawValue: 0)) : .v6(IPv6Address(high: 0, low: 0))
    }

    var isWildcard: Bool { self == wildcard }
}
