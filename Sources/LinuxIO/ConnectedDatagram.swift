// A question to an upstream server has a socket of its own, and that a port nobody can guess (RFC 5452 section 9.2).

internal import Glibc
public import NetAddress

/// A nonblocking UDP socket with one peer: only that peer's datagrams and ICMP errors reach it.
public struct ConnectedDatagram: ~Copyable, Sendable {
    private let socket: OwnedDescriptor

    /// For `EventLoop.register`.
    public var descriptor: Int32 { socket.raw }

    /// How often a random port may be in use before the choice is left to the kernel.
    private static let attempts = 8

    /// Opens a socket to `server`, from `source` if given, else from what the route says.
    ///
    /// RFC 5452 section 9.2: a resolver MUST "Use an unpredictable source port for outgoing queries from the range of
    /// available ports (53, or 1024 and above) that is as large as possible and practicable". ENETUNREACH and the
    /// like: no route to `server`.
    public init(to server: SocketAddress, from source: IPAddress? = nil, random: RandomSource) throws(Errno) {
        if let source, source.bitWidth != server.address.bitWidth { throw .familyNotSupported }
        let socket = try OwnedDescriptor.socket(for: server.address, type: SOCK_DGRAM)
        try socket.ignorePathMTU(family: server.address)
        var local = SocketAddress(source ?? server.address.wildcard, port: 0, scope: server.scope)
        for attempt in 0...Self.attempts {
            local.port = attempt == Self.attempts ? 0 : random.nextSourcePort()
            do throws(Errno) {
                try socket.bind(to: local)
                break
            } catch {
                if error != .addressInUse || attempt == Self.attempts { throw error }
            }
        }
        try socket.connect(to: server)
        self.socket = socket
    }

    /// The address and port that it sends from.
    public borrowing func localAddress() throws(Errno) -> SocketAddress {
        guard let address = try socket.localAddress() else { throw .familyNotSupported }
        return address
    }

    /// Sends one datagram; false if the socket's buffer is full. Also throws what came back by ICMP for an earlier one,
    /// ECONNREFUSED for instance.
    public borrowing func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Bool {
        let raw = descriptor
        let flags = Int32(MSG_NOSIGNAL)
        return try SystemCall.glibcIfReady { Glibc.send(raw, bytes.baseAddress, bytes.count, flags) } != nil
    }

    /// Takes one datagram. Its true length, which is larger than the buffer if it was cut; nil if none waits. Throws
    /// what came back by ICMP.
    public borrowing func receive(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int? {
        let raw = descriptor
        return try SystemCall.glibcIfReady { recv(raw, buffer.baseAddress, buffer.count, Int32(MSG_TRUNC)) }
    }
}
