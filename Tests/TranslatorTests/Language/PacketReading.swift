// A packet taken apart into named fields, for people to read and for properties to be held to. Written for the tests
// alone; `faults` says what is not well-formed (RFC 791, 8200, 768, 9293, 792, 4443).

/// What one packet says of itself.
struct PacketReading {
    /// Name and value in the packet's order, names made unique by the layer: `udp.source`.
    private(set) var fields: [(name: String, value: String)] = []
    private(set) var faults: [String] = []

    private(set) var isIPv6 = false
    private(set) var source: [UInt8] = []
    private(set) var destination: [UInt8] = []
    private(set) var trafficClass = 0
    private(set) var hopLimit = 0
    private(set) var identification = 0
    private(set) var doesNotFragment = false
    private(set) var hasMoreFragments = false
    /// Octets.
    private(set) var fragmentOffset = 0
    private(set) var isFragment = false
    private(set) var proto = 0
    /// Where the transport header starts, and what stands from there on.
    private(set) var transportStart = 0
    private(set) var transport: [UInt8] = []
    private(set) var payload: [UInt8] = []
    private(set) var ports: (source: Int, destination: Int) = (0, 0)

    private let octets: [UInt8]
    private var layer = ""

    /// - Parameter isQuoted: inside an ICMP error: it may end early.
    init(_ octets: [UInt8], isQuoted: Bool = false) {
        self.octets = octets
        guard let first = octets.first else {
            faults.append("empty")
            return
        }
        switch first >> 4 {
        case 4: readIPv4(isQuoted)
        case 6: readIPv6(isQuoted)
        default:
            faults.append("version \(first >> 4)")
            show("octets", ReadingText.hex(octets))
        }
    }

    // MARK: tools

    private func number(_ offset: Int, _ count: Int) -> Int {
        (offset..<(offset + count)).reduce(0) { $0 << 8 | ($1 < octets.count ? Int(octets[$1]) : 0) }
    }

    private mutating func show(_ name: String, _ value: some CustomStringConvertible) {
        fields.append((layer.isEmpty ? name : layer + "." + name, value.description))
    }

    private mutating func fault(_ text: String, unless holds: Bool) {
        if !holds { faults.append("\(layer): \(text)") }
    }

    // MARK: IPv4

    private mutating func readIPv4(_ isQuoted: Bool) {
        layer = "ip4"
        let header = Int(octets[0] & 15) * 4
        guard octets.count >= 20, header >= 20, octets.count >= header else {
            faults.append("ip4: header cut short")
            return show("octets", ReadingText.hex(octets))
        }
        let flags = number(6, 2)
        trafficClass = number(1, 1)
        identification = number(4, 2)
        doesNotFragment = flags & 0x4000 != 0
        hasMoreFragments = flags & 0x2000 != 0
        fragmentOffset = (flags & 0x1fff) * 8
        isFragment = hasMoreFragments || fragmentOffset > 0
        hopLimit = number(8, 1)
        proto = number(9, 1)
        source = Array(octets[12..<16])
        destination = Array(octets[16..<20])
        show("header length", header)
        show("tos", trafficClass)
        show("total length", number(2, 2))
        show("id", "0x" + String(identification, radix: 16))
        show(
            "flags", (doesNotFragment ? "DF " : "") + (hasMoreFragments ? "MF " : "") + (flags & 0x8000 != 0 ? "?" : "")
        )
        show("offset", fragmentOffset)
        show("ttl", hopLimit)
        show("protocol", proto)
        let sum = ReferenceChecksum.sum(Array(octets[0..<header]))
        show("checksum", ReadingText.checksum(number(10, 2), isRight: sum == 0xffff))
        show("source", ReadingText.address(source))
        show("destination", ReadingText.address(destination))
        if header > 20 { show("options", ReadingText.hex(Array(octets[20..<header]))) }
        fault("checksum", unless: sum == 0xffff)
        fault("total length \(number(2, 2)), it has \(octets.count)", unless: isQuoted || number(2, 2) == octets.count)
        fault("DF on a fragment", unless: !(isFragment && doesNotFragment) || isQuoted)
        readTransport(header, isQuoted || isFragment, whole: number(2, 2) - header)
    }

    // MARK: IPv6

    private mutating func readIPv6(_ isQuoted: Bool) {
        isIPv6 = true
        layer = "ip6"
        guard octets.count >= 40 else {
            faults.append("ip6: header cut short")
            return show("octets", ReadingText.hex(octets))
        }
        trafficClass = number(0, 2) >> 4 & 255
        hopLimit = number(7, 1)
        source = Array(octets[8..<24])
        destination = Array(octets[24..<40])
        show("class", trafficClass)
        show("flow", number(0, 4) & 0xfffff)
        show("payload length", number(4, 2))
        show("next", number(6, 1))
        show("hop limit", hopLimit)
        show("source", ReadingText.address(source))
        show("destination", ReadingText.address(destination))
        let whole = number(4, 2)
        fault("payload length \(whole), it has \(octets.count - 40)", unless: isQuoted || whole == octets.count - 40)
        let start = readExtensionHeaders()
        readTransport(start, isQuoted || isFragment, whole: 40 + whole - start)
    }

    private mutating func readExtensionHeaders() -> Int {
        var position = 40
        proto = number(6, 1)
        while [0, 43, 44, 60].contains(proto), position + 8 <= octets.count {
            let next = number(position, 1)
            if proto == 44 {
                layer = "frag6"
                let field = number(position + 2, 2)
                isFragment = true
                fragmentOffset = field & 0xfff8
                hasMoreFragments = field & 1 != 0
                identification = number(position + 4, 4)
                show("next", next)
                show("offset", fragmentOffset)
                show("more", hasMoreFragments)
                show("id", "0x" + String(identification, radix: 16))
                position += 8
            } else {
                layer = "extension \(proto)"
                let end = min(octets.count, position + 8 + number(position + 1, 1) * 8)
                show("octets", ReadingText.hex(Array(octets[position..<end])))
                position = end
            }
            proto = next
        }
        return position
    }

    // MARK: transport

    /// - Parameter isPart: checksums and lengths can't be held against what is here.
    private mutating func readTransport(_ start: Int, _ isPart: Bool, whole: Int) {
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

/// Values as text.
enum ReadingText {
    static func hex(_ octets: [UInt8]) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static func hex(_ number: Int) -> String { "0x" + String(number, radix: 16) }

    static func checksum(_ number: Int, isRight: Bool) -> String { hex(number) + (isRight ? "" : " (wrong)") }

    /// All of little, both ends of much.
    static func data(_ octets: [UInt8]) -> String {
        if octets.count <= 24 { return "\(octets.count): " + hex(octets) }
        return "\(octets.count): \(hex(Array(octets.prefix(12))))...\(hex(Array(octets.suffix(8))))"
    }

    static func address(_ octets: [UInt8]) -> String {
        if octets.count == 4 { return octets.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map { String(Int(octets[$0]) << 8 | Int(octets[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }

    static func flags(_ bits: Int) -> String {
        String(zip("FSRPAUEC", 0..<8).filter { bits >> $0.1 & 1 == 1 }.map { $0.0 })
    }

    /// Two packets field by field, what differs marked.
    static func sideBySide(expected: [UInt8], got: [UInt8]) -> String {
        let left = PacketReading(expected)
        let right = PacketReading(got)
        var lines = [
            "      \(column("field", 24)) \(column("expected, \(expected.count) octets", 42)) got, \(got.count) octets"
        ]
        var names = left.fields.map(\.name)
        for (index, name) in right.fields.map(\.name).enumerated() where !names.contains(name) {
            names.insert(name, at: min(index, names.count))
        }
        for name in names {
            let one = left.fields.first { $0.name == name }?.value ?? "-"
            let other = right.fields.first { $0.name == name }?.value ?? "-"
            lines.append("    \(one == other ? " " : "*") \(column(name, 24)) \(column(one, 42)) \(other)")
        }
        if let index = zip(expected, got).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset {
            lines.append("    the first octet that differs: \(index)")
        }
        return lines.joined(separator: "\n")
    }

    private static func column(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
