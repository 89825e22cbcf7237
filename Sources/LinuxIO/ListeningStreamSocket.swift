// TCP sockets that listen (RFC 7766). Made here, so that they obey the same rules as the UDP ones beside them; what
// comes in over them is another's business.

internal import Glibc
public import NetAddress

/// How a ListeningStreamSocket is set up.
public struct StreamOptions: Hashable, Sendable {
    /// SO_REUSEPORT: several sockets, one a worker, share the port. Default true.
    public var sharesPort = true
    /// TCP_FASTOPEN (RFC 7413): how many connections may wait for their handshake with data; 0, the default, for off.
    public var fastOpenQueue = 0
    /// IP_FREEBIND: binds to an address that this machine doesn't have (yet). Default false.
    public var bindsForeignAddress = false

    public init() {}
}

/// A TCP socket that listens, nonblocking and close-on-exec.
public struct ListeningStreamSocket: ~Copyable, Sendable {
    /// What it is bound to, with the port that the kernel chose if none was given.
    public let localAddress: SocketAddress
    private let socket: OwnedDescriptor

    /// Binds and listens. Errors as for DatagramSocket.
    public init(bind address: SocketAddress, backlog: Int = 1024, options: StreamOptions = StreamOptions())
        throws(Errno)
    {
        let socket = try OwnedDescriptor.socket(for: address.address, type: SOCK_STREAM)
        // Connections of an earlier run may still linger in TIME_WAIT on this port.
        try socket.set(SO_REUSEADDR, level: SOL_SOCKET, to: 1)
        if options.sharesPort { try socket.set(SO_REUSEPORT, level: SOL_SOCKET, to: 1) }
        if options.bindsForeignAddress { try socket.allowForeignAddress(family: address.address) }
        if options.fastOpenQueue > 0 {
            try socket.set(TCP_FASTOPEN, level: IPPROTO_TCP, to: Int32(clamping: options.fastOpenQueue))
        }
        try socket.bind(to: address)
        let raw = socket.raw
        try SystemCall.glibc { listen(raw, Int32(clamping: backlog)) }
        guard let local = try socket.localAddress() else { throw .familyNotSupported }
        self.socket = socket
        localAddress = local
    }

    /// Gives the descriptor away, to whoever accepts connections on it.
    public consuming func release() -> OwnedDescriptor { socket }
}
