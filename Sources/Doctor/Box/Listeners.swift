// Who listens on this machine: /proc/net/tcp and its sisters (proc(5)).

internal import NetAddress

enum Listeners {
    static func read() -> [Box.Listener]? {
        var found: [Box.Listener] = []
        var isReadable = false
        for (file, proto) in [("tcp", "tcp"), ("tcp6", "tcp"), ("udp", "udp"), ("udp6", "udp")] {
            guard let text = BoxReader.text(of: "/proc/net/\(file)") else { continue }
            isReadable = true
            found += parse(text, proto)
        }
        return isReadable ? found : nil
    }

    /// - Parameter text: a header line, then `0: 0100007F:0035 00000000:0000 0A ...` for each socket.
    static func parse(_ text: String, _ proto: String) -> [Box.Listener] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let words = line.split(separator: " ")
            // TCP_LISTEN is 0A; a UDP socket that is not connected is 07 (TCP_CLOSE).
            guard words.count > 3, words[3] == (proto == "tcp" ? "0A" : "07") else { return nil }
            let parts = words[1].split(separator: ":")
            guard parts.count == 2, let port = UInt16(parts[1], radix: 16), port > 0, let address = address(parts[0])
            else { return nil }
            return Box.Listener(proto: proto, address: address, port: port)
        }
    }

    /// Words of 32 bits in this machine's order.
    private static func address(_ text: Substring) -> IPAddress? {
        guard text.count == 8 || text.count == 32 else { return nil }
        var words: [UInt32] = []
        var rest = text
        while !rest.isEmpty {
            guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
            words.append(UInt32(bigEndian: word))
            rest = rest.dropFirst(8)
        }
        if words.count == 1 { return .v4(IPv4Address(rawValue: words[0])) }
        return .v6(
            IPv6Address(high: UInt64(words[0]) << 32 | UInt64(words[1]), low: UInt64(words[2]) << 32 | UInt64(words[3]))
        )
    }
}
