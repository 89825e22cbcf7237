// DNS over TCP (RFC 7766). SwiftNIO owns the streams; a worker owns the answers. They meet at the worker's mailbox.

internal import Glibc
public import LinuxIO
public import NIOCore
internal import NIOPosix
internal import NetAddress
public import Resolver
internal import Synchronization
public import Telemetry

/// Listens on TCP sockets and hands questions to workers. Safe from any thread.
public final class StreamListener: Sendable {
    private struct State {
        var limits: StreamLimits
        var nextToken: UInt64 = 1
        var connections: [UInt64: any Channel] = [:]
        var listening: [Int: any Channel] = [:]
        var nextListening = 0
        var isClosed = false
    }

    private let group: any EventLoopGroup
    private let census = StreamCensus()
    private let state: Mutex<State>
    private let deliverTo: @Sendable ([UInt8], Client) -> Void
    /// NIO has threads of its own, and counters one writer each: these are the streams'.
    private let counters: Counters
    private let countersLock = Mutex(())

    /// - Parameter deliver: takes one question; the reply comes back by `reply`, once a question.
    public init(
        group: any EventLoopGroup, limits: StreamLimits, counters: Counters,
        deliver: @escaping @Sendable ([UInt8], Client) -> Void
    ) {
        self.group = group
        self.counters = counters
        state = Mutex(State(limits: limits))
        deliverTo = deliver
    }

    /// How many streams are open.
    public var connectionCount: Int { census.total }

    public func setLimits(_ limits: StreamLimits) { state.withLock { $0.limits = limits } }

    /// Begins to accept on `socket`, which is this object's from now on.
    ///
    /// - Returns: the number under which `stopListening` knows it.
    public func listen(_ socket: consuming OwnedDescriptor) async throws -> Int {
        let descriptor = socket.release()
        let bootstrap = ServerBootstrap(group: group)
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .childChannelOption(ChannelOptions.maxMessagesPerRead, value: 4)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
        let channel = try await bootstrap.withBoundSocket(descriptor).get()
        return state.withLock { state in
            state.nextListening += 1
            state.listening[state.nextListening] = channel
            return state.nextListening
        }
    }

    /// Stops accepting on one socket; streams that stand go on.
    public func stopListening(_ number: Int) {
        state.withLock { $0.listening.removeValue(forKey: number) }?.close(promise: nil)
    }

    /// Stops accepting anywhere, and closes every stream.
    public func close() {
        let channels = state.withLock { state in
            defer {
                state.listening = [:]
                state.isClosed = true
            }
            return Array(state.listening.values) + Array(state.connections.values)
        }
        for channel in channels { channel.close(promise: nil) }
    }

    private func accept(_ channel: any Channel) throws {
        let limits = state.withLock { $0.limits }
        guard let source = NetAddress.SocketAddress(channel.remoteAddress) else {
            throw ChannelError.unknownLocalAddress
        }
        guard census.enter(source.address, limits) else {
            count(.streamRefusedLimit)
            throw ChannelError.connectPending
        }
        let token = state.withLock { state in
            let token = state.nextToken
            state.nextToken += 1
            state.connections[token] = channel
            return token
        }
        count(.streamAccepted)
        let client = Client(
            source, .stream, local: NetAddress.SocketAddress(channel.localAddress)?.address, token: token)
        let idle = IdleStateHandler(allTimeout: .milliseconds(limits.idleMilliseconds))
        let handlers: [any ChannelHandler] = [
            idle, ByteToMessageHandler(StreamFrameDecoder()),
            StreamConnection(client: client, listener: self, limits: limits),
        ]
        try channel.pipeline.syncOperations.addHandlers(handlers)
    }

    // MARK: between streams and workers

    func deliver(_ bytes: [UInt8], _ client: Client) { deliverTo(bytes, client) }

    /// Sends a reply; nil says that there will be none, so that the stream does not wait for it. Late ones for a stream
    /// that is gone
    /// are forgotten.
    public func reply(_ bytes: [UInt8]?, to client: Client) {
        guard let channel = state.withLock({ $0.connections[client.token] }) else {
            if bytes != nil { count(.repliesSendFailed) }
            return
        }
        if bytes != nil { count(.repliesSent) }
        channel.eventLoop.execute {
            let operations = channel.pipeline.syncOperations
            guard let handler = try? operations.handler(type: StreamConnection.self),
                let context = try? operations.context(handler: handler)
            else { return }
            handler.reply(bytes, context: context)
        }
    }

    func closed(_ client: Client) {
        if state.withLock({ $0.connections.removeValue(forKey: client.token) }) != nil {
            census.leave(client.source.address)
        }
    }

    func count(_ counter: Counter) { countersLock.withLock { _ in counters.add(counter) } }
}

extension NetAddress.SocketAddress {
    /// A NIO address as one of ours; nil for anything but IPv4 and IPv6.
    init?(_ address: NIOCore.SocketAddress?) {
        guard let address, let text = address.ipAddress else { return nil }
        let parts = text.split(separator: "%", maxSplits: 1)
        guard let first = parts.first, let parsed = IPAddress(first) else { return nil }
        var scope: UInt32 = 0
        if parts.count == 2 { scope = if_nametoindex(String(parts[1])) }
        self.init(parsed.unmapped, port: UInt16(clamping: address.port ?? 0), scope: scope)
    }
}
