// What IP packets carry, built field by field: UDP (RFC 768), TCP (RFC 9293), ICMP (RFC 792), ICMPv6 (RFC 4443) with
// extensions (RFC 4884).

extension ReferenceBuilder {
    /// text WORDS, bytes COUNT [from=FIRST], noise COUNT [seed=N], zeros COUNT, hex OCTETS: one behind the other.
    func payload(_ nodes: ArraySlice<Node>) throws -> PacketImage {
        var image = PacketImage()
        for node in nodes {
            guard case .layer(let layer) = node else { continue }
            switch layer.keyword {
            case "text": image.octets += Array(layer.words.joined(separator: " ").utf8)
            case "hex", "raw": image.octets += try Layer.octets(layer.words.joined(), layer.line)
            case "bytes":
                let first = try layer.number("from") ?? 0
                guard let count = Int(layer.words.first ?? "") else { throw layer.line.failure("bytes COUNT") }
                image.octets += (0..<count).map { UInt8(truncatingIfNeeded: first + $0) }
            case "noise":
                guard let count = Int(layer.words.first ?? "") else { throw layer.line.failure("noise COUNT") }
                image.octets += PacketImage.noise(count, seed: try layer.number("seed") ?? 0)
            case "zeros": image.octets += Array(repeating: 0, count: Int(layer.words.first ?? "") ?? 0)
            default: throw layer.line.failure("\"\(layer.keyword)\" is no payload")
            }
        }
        return image
    }

    /// udp SOURCE > DESTINATION [len=N] [checksum=...]
    func udp(_ layer: Layer, _ rest: ArraySlice<Node>, _ carrier: Carrier) throws -> PacketImage {
        try layer.allow(["len", "checksum"], positions: 2)
        let data = try payload(rest)
        let length = 8 + data.octets.count
        var image = PacketImage()
        put(
            &image, (try Layer.value(layer.words[0], layer.line), 16),
            (try Layer.value(layer.words[1], layer.line), 16),
            (try layer.value("len") ?? .number(UInt64(length)), 16), (.number(0), 16))
        image.append(data)
        let pseudo = ReferenceChecksum.pseudoHeader(
            source: carrier.source, destination: carrier.destination, proto: 17, length: length)
        try checksum(&image, at: 6, of: layer, over: pseudo + image.octets)
        return image
    }

    /// tcp SOURCE > DESTINATION [flags=SAFRPUEC] [seq=N] [ack=N] [window=N] [urgent=N] [mss=N] [opt=HEX] [checksum=...]
    func tcp(_ layer: Layer, _ rest: ArraySlice<Node>, _ carrier: Carrier) throws -> PacketImage {
        try layer.allow(
            ["flags", "seq", "ack", "window", "urgent", "mss", "opt", "checksum", "data"], positions: 2)
        let data = try payload(rest)
        var options = PacketImage()
        if let mss = try layer.value("mss") { put(&options, (.number(0x0204), 16), (mss, 16)) }
        options.octets += try Layer.octets(layer.text("opt") ?? "", layer.line)
        while options.octets.count % 4 != 0 { options.octets.append(0) }
        let letters: [Character: UInt64] = ["F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128]
        let flags = try (layer.text("flags") ?? "A").reduce(UInt64(0)) { flags, letter in
            guard let bit = letters[letter] else { throw layer.line.failure("no TCP flag is called \(letter)") }
            return flags | bit
        }
        var image = PacketImage()
        put(
            &image, (try Layer.value(layer.words[0], layer.line), 16),
            (try Layer.value(layer.words[1], layer.line), 16),
            (try layer.value("seq") ?? .number(1000), 32), (try layer.value("ack") ?? .number(0), 32),
            (try layer.value("data") ?? .number(UInt64(5 + options.octets.count / 4)), 4), (.number(0), 4),
            (.number(flags), 8), (try layer.value("window") ?? .number(8192), 16), (.number(0), 16),
            (try layer.value("urgent") ?? .number(0), 16))
        image.append(options)
        image.append(data)
        let pseudo = ReferenceChecksum.pseudoHeader(
            source: carrier.source, destination: carrier.destination, proto: 6, length: image.octets.count)
        try checksum(&image, at: 16, of: layer, over: pseudo + image.octets)
        return image
    }

    /// icmp4 TYPE/CODE or icmp6 TYPE/CODE [FIELD=...], then a payload, or `{ packet }` or `sent`, then objects.
    func icmp(
        _ layer: Layer, _ rest: ArraySlice<Node>, _ carrier: Carrier, isVersion6: Bool
    ) throws -> PacketImage {
        try layer.allow(
            ["id", "seq", "mtu", "pointer", "length", "rest", "pad", "checksum"], positions: 1)
        let (type, code) = try typeAndCode(layer, isVersion6)
        let (data, paddedLength) = try icmpBody(layer, rest, isVersion6)
        var image = PacketImage()
        put(&image, (type, 8), (code, 8), (.number(0), 16))
        try icmpSecondWord(&image, layer, type, isVersion6, paddedLength.map { $0 / (isVersion6 ? 8 : 4) } ?? 0)
        image.append(data)
        var covered = image.octets
        if isVersion6 {
            covered =
                ReferenceChecksum.pseudoHeader(
                    source: carrier.source, destination: carrier.destination, proto: 58, length: image.octets.count)
                + covered
        }
        try checksum(&image, at: 2, of: layer, over: covered)
        return image
    }

    private func typeAndCode(_ layer: Layer, _ isVersion6: Bool) throws -> (FieldValue, FieldValue) {
        switch layer.words[0] {
        case "echo-request": return (.number(isVersion6 ? 128 : 8), .number(0))
        case "echo-reply": return (.number(isVersion6 ? 129 : 0), .number(0))
        default:
            let parts = layer.words[0].split(separator: "/").map(String.init)
            guard parts.count == 2 else { throw layer.line.failure("TYPE/CODE was expected") }
            return (try Layer.value(parts[0], layer.line), try Layer.value(parts[1], layer.line))
        }
    }

    /// Octets 4 to 7 of the header. RFC 4884 section 4 says where the length stands: the second octet of ICMP's word, the
    /// first of ICMPv6's.
    private func icmpSecondWord(
        _ image: inout PacketImage, _ layer: Layer, _ type: FieldValue, _ isVersion6: Bool, _ length: Int
    ) throws {
        if let text = layer.text("rest") { return image.octets += try Layer.octets(text, layer.line) }
        if layer.text("id") != nil || layer.text("seq") != nil {
            return put(
                &image, (try layer.value("id") ?? .number(0), 16), (try layer.value("seq") ?? .number(0), 16))
        }
        let length: FieldValue = try layer.value("length") ?? .number(UInt64(length))
        let zero = FieldValue.number(0)
        let pointer = try layer.value("pointer")
        switch (isVersion6, type) {
        case (true, .number(4)): put(&image, (pointer ?? zero, 32))
        case (true, .number(2)): put(&image, (try layer.value("mtu") ?? zero, 32))
        case (true, _): put(&image, (length, 8), (zero, 24))
        case (false, _):
            put(&image, (pointer ?? zero, 8), (length, 8), (try layer.value("mtu") ?? zero, 16))
        }
    }

    /// The octets behind the ICMP header, and how long the quoted datagram was made, where extensions follow it.
    private func icmpBody(
        _ layer: Layer, _ rest: ArraySlice<Node>, _ isVersion6: Bool
    ) throws -> (PacketImage, Int?) {
        var quoted: PacketImage
        switch rest.first {
        case .inner(let nodes, let cut)?:
            quoted = try packet(nodes[...], isInner: true)
            if let cut { quoted = quoted.slice(0..<cut) }
        case .layer(let first)? where first.keyword == "sent": quoted = try packet(rest.prefix(1))
        default: return (try payload(rest), nil)
        }
        var objects = PacketImage()
        var others = PacketImage()
        for case .layer(let layer) in rest.dropFirst() {
            if layer.keyword == "object" {
                try object(&objects, layer)
            } else {
                others.append(try payload([.layer(layer)]))
            }
        }
        guard !objects.octets.isEmpty else {
            quoted.append(others)
            return (quoted, nil)
        }
        let unit = isVersion6 ? 8 : 4
        let length = try layer.number("pad") ?? max(128, (quoted.octets.count + unit - 1) / unit * unit)
        quoted.octets += Array(repeating: 0, count: max(0, length - quoted.octets.count))
        quoted.append(try extensionStructure(objects))
        quoted.append(others)
        return (quoted, length)
    }

    /// RFC 4884 section 7: version 2, a checksum over the whole structure.
    private func extensionStructure(_ objects: PacketImage) throws -> PacketImage {
        var image = PacketImage(octets: [0x20, 0, 0, 0])
        image.append(objects)
        image.set(UInt64(ReferenceChecksum.checksum(image.octets)), at: 2, octets: 2)
        return image
    }

    /// object CLASS/TYPE HEX (RFC 4884 section 8)
    private func object(_ image: inout PacketImage, _ layer: Layer) throws {
        let kind = (layer.words.first ?? "").split(separator: "/").compactMap { UInt8($0) }
        guard kind.count == 2 else { throw layer.line.failure("object CLASS/TYPE HEX was expected") }
        let data = try Layer.octets(layer.words.dropFirst().joined(), layer.line)
        image.append(UInt64(data.count + 4), octets: 2)
        image.octets += [kind[0], kind[1]] + data
    }
}
