// Messages on a stream: each behind its length in two octets (RFC 1035 section 4.2.2, RFC 7766 section 8).

internal import NIOCore

/// What is wrong with the octets of a stream.
struct StreamFrameError: Error {}

/// Cuts a stream into messages.
struct StreamFrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self) else { return .needMoreData }
        // Not even a header: whoever sends this does not speak DNS.
        guard length >= 12 else { throw StreamFrameError() }
        guard buffer.readableBytes >= Int(length) + 2 else { return .needMoreData }
        buffer.moveReaderIndex(forwardBy: 2)
        guard let message = buffer.readSlice(length: Int(length)) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(message))
        return .continue
    }

    mutating func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState {
        // What is left when the client has said its last is no whole message, and nobody waits for its rest.
        try decode(context: context, buffer: &buffer)
    }
}
