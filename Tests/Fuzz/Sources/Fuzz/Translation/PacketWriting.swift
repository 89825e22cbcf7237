// Makes packets, for the seeds and for sequences of packets, and mends what mutation cannot get right by itself:
// lengths and checksums.

internal import NetAddress

enum PacketWriting {
    /// A whole packet with its lengths and checksums.
    ///
    /// - Parameters:
    ///   - between: IPv4 options, a multiple of 4 octets; or IPv6 extension headers.
    ///   - next: what the IPv6 header says of `between`; the protocol if that is empty.
    static func packet(
        from source: IPAddress, to destination: IPAddress, proto: UInt8, _ payload: [UInt8], hopLimit: UInt8 = 64,
        between: [UInt8] = [], next: UInt8? = nil, flags: Int = 0
    ) -> [UInt8] {
        var octets: [UInt8]
        switch (source, destination) {
        case (.v6(let source), .v6(let destination)):
            octets = [0x60, 0, 0, 0, 0, 0, next ?? proto, hopLimit] + source.octets + destination.octets
        case (.v4(let source), .v4(let destination)):
            octets = [0x45 + UInt8(between.count / 4), 0, 0, 0, 0x12, 0x34, 0, 0, hopLimit, proto, 0, 0]
            octets += source.octets + destination.octets
            octets.setWord(flags, 6)
        default: return []
        }
        octets += between + payload
        repair(&octets)
        return octets
    }

    static func udp(_ source: UInt16, _ destination: UInt16, _ data: [UInt8] = [1, 2, 3]) -> [UInt8] {
        var segment: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0] + data
        segment.setWord(Int(source), 0)
        segment.setWord(Int(destination), 2)
        segment.setWord(segment.count, 4)
        return segment
    }

    static func tcp(
        _ source: UInt16, _ destination: UInt16, flags: UInt8, options: [UInt8] = [], _ data: [UInt8] = []
    ) -> [UInt8] {
        var segment: [UInt8] = [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, flags, 0x20, 0, 0, 0, 0, 0]
        segment.setWord(Int(source), 0)
        segment.setWord(Int(destination), 2)
        segment[12] = UInt8((20 + options.count) / 4) << 4
        return segment + options + data
    }

    static func icmp(_ type: UInt8, code: UInt8 = 0, _ rest: [UInt8], _ body: [UInt8]) -> [UInt8] {
        [type, code, 0, 0] + rest + body
    }

    static func echo(_ type: UInt8, _ identifier: UInt16, _ data: [UInt8] = [1, 2, 3, 4]) -> [UInt8] {
        icmp(type, [UInt8(identifier >> 8), UInt8(identifier & 255), 0, 1], data)
    }

    /// The fragments of a packet without extension headers or options, `size` octets of payload each.
    static func fragments(of whole: [UInt8], size: Int, identification: UInt16 = 0x1234) -> [[UInt8]] {
        guard let reading = PacketReading(whole), size >= 8 else { return [] }
        let payload = Array(reading.payload)
        return stride(from: 0, to: payload.count, by: size & ~7).map { offset in
            let end = min(offset + size & ~7, payload.count)
            var header = Array(whole.prefix(reading.isIPv6 ? 40 : 20))
            let more = end < payload.count ? 1 : 0
            if reading.isIPv6 {
                header[6] = 44
                header += [reading.proto, 0, 0, 0, 0, 0, 0, 0]
                header.setWord(offset | more, 42)
                header.setWord(Int(identification), 46)
            } else {
                header[0] = 0x45
                header.setWord(Int(identification), 4)
                header.setWord(offset / 8 | more << 13, 6)
            }
            var fragment = header + payload[offset..<end]
            repair(&fragment, transport: false)
            return fragment
        }
    }

    /// Sets lengths, the IPv4 header's checksum and, where the packet is whole, the upper layer's.
    static func repair(_ octets: inout [UInt8], transport: Bool = true) {
        guard let first = octets.first, octets.count <= 65_535 else { return }
        if first >> 4 == 6, octets.count >= 40 {
            octets.setWord(octets.count - 40, 4)
        } else if first >> 4 == 4, octets.count >= 20 {
            octets.setWord(octets.count, 2)
            let headerCount = min(Int(first & 15) * 4, octets.count)
            octets.setWord(0, 10)
            octets.setWord(Int(~Array(octets[..<headerCount]).onesSum()), 10)
        }
        guard transport, let reading = PacketReading(octets), !reading.isFragment, let field = reading.checksumField
        else { return }
        if reading.isUDP { octets.setWord(reading.payloadCount, reading.payloadStart + 4) }
        octets.setWord(0, reading.payloadStart + field)
        let sum = Array(octets[reading.payloadStart...]).onesSum(UInt64(reading.pseudoHeader))
        octets.setWord(Int(sum == 0xffff ? 0xffff : ~sum), reading.payloadStart + field)
    }
}

extension IPv6Address {
    var octets: [UInt8] { (0..<16).map { self[octet: $0] } }
}

extension IPv4Address {
    var octets: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: rawValue >> UInt32(24 - 8 * $0)) } }
}
