// Packets from their notation, field by field as the RFCs define them: IPv4 (RFC 791) and IPv6 (RFC 8200) here, what
// they carry in ReferenceTransport.swift. Shares no code with Sources.

import NetAddress

/// Builds one packet. Fields that the notation leaves open become holes; the second time around `fill` says what came.
final class ReferenceBuilder {
    /// What IPv4 addresses are embedded under.
    let prefix: IPPrefix
    let variables: [String: UInt64]
    let fill: [Int: UInt64]
    /// Whether defaults are those of a packet that was translated: a hop fewer, an identification of its own.
    let isExpected: Bool
    /// Packets sent before: the one of that name, or the last.
    let sent: (String?) -> [UInt8]?
    private var holeCount = 0

    init(
        prefix: IPPrefix, variables: [String: UInt64], fill: [Int: UInt64] = [:], isExpected: Bool,
        sent: @escaping (String?) -> [UInt8]? = { _ in nil }
    ) {
        self.prefix = prefix
        self.variables = variables
        self.fill = fill
        self.isExpected = isExpected
        self.sent = sent
    }

    /// What a transport header must know of the packet that it travels in.
    struct Carrier {
        var source: [UInt8]
        var destination: [UInt8]
        var isIPv6: Bool { source.count == 16 }
    }

    func packet(_ nodes: ArraySlice<Node>, isInner: Bool = false) throws -> PacketImage {
        guard case .layer(let layer)? = nodes.first else { return PacketImage() }
        switch layer.keyword {
        case "ip4": return try ipv4(layer, nodes.dropFirst(), isInner)
        case "ip6": return try ipv6(layer, nodes.dropFirst(), isInner)
        case "sent":
            guard let octets = sent(layer.words.first) else {
                throw layer.line.failure("no such packet was sent")
            }
            return PacketImage(octets: Array(octets.prefix(try layer.number("cut") ?? octets.count)))
        default: return try payload(nodes)
        }
    }

    // MARK: fields

    /// Writes fields one behind the other: what each is to be, and its width in bits.
    func put(_ image: inout PacketImage, _ fields: (FieldValue, Int)...) {
        var bit = image.octets.count * 8
        var bits: [UInt8] = []
        for (value, width) in fields {
            let number = resolve(value, Hole(id: 0, variable: nil, bit: bit, width: width), &image)
            bits += (0..<width).map { UInt8(number >> UInt64(width - 1 - $0) & 1) }
            bit += width
        }
        for start in stride(from: 0, to: bits.count, by: 8) {
            image.octets.append(bits[start..<(start + 8)].reduce(0) { $0 << 1 | $1 })
        }
    }

    private func resolve(_ value: FieldValue, _ hole: Hole, _ image: inout PacketImage) -> UInt64 {
        switch value {
        case .number(let number): return number
        case .variable(let name) where variables[name] != nil: return variables[name] ?? 0
        case .any, .variable:
            var variable: String?
            if case .variable(let name) = value { variable = name }
            let id = holeCount
            holeCount += 1
            image.holes.append(Hole(id: id, variable: variable, bit: hole.bit, width: hole.width))
            return fill[id] ?? 0
        }
    }

    /// Puts the checksum over `covered` into `image` at `offset`, unless the notation says what stands there.
    func checksum(_ image: inout PacketImage, at offset: Int, of layer: Layer, over covered: [UInt8]) throws {
        let right = ReferenceChecksum.checksum(covered)
        switch layer.text("checksum") {
        case nil: image.set(UInt64(layer.keyword == "udp" && right == 0 ? 0xffff : right), at: offset, octets: 2)
        case "none": image.set(0, at: offset, octets: 2)
        case "bad": image.set(UInt64(right ^ 0x0101), at: offset, octets: 2)
        case "any":
            var field = PacketImage()
            put(&field, (.any, 16))
            image.octets.replaceSubrange(offset..<(offset + 2), with: field.octets)
            for var hole in field.holes {
                hole.bit += offset * 8
                image.holes.append(hole)
            }
        case .some:
            image.set(UInt64(try layer.number("checksum") ?? 0), at: offset, octets: 2)
        }
    }

    // MARK: IPv4

    private func address4(_ text: String, _ layer: Layer, _ image: inout PacketImage) throws {
        if text.hasPrefix("$") || text == "any" { return put(&image, (try Layer.value(text, layer.line), 32)) }
        guard let octets = AddressNames.ipv4(text) else { throw layer.line.failure("\(text) is no IPv4 address") }
        image.octets += octets
    }

    /// ip4 SOURCE > DESTINATION [FIELD=...]
    private func ipv4(_ layer: Layer, _ rest: ArraySlice<Node>, _ isInner: Bool) throws -> PacketImage {
        try layer.allow(
            ["tos", "ttl", "id", "df", "mf", "offset", "octets", "proto", "len", "checksum", "opt", "version", "ihl"],
            words: ["own"], positions: 2)
        let isOwn = layer.has("own")
        var addresses = PacketImage()
        try address4(layer.words[0], layer, &addresses)
        try address4(layer.words[1], layer, &addresses)
        let carrier = Carrier(
            source: Array(addresses.octets[0..<4]), destination: Array(addresses.octets[4..<8]))
        var (upper, proto) = try chain(rest, carrier)
        let part = try FragmentPart(layer, upper.octets.count)
        if let part { upper = upper.slice(part.octets) }
        let options = try ipv4Options(layer)
        let length = 20 + options.count + upper.octets.count
        let isFragment = part != nil || layer.text("offset") != nil || layer.text("mf") != nil
        let ruled: FieldValue = isExpected && length > 1260 && !isFragment ? .number(1) : .number(0)
        var image = PacketImage()
        put(
            &image, (try layer.value("version") ?? .number(4), 4),
            (try layer.value("ihl") ?? .number(UInt64(5 + options.count / 4)), 4),
            (try layer.value("tos") ?? (isOwn ? .any : .number(0)), 8),
            (try layer.value("len") ?? .number(UInt64(length)), 16),
            (try layer.value("id") ?? (isExpected ? .any : .number(0)), 16), (.number(0), 1),
            (try layer.value("df") ?? (isOwn ? .any : ruled), 1),
            (try layer.value("mf") ?? .number(part?.hasMore == true ? 1 : 0), 1),
            (try layer.value("offset") ?? .number(UInt64((part?.octets.lowerBound ?? 0) / 8)), 13),
            (try layer.value("ttl") ?? timeToLive(isInner, isOwn), 8),
            (try layer.value("proto") ?? .number(UInt64(proto)), 8), (.number(0), 16))
        image.append(addresses)
        image.octets += options
        try checksum(&image, at: 10, of: layer, over: image.octets)
        image.append(upper)
        return image
    }

    private func timeToLive(_ isInner: Bool, _ isOwn: Bool) -> FieldValue {
        isOwn ? .any : .number(isExpected && !isInner ? 63 : 64)
    }

    /// opt=nop, opt=eol, opt=lsrr:POINTER:ADDRESS,..., opt=ssrr:..., opt=rr:..., opt=hex:OCTETS; padded with end-of-list
    /// octets (RFC 791 section 3.1).
    private func ipv4Options(_ layer: Layer) throws -> [UInt8] {
        var result: [UInt8] = []
        for option in (layer.text("opt") ?? "").split(separator: " ") {
            let parts = option.split(separator: ":").map(String.init)
            switch parts[0] {
            case "nop": result.append(1)
            case "eol": result.append(0)
            case "hex": result += try Layer.octets(parts[1], layer.line)
            case "lsrr", "ssrr", "rr":
                let type: UInt8 = parts[0] == "lsrr" ? 131 : parts[0] == "ssrr" ? 137 : 7
                let route = parts[2].split(separator: ",").compactMap { AddressNames.ipv4(String($0)) }.flatMap { $0 }
                result += [type, UInt8(3 + route.count), UInt8(parts[1]) ?? 4] + route
            default: throw layer.line.failure("unknown option \(option)")
            }
        }
        return result + Array(repeating: 0, count: (4 - result.count % 4) % 4)
    }

    // MARK: IPv6

    /// ip6 SOURCE > DESTINATION [FIELD=...]
    private func ipv6(_ layer: Layer, _ rest: ArraySlice<Node>, _ isInner: Bool) throws -> PacketImage {
        try layer.allow(["class", "flow", "hop", "next", "len", "version"], words: ["own"], positions: 2)
        let isOwn = layer.has("own")
        let addresses = try layer.words.prefix(2).map { text in
            guard let octets = AddressNames.ipv6(text, prefix: prefix) else {
                throw layer.line.failure("\(text) is no IPv6 address")
            }
            return octets
        }
        let (upper, next) = try chain(rest, Carrier(source: addresses[0], destination: addresses[1]))
        var image = PacketImage()
        put(
            &image, (try layer.value("version") ?? .number(6), 4),
            (try layer.value("class") ?? (isOwn ? .any : .number(0)), 8),
            (try layer.value("flow") ?? (isOwn ? .any : .number(0)), 20),
            (try layer.value("len") ?? .number(UInt64(upper.octets.count)), 16),
            (try layer.value("next") ?? .number(UInt64(next)), 8),
            (try layer.value("hop") ?? timeToLive(isInner, isOwn), 8))
        image.octets += addresses[0] + addresses[1]
        image.append(upper)
        return image
    }
}
