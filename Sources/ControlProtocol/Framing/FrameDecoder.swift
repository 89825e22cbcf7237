// How messages follow each other on the control socket: four octets of length, the most significant first, then so many
// octets of JSON. Pure: it is given bytes in any portions and gives back whole messages, or an error that ends the
// connection.

/// The sizes of a frame.
public enum Frame {
    /// Octets of the length in front of each message.
    public static let headerSize = 4
    /// The longest request, octets of JSON.
    public static let requestLimit = 64 * 1024
    /// The longest response, octets of JSON.
    public static let responseLimit = 16 * 1024 * 1024

    /// The message with its length in front.
    public static func encode(_ body: [UInt8], limit: Int) throws(FramingError) -> [UInt8] {
        guard !body.isEmpty else { throw .empty }
        guard body.count <= limit else { throw .tooLong(announced: body.count, limit: limit) }
        var frame: [UInt8] = []
        frame.reserveCapacity(headerSize + body.count)
        for shift in [24, 16, 8, 0] { frame.append(UInt8(truncatingIfNeeded: body.count >> shift)) }
        frame.append(contentsOf: body)
        return frame
    }
}

/// Why a sequence of bytes is no sequence of frames. Each ends the connection: what follows can't be told apart any
/// more.
public enum FramingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A length of 0; no message is empty.
    case empty
    /// A length above what this side takes; nothing of it was kept.
    case tooLong(announced: Int, limit: Int)
    /// The connection closed within a frame.
    case cutOff(missing: Int)

    public var description: String {
        switch self {
        case .empty: "an empty message"
        case .tooLong(let announced, let limit): "a message of \(announced) octets where \(limit) are allowed"
        case .cutOff(let missing): "the connection closed with at least \(missing) octets of a message missing"
        }
    }
}

/// Cuts a byte stream into messages.
///
/// Holds at most what `append` was given and `next` has not yet returned: call `next` until it returns nil before
/// reading on, and no peer can make this side hold more than one frame and one read.
public struct FrameDecoder: Sendable {
    private let limit: Int
    private var buffer: [UInt8] = []
    /// Everything before this was returned.
    private var start = 0
    private var failure: FramingError?

    /// - Parameter limit: the longest message that is taken, in octets of JSON.
    public init(limit: Int) { self.limit = limit }

    /// Takes in what was read. Ignored after an error.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        guard failure == nil else { return }
        if start > 0 {
            buffer.removeSubrange(..<start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole message without its length; nil until more is appended. An error comes back on each later call.
    public mutating func next() throws(FramingError) -> [UInt8]? {
        if let failure { throw failure }
        guard let length = announcedLength else { return nil }
        if length == 0 { throw fail(.empty) }
        if length > limit { throw fail(.tooLong(announced: length, limit: limit)) }
        let bodyStart = start + Frame.headerSize
        guard buffer.count - bodyStart >= length else { return nil }
        start = bodyStart + length
        return Array(buffer[bodyStart..<start])
    }

    /// To be called when the peer has closed: an error if that was in the middle of a message.
    public func finish() throws(FramingError) {
        if let failure { throw failure }
        let held = buffer.count - start
        guard held > 0 else { return }
        guard let length = announcedLength else { throw .cutOff(missing: Frame.headerSize - held) }
        if length == 0 { throw .empty }
        if length > limit { throw .tooLong(announced: length, limit: limit) }
        let missing = length + Frame.headerSize - held
        if missing > 0 { throw .cutOff(missing: missing) }
    }

    private var announcedLength: Int? {
        guard buffer.count - start >= Frame.headerSize else { return nil }
        return buffer[start..<start + Frame.headerSize].reduce(0) { $0 << 8 | Int($1) }
    }

    private mutating func fail(_ error: FramingError) -> FramingError {
        failure = error
        buffer = []
        start = 0
        return error
    }
}
