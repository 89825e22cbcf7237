// Bytes of a TCP connection to messages (RFC 1035 section 4.2.2), and what NIO says to the words that we use.

internal import LinuxIO
internal import NIOCore
internal import NetAddress

/// Cuts messages off the stream by their two-octet lengths.
struct StreamFraming: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self),
            let message = buffer.getSlice(at: buffer.readerIndex + 2, length: Int(length))
        else { return .needMoreData }
        buffer.moveReaderIndex(forwardBy: 2 + Int(length))
        context.fireChannelRead(wrapInboundOut(message))
        return .continue
    }

    /// A message that was cut off by the end of the stream is no message.
    mutating func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws
        -> DecodingState
    {
        if case .continue = try decode(context: context, buffer: &buffer) { return .continue }
        buffer.clear()
        return .needMoreData
    }
}

/// Hands messages and the end to the connection.
final class StreamReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connection: StreamConnection

    init(connection: StreamConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { connection.read(unwrapInboundIn(data)) }

    func channelInactive(context: ChannelHandlerContext) {
        connection.closed(.closed("closed the connection"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.closed(.closed(streamErrorText(error)))
        context.close(promise: nil)
    }
}

/// A few words for an error of NIO's.
func streamErrorText(_ error: any Error) -> String {
    switch error {
    case let error as IOError: Errno(code: error.errnoCode).message
    case ChannelError.connectTimeout: "Connection timed out"
    default: String(describing: error)
    }
}
