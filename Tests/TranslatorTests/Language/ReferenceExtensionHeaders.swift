// IPv6 extension headers, built field by field (RFC 8200 section 4), and parts of datagrams.

extension ReferenceBuilder {
    /// Everything behind an IP header, and the number that announces it.
    func chain(_ nodes: ArraySlice<Node>, _ carrier: Carrier) throws -> (PacketImage, UInt8) {
        guard case .layer(let layer)? = nodes.first else { return (PacketImage(), 59) }
        let rest = nodes.dropFirst()
        switch layer.keyword {
        case "hopopts": return (try optionsHeader(layer, try chain(rest, carrier)), 0)
        case "dstopts": return (try optionsHeader(layer, try chain(rest, carrier)), 60)
        case "routing": return (try routingHeader(layer, try chain(rest, carrier)), 43)
        case "frag6": return (try fragmentHeader(layer, try chain(rest, carrier)), 44)
        case "udp": return (try udp(layer, rest, carrier), 17)
        case "tcp": return (try tcp(layer, rest, carrier), 6)
        case "icmp4": return (try icmp(layer, rest, carrier, isVersion6: false), 1)
        case "icmp6": return (try icmp(layer, rest, carrier, isVersion6: true), 58)
        default: return (try payload(nodes), 59)
        }
    }

    /// RFC 8200 sections 4.3 and 4.6: `hopopts [hex=OPTIONS] [len=N] [next=N]`; without options a PadN fills it.
    private func optionsHeader(_ layer: Layer, _ behind: (PacketImage, UInt8)) throws -> PacketImage {
        try layer.allow(["hex", "len", "next"])
        var options = try Layer.octets(layer.text("hex") ?? "010400000000", layer.line)
        while (options.count + 2) % 8 != 0 { options.append(0) }
        var image = PacketImage()
        put(
            &image, (try layer.value("next") ?? .number(UInt64(behind.1)), 8),
            (try layer.value("len") ?? .number(UInt64((options.count + 2) / 8 - 1)), 8))
        image.octets += options
        image.append(behind.0)
        return image
    }

    /// RFC 8200 section 4.4: `routing type=N left=N [addresses=A,B]`.
    private func routingHeader(_ layer: Layer, _ behind: (PacketImage, UInt8)) throws -> PacketImage {
        try layer.allow(["type", "left", "addresses", "len"])
        let route = (layer.text("addresses") ?? "").split(separator: ",").compactMap {
            AddressNames.ipv6(String($0), prefix: prefix)
        }
        var image = PacketImage()
        put(
            &image, (.number(UInt64(behind.1)), 8),
            (try layer.value("len") ?? .number(UInt64(route.count * 2)), 8), (try layer.value("type") ?? .number(0), 8),
            (try layer.value("left") ?? .number(0), 8), (.number(0), 32))
        image.octets += route.flatMap { $0 }
        image.append(behind.0)
        return image
    }

    /// RFC 8200 section 4.5: `frag6 id=N octets=FROM..TO [more=0|1] [offset=N]`; without `octets` all that follows.
    private func fragmentHeader(_ layer: Layer, _ behind: (PacketImage, UInt8)) throws -> PacketImage {
        try layer.allow(["id", "octets", "more", "offset", "next"])
        let part = try FragmentPart(layer, behind.0.octets.count)
        var image = PacketImage()
        put(
            &image, (try layer.value("next") ?? .number(UInt64(behind.1)), 8), (.number(0), 8),
            (try layer.value("offset") ?? .number(UInt64((part?.octets.lowerBound ?? 0) / 8)), 13), (.number(0), 2),
            (try layer.value("more") ?? .number(part?.hasMore == true ? 1 : 0), 1),
            (try layer.value("id") ?? (isExpected ? .any : .number(0)), 32))
        image.append(part.map { behind.0.slice($0.octets) } ?? behind.0)
        return image
    }
}

/// octets=FROM..TO: the part of a datagram that a fragment carries; TO itself is not in it. `FROM..` goes to the end.
struct FragmentPart {
    let octets: Range<Int>
    let hasMore: Bool

    init?(_ layer: Layer, _ whole: Int) throws {
        guard let text = layer.text("octets") else { return nil }
        let ends = text.split(separator: ".", omittingEmptySubsequences: true).compactMap { Int($0) }
        guard let from = ends.first, text.contains(".."), from <= whole, (ends.last ?? 0) >= from else {
            throw layer.line.failure("octets=FROM..TO was expected, within \(whole)")
        }
        octets = from..<(ends.count == 2 ? min(ends[1], whole) : whole)
        hasMore = octets.upperBound < whole
    }
}
