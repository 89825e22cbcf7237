// Messages to bytes and back. JSON with its keys in order, so that the same report is always the same bytes.

internal import FoundationEssentials

/// Why bytes are no message, or a message can't be sent.
public enum ControlMessageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not JSON, or JSON that is no message of this protocol.
    case malformed(String)
    /// The message is longer than a frame may be, or empty.
    case framing(FramingError)
    /// A value that JSON can't hold, such as a number that is not finite.
    case unencodable(String)

    public var description: String {
        switch self {
        case .malformed(let reason): "malformed message: \(reason)"
        case .framing(let error): "bad frame: \(error)"
        case .unencodable(let reason): "a message that can't be written: \(reason)"
        }
    }
}

/// The one door between values and frames.
public enum ControlMessage {
    /// A whole frame, ready to be sent.
    public static func frame(_ request: ControlRequest) throws(ControlMessageError) -> [UInt8] {
        try frame(json(request), limit: Frame.requestLimit)
    }

    /// A whole frame, ready to be sent.
    public static func frame(_ response: ControlResponse) throws(ControlMessageError) -> [UInt8] {
        try frame(json(response), limit: Frame.responseLimit)
    }

    /// The request in a frame's body, as `FrameDecoder.next` returns it.
    public static func request(from body: [UInt8]) throws(ControlMessageError) -> ControlRequest {
        try value(ControlRequest.self, from: body)
    }

    /// The response in a frame's body, as `FrameDecoder.next` returns it.
    public static func response(from body: [UInt8]) throws(ControlMessageError) -> ControlResponse {
        try value(ControlResponse.self, from: body)
    }

    /// Any value of this protocol as one line of JSON, keys in order, slashes as they are.
    public static func json(_ value: some Encodable) throws(ControlMessageError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(value))
        } catch {
            throw .unencodable(String(describing: error))
        }
    }

    /// The inverse of `json`. Keys that this version does not know are ignored.
    public static func value<Value: Decodable>(
        _ type: Value.Type, from json: some Sequence<UInt8>
    ) throws(ControlMessageError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(json))
        } catch let error as DecodingError {
            throw .malformed(reason(error))
        } catch {
            throw .malformed(String(describing: error))
        }
    }

    private static func frame(_ body: [UInt8], limit: Int) throws(ControlMessageError) -> [UInt8] {
        do throws(FramingError) {
            return try Frame.encode(body, limit: limit)
        } catch {
            throw .framing(error)
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "no \"\(key.stringValue)\"\(place(context))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            context.debugDescription + place(context)
        @unknown default: String(describing: error)
        }
    }

    private static func place(_ context: DecodingError.Context) -> String {
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return path.isEmpty ? "" : " in \(path)"
    }
}
