// What comes out of the device, checked from end to end before anybody looks at it (RFC 8200, RFC 9293 section 3.1,
// RFC 4443 section 2.4). All else that the kernel sends there, such as multicast, is no packet for the client.

internal import NetAddress
internal import Packet

/// A packet for the client, whole and with a right checksum.
enum HeardPacket: Hashable {
    case segment(from: IPv6Address, TCPSegment)
    case echoReply(from: IPv6Address, EchoMark)
    case error(from: IPv6Address, ICMPError)

    /// nil: not for `client`, of no kind that it asks for, or flawed.
    init?(_ bytes: UnsafeMutableRawBufferPointer, for client: IPv6Address) {
        guard let start = bytes.baseAddress, bytes.count >= IPv6View.minimumCount, start.uint8(at: 0) >> 4 == 6,
            let view = try? IPv6View(start, count: bytes.count), !view.isFragment, view.destination == client,
            view.payloadCount >= 8, Self.isIntact(view)
        else { return nil }
        let payload = UnsafeMutableRawBufferPointer(start: view.payload, count: view.payloadCount)
        switch view.proto {
        case ProtocolNumber.tcp:
            guard let segment = TCPSegment(payload) else { return nil }
            self = .segment(from: view.source, segment)
        case ProtocolNumber.icmpv6 where view.payload.uint8(at: 0) == ICMPv6Type.echoReply:
            self = .echoReply(from: view.source, EchoMark(view.payload))
        // RFC 4443 section 2.1: errors have types below 128.
        case ProtocolNumber.icmpv6 where view.payload.uint8(at: 0) < 128:
            guard let error = ICMPError(payload, client: client) else { return nil }
            self = .error(from: view.source, error)
        default:
            return nil
        }
    }

    private static func isIntact(_ view: IPv6View) -> Bool {
        let pseudo = Checksum.pseudoHeader(
            view.source, view.destination, count: view.payloadCount, proto: view.proto)
        return Checksum.fold(pseudo &+ Checksum.sum(view.payload, count: view.payloadCount)) == 0xffff
    }
}

/// The part of a TCP header that a handshake is about.
struct TCPSegment: Hashable {
    var sourcePort: UInt16
    var destinationPort: UInt16
    var sequence: UInt32
    var acknowledgment: UInt32
    var flags: UInt8

    func has(_ flags: UInt8) -> Bool { self.flags & flags == flags }
}

extension TCPSegment {
    init?(_ bytes: UnsafeMutableRawBufferPointer) {
        guard let start = bytes.baseAddress, bytes.count >= TCPField.minimumCount else { return nil }
        let length = Int(start.uint8(at: TCPField.dataOffset) >> 4) * 4
        guard length >= TCPField.minimumCount, length <= bytes.count else { return nil }
        self.init(
            sourcePort: start.uint16(at: 0), destinationPort: start.uint16(at: 2), sequence: start.uint32(at: 4),
            acknowledgment: start.uint32(at: 8), flags: start.uint8(at: TCPField.flags))
    }
}

/// What tells echoes apart (RFC 4443 section 4.1).
struct EchoMark: Hashable {
    var identifier: UInt16
    var sequence: UInt16
}

extension EchoMark {
    /// At least 8 octets.
    init(_ start: UnsafeMutableRawPointer) {
        self.init(identifier: start.uint16(at: 4), sequence: start.uint16(at: 6))
    }
}

/// An error message, and which packet of the client's it is about (RFC 4443 section 3).
struct ICMPError: Hashable {
    enum Subject: Hashable {
        /// The first 8 octets of a TCP header: routers need not send more back.
        case segment(sourcePort: UInt16, destinationPort: UInt16, sequence: UInt32)
        case echo(EchoMark)
    }

    var type: UInt8
    var code: UInt8
    var destination: IPv6Address
    var subject: Subject

    /// nil: about nothing that `client` can have sent.
    init?(_ bytes: UnsafeMutableRawBufferPointer, client: IPv6Address) {
        guard let start = bytes.baseAddress, bytes.count >= 8 + IPv6View.minimumCount, start.uint8(at: 8) >> 4 == 6,
            let inner = try? IPv6View(start + 8, count: bytes.count - 8, isWhole: false), !inner.isFragment,
            inner.source == client, inner.headerCount + 8 <= bytes.count - 8
        else { return nil }
        switch inner.proto {
        case ProtocolNumber.tcp:
            subject = .segment(
                sourcePort: inner.payload.uint16(at: 0), destinationPort: inner.payload.uint16(at: 2),
                sequence: inner.payload.uint32(at: 4))
        case ProtocolNumber.icmpv6 where inner.payload.uint8(at: 0) == ICMPv6Type.echoRequest:
            subject = .echo(EchoMark(inner.payload))
        default:
            return nil
        }
        type = start.uint8(at: 0)
        code = start.uint8(at: 1)
        destination = inner.destination
    }
}
