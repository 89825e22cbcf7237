// What follows the eight octets of an ICMP error: the packet that it is about, and the extension structure of RFC 4884.

internal import Packet

/// Where the parts of an ICMP error lie.
struct ErrorBody {
    /// The packet inside, with the zeros that RFC 4884 pads it with.
    let packet: UnsafeMutableRawPointer
    let packetCount: Int
    /// Behind it; 0 octets if there is no length attribute.
    let extensions: UnsafeMutableRawPointer
    let extensionCount: Int

    /// - Parameters:
    ///   - message: an ICMP error of `count` octets, 8 at least.
    ///   - lengthField: where RFC 4884 section 4 puts the length attribute, 4 in ICMPv6 and 5 in ICMPv4; nil in messages
    ///     that have none.
    ///   - unit: octets that it counts, 8 in ICMPv6 and 4 in ICMPv4.
    init(_ message: UnsafeMutableRawPointer, count: Int, lengthField: Int?, unit: Int) {
        packet = message + 8
        let all = count - 8
        let told = lengthField.map { Int(message.uint8(at: $0)) * unit } ?? 0
        // One that reaches beyond the message is no length attribute but what an old router left there.
        let isTold = told > 0 && told <= all
        packetCount = isTold ? told : all
        extensions = packet + packetCount
        extensionCount = isTold ? all - told : 0
    }
}

/// Writes the body of the translated error.
struct ErrorBodyWriter {
    /// Where the packet inside goes.
    let start: UnsafeMutableRawPointer
    /// Octets that the whole body may have.
    let limit: Int
    let unit: Int

    /// Puts the extension structure behind a translated packet of `count` octets: "the 'original datagram' field MUST be
    /// zero padded to the nearest boundary ... MUST contain at least 128 octets" (RFC 4884 sections 3 and 4).
    ///
    /// - Returns: the octets of the body, and the length attribute.
    func finish(_ count: Int, _ body: ErrorBody) -> (count: Int, length: UInt8) {
        guard body.extensionCount > 0 else { return (min(count, limit), 0) }
        // The length attribute is one octet; extensions have to fit behind.
        let room = min(limit - body.extensionCount, 255 * unit) / unit * unit
        guard room >= 128 else { return (min(count, limit), 0) }
        let padded = min(max((count + unit - 1) / unit * unit, 128), room)
        if padded > count { (start + count).initializeMemory(as: UInt8.self, repeating: 0, count: padded - count) }
        (start + padded).copyMemory(from: body.extensions, byteCount: body.extensionCount)
        return (padded + body.extensionCount, UInt8(padded / unit))
    }
}
