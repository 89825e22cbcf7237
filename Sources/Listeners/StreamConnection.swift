// One client's stream: several questions on it, answered as they are ready (RFC 7766 section 6.2.1.1, section 7).

internal import NIOCore
internal import NetAddress
internal import Resolver
internal import Telemetry

/// The handler at the end of a stream's pipeline. Lives on the stream's event loop.
final class StreamConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let client: Client
    private let listener: StreamListener
    private let limits: StreamLimits
    private var waiting = 0
    private var inputClosed = false
    private var isPaused = false

    init(client: Client, listener: StreamListener, limits: StreamLimits) {
        self.client = client
        self.listener = listener
        self.limits = limits
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let message = unwrapInboundIn(data)
        waiting += 1
        listener.deliver(Array(message.readableBytesView), client)
        updateReading(context)
    }

    /// A reply is ready, or there will be none.
    func reply(_ bytes: [UInt8]?, context: ChannelHandlerContext) {
        waiting -= 1
        if let bytes {
            var buffer = context.channel.allocator.buffer(capacity: bytes.count + 2)
            buffer.writeInteger(UInt16(truncatingIfNeeded: bytes.count))
            buffer.writeBytes(bytes)
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        }
        updateReading(context)
        closeIfDone(context)
    }

    /// A client that asks faster than it reads, or than upstream answers, is read from no further for a while.
    private func updateReading(_ context: ChannelHandlerContext) {
        let pause = waiting >= limits.pipeline || !context.channel.isWritable
        guard pause != isPaused else { return }
        isPaused = pause
        context.channel.setOption(ChannelOptions.autoRead, value: !pause).whenFailure { _ in }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        updateReading(context)
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            // The client has said all; what it asked is still answered (RFC 7766 section 6.2.4).
            inputClosed = true
            closeIfDone(context)
        } else if event is IdleStateHandler.IdleStateEvent {
            if waiting == 0 {
                listener.count(.streamIdleClosed)
                context.close(promise: nil)
            }
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    private func closeIfDone(_ context: ChannelHandlerContext) {
        if inputClosed, waiting == 0 { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        listener.count(error is StreamFrameError ? .streamBadLength : .streamClosedEarly)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        listener.closed(client)
        context.fireChannelInactive()
    }
}
