// What IP packets carry, taken apart: UDP, TCP, ICMP and what ICMP errors quote.

extension PacketReading {
    /// - Parameter isPart: checksums and lengths can't be held against what is here.
    mutating func readTransport(_ start: Int, _ isPart: Bool, whole: Int) {
        transportStart = start
        transport = Array(octets[min(start, octets.count)...])
        payload = transport
        guard fragmentOffset == 0 else {
            layer = ""
            return show("fragment", ReadingText.data(transport))
        }
        switch proto {
        case 17: readUDP(start, isPart)
        case 6: readTCP(start, isPart)
        case 1 where !isIPv6, 58 where isIPv6: readICMP(start, isPart)
        default:
            layer = ""
            show("data", ReadingText.data(transport))
        }
    }

    private func isRight(_ proto: UInt8) -> Bool {
        let pseudo = ReferenceChecksum.pseudoHeader(
            source: source, destination: destination, proto: proto, length: transport.count)
        return ReferenceChecksum.sum(pseudo + transport) == 0xffff
    }

    private mutating func readUDP(_ start: Int, _ isPart: Bool) {
        layer = "udp"
        ports = (number(start, 2), number(start + 2, 2))
        let right = isRight(17)
        show("source", ports.source)
        show("destination", ports.destination)
        show("length", number(start + 4, 2))
        show(
            "checksum",
            isPart ? ReadingText.hex(number(start + 6, 2)) : ReadingText.checksum(number(start + 6, 2), isRight: right))
        payload = Array(transport.dropFirst(8))
        show("data", ReadingText.data(payload))
        if isPart { return }
        fault("length", unless: number(start + 4, 2) == transport.count)
        fault("checksum", unless: right && number(start + 6, 2) != 0)
    }

    private mutating func readTCP(_ start: Int, _ isPart: Bool) {
        layer = "tcp"
        ports = (number(start, 2), number(start + 2, 2))
        let header = number(start + 12, 1) >> 4 * 4
        let right = isRight(6)
        show("source", ports.source)
        show("destination", ports.destination)
        show("sequence", number(start + 4, 4))
        show("acknowledgment", number(start + 8, 4))
        show("flags", ReadingText.flags(number(start + 13, 1)))
        show("window", number(start + 14, 2))
        show(
            "checksum",
            isPart
                ? ReadingText.hex(number(start + 16, 2)) : ReadingText.checksum(number(start + 16, 2), isRight: right))
        show("urgent", number(start + 18, 2))
        if header > 20 { show("options", ReadingText.hex(Array(transport.dropFirst(20).prefix(header - 20)))) }
        payload = Array(transport.dropFirst(max(20, header)))
        show("data", ReadingText.data(payload))
        if isPart { return }
        fault("data offset", unless: header >= 20 && header <= transport.count)
        fault("checksum", unless: right)
    }

    private mutating func readICMP(_ start: Int, _ isPart: Bool) {
        layer = isIPv6 ? "icmp6" : "icmp4"
        let type = number(start, 1)
        let right = isIPv6 ? isRight(58) : ReferenceChecksum.sum(transport) == 0xffff
        show("type", type)
        show("code", number(start + 1, 1))
        show(
            "checksum",
            isPart ? ReadingText.hex(number(start + 2, 2)) : ReadingText.checksum(number(start + 2, 2), isRight: right))
        show("second word", ReadingText.hex(Array(transport.dropFirst(4).prefix(4))))
        payload = Array(transport.dropFirst(8))
        ports = (number(start + 4, 2), number(start + 4, 2))
        fault("checksum", unless: isPart || right)
        let isError = isIPv6 ? type < 128 : [3, 4, 5, 11, 12].contains(type)
        guard isError, !payload.isEmpty else { return show("data", ReadingText.data(payload)) }
        let unit = isIPv6 ? 8 : 4
        let quoted = number(start + (isIPv6 ? 4 : 5), 1) * unit
        let hasLength = quoted > 0 && quoted < payload.count && !(isIPv6 && [2, 4].contains(type))
        let inner = PacketReading(hasLength ? Array(payload.prefix(quoted)) : payload, isQuoted: true)
        for field in inner.fields { fields.append(("    " + field.name, field.value)) }
        if hasLength { show("extensions", ReadingText.hex(Array(payload.dropFirst(quoted)))) }
    }
}
