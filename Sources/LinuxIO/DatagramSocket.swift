// A UDP socket that listens. RFC 1035 section 4.2.1 on the wire; ip(7), ipv6(7), RFC 3542 section 6 to the kernel.

internal import CLinux
internal import Glibc
public import NetAddress

/// How a DatagramSocket is set up.
public struct DatagramOptions: Hashable, Sendable {
    /// SO_REUSEPORT: several sockets, one a worker, share the port. Default true.
    public var sharesPort = true
    /// SO_RCVBUF in bytes; nil, the default, leaves the system's. Root may pass the system's maximum.
    public var receiveBuffer: Int?
    /// IP_FREEBIND: binds to an address that this machine doesn't have (yet). Default false.
    public var bindsForeignAddress = false
    /// Ask which interface and address each datagram was sent to, also where the socket is bound to one address, which
    /// is known without asking. Default false; sockets bound to a wildcard address always ask.
    public var wantsInterface = false

    public init() {}
}

/// A bound, nonblocking UDP socket of one family.
public struct DatagramSocket: ~Copyable, Sendable {
    /// What it is bound to, with the port that the kernel chose if none was given.
    public let localAddress: SocketAddress
    private let socket: OwnedDescriptor

    /// For `EventLoop.register`.
    public var descriptor: Int32 { socket.raw }

    /// Binds to `address`; a link-local one needs its scope. EACCES: a port below 1024 without the right to it.
    /// EADDRINUSE, EADDRNOTAVAIL: as they say.
    public init(bind address: SocketAddress, options: DatagramOptions = DatagramOptions()) throws(Errno) {
        let socket = try OwnedDescriptor.socket(for: address.address, type: SOCK_DGRAM)
        if options.sharesPort { try socket.set(SO_REUSEPORT, level: SOL_SOCKET, to: 1) }
        if options.bindsForeignAddress { try socket.allowForeignAddress(family: address.address) }
        try socket.bind(to: address)
        try self.init(adopting: socket, options: options)
    }

    /// Takes over a socket that is bound already, one from the service manager for instance. EAFNOSUPPORT if it is no
    /// IP socket, EPROTOTYPE if it is not for datagrams.
    public init(adopting socket: consuming OwnedDescriptor, options: DatagramOptions = DatagramOptions())
        throws(Errno)
    {
        guard try socket.option(SO_TYPE, level: SOL_SOCKET) == Int32(SOCK_DGRAM.rawValue) else {
            throw Errno(code: EPROTOTYPE)
        }
        guard let local = try socket.localAddress() else { throw .familyNotSupported }
        try socket.setNonblockingCloseOnExec()
        try socket.ignorePathMTU(family: local.address)
        if let size = options.receiveBuffer { try Self.setReceiveBuffer(socket, size) }
        if local.address.isWildcard || options.wantsInterface {
            if local.address.bitWidth == 32 {
                try socket.set(IP_PKTINFO, level: IPPROTO_IP, to: 1)
            } else {
                try socket.set(IPV6_RECVPKTINFO, level: IPPROTO_IPV6, to: 1)
            }
        }
        self.socket = socket
        localAddress = local
    }

    private static func setReceiveBuffer(_ socket: borrowing OwnedDescriptor, _ size: Int) throws(Errno) {
        let size = Int32(clamping: size)
        do throws(Errno) {
            try socket.set(SO_RCVBUFFORCE, level: SOL_SOCKET, to: size)
        } catch {
            try socket.set(SO_RCVBUF, level: SOL_SOCKET, to: size)
        }
    }

    /// Room for waiting datagrams in bytes, as the kernel counts them: twice what was asked for.
    public borrowing func receiveBuffer() throws(Errno) -> Int {
        Int(try socket.option(SO_RCVBUF, level: SOL_SOCKET))
    }

    /// Sends one datagram back along `path`, at any later time: for answers that had to be waited for. False if the
    /// socket's buffer is full. Errors are this datagram's alone; the socket stays fit for the next.
    public borrowing func send(_ bytes: UnsafeRawBufferPointer, along path: DatagramPath) throws(Errno) -> Bool {
        let raw = descriptor
        var path = path.kernelPath
        return try SystemCall.shimIfReady { clinux_send_along(raw, bytes.baseAddress, bytes.count, &path) } != nil
    }

    /// Gives the descriptor away, still bound.
    public consuming func release() -> OwnedDescriptor { socket }
}
