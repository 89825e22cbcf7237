// A packet taken apart into named fields, for people to read and for properties to be held to. Written for the tests
// alone; `faults` says what is not well-formed (RFC 791, 8200, 768, 9293, 792, 4443).

/// What one packet says of itself.
struct PacketReading {
    /// Name and value in the packet's order, names made unique by the layer: `udp.source`.
    var fields: [(name: String, value: String)] = []
    var faults: [String] = []

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
    var transportStart = 0
    var transport: [UInt8] = []
    var payload: [UInt8] = []
    var ports: (source: Int, destination: Int) = (0, 0)

    let octets: [UInt8]
    var layer = ""

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

    func number(_ offset: Int, _ count: Int) -> Int {
        (offset..<(offset + count)).reduce(0) { $0 << 8 | ($1 < octets.count ? Int(octets[$1]) : 0) }
    }

    mutating func show(_ name: String, _ value: some CustomStringConvertible) {
        fields.append((layer.isEmpty ? name : layer + "." + name, value.description))
    }

    mutating func fault(_ text: String, unless holds: Bool) {
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
}
