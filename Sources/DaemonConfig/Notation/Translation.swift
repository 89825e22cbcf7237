// What the section `nat64` is written in: pool4 ranges, transport addresses, device names.

import NetAddress

extension Notation where Value == Configuration.NAT64.Pool4Range {
    static var pool4Range: Notation {
        text(
            "an IPv4 address, prefix or range (192.0.2.10-192.0.2.20), with ports behind a space if not all: "
                + "192.0.2.10 40000-49999"
        ) { text in
            let parts = text.split(separator: " ")
            guard (1...2).contains(parts.count) else { return .failure(Refusal()) }
            return addresses(parts[0], in: text).flatMap { addresses in
                if let reason = NeverPublic.reason(addresses) { return .failure(NeverPublic.refusal(text, reason)) }
                guard parts.count == 2 else { return .success(Value(addresses)) }
                guard let ports = ports(parts[1]) else { return .failure(Refusal()) }
                return .success(Value(addresses, ports: ports))
            }
        } write: {
            ScalarText.quoted("\($0)")
        }
    }

    private static func addresses(
        _ text: Substring, in element: String
    ) -> Result<ClosedRange<IPv4Address>, Refusal> {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        if ends.count == 2 {
            guard let first = IPv4Address(ends[0]), let last = IPv4Address(ends[1]) else { return .failure(Refusal()) }
            guard first <= last else {
                return .failure(
                    Refusal(
                        found: "\(ScalarText.shown(element)), which ends before it begins",
                        suggestion: ScalarText.shown("\(last)-\(first)")))
            }
            return .success(first...last)
        }
        return PrefixText.read(String(text)).flatMap { prefix in
            guard case .v4(let first) = prefix.address else { return .failure(Refusal()) }
            let others = prefix.length == 0 ? UInt32.max : (1 << UInt32(32 - prefix.length)) - 1
            return .success(first...IPv4Address(rawValue: first.rawValue | others))
        }
    }

    /// `40000-49999`, or one port.
    private static func ports(_ text: Substring) -> ClosedRange<UInt16>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { PortText.read($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last else {
            return nil
        }
        return first...last
    }
}

extension Notation where Value == Configuration.NAT64.ClientAddress {
    static var clientAddress: Notation {
        text("a unicast IPv6 address and a port, such as [2001:db8:64::2]:80; with icmp an identifier for the port") {
            text in
            guard let socket = SocketAddress(text, defaultPort: 0), socket.port != 0,
                case .v6(let address) = socket.address
            else { return .failure(Refusal()) }
            guard address.high >> 56 != 0xff, !address.isLinkLocal, address.high != 0 || address.low > 1 else {
                return .failure(
                    Refusal(found: "\(ScalarText.shown(text)), which no other host reaches by this address"))
            }
            return .success(Value(address, port: socket.port))
        } write: {
            ScalarText.quoted("\($0)")
        }
    }
}

extension Notation where Value == Configuration.NAT64.PublicAddress {
    static var publicAddress: Notation {
        text(
            "an IPv4 address and a port, such as 203.0.113.9:8080, or *:8080 for this host's own address; "
                + "with icmp an identifier for the port"
        ) { text in
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let port = PortText.read(parts[1]) else { return .failure(Refusal()) }
            if parts[0].isEmpty || parts[0] == "*" { return .success(Value(nil, port: port)) }
            guard let address = IPv4Address(parts[0]) else { return .failure(Refusal()) }
            if let reason = NeverPublic.reason(address...address) {
                return .failure(NeverPublic.refusal(text, reason))
            }
            return .success(Value(address, port: port))
        } write: {
            ScalarText.quoted("\($0)")
        }
    }
}

extension Notation where Value == String {
    /// dev_valid_name of Linux: no slash, colon or white space. `%` would make the kernel put a number there; `all` and
    /// `default` stand for other things than a device where sysctls are set.
    static var deviceName: Notation {
        string("a device's name: 1 to 15 printable letters without space, /, : or %; not lo, all or default") { text in
            (1...15).contains(text.utf8.count) && !["lo", "all", "default", ".", ".."].contains(text)
                && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"/:%".utf8.contains($0) }
        }
    }
}

extension Notation where Value == Int {
    static func powerOfTwo(_ range: ClosedRange<Int>) -> Notation {
        plain("a power of two from \(range.lowerBound) to \(range.upperBound)") { text in
            digits(text).flatMap { range.contains($0) && $0.nonzeroBitCount == 1 ? $0 : nil }
        } write: {
            "\($0)"
        }
    }
}

enum PortText {
    /// A port without sign or leading zeros; nil for 0.
    static func read(_ text: some StringProtocol) -> UInt16? {
        Notation<Int>.digits(text).flatMap { UInt16(exactly: $0) }.flatMap { $0 == 0 ? nil : $0 }
    }
}

/// IPv4 addresses that no host has in public (RFC 1122 section 3.2.1.3, RFC 5771, RFC 919).
enum NeverPublic {
    private static let ranges: [(addresses: ClosedRange<IPv4Address>, what: String)] = [
        (IPv4Address(0, 0, 0, 0)...IPv4Address(0, 255, 255, 255), "this network (0.0.0.0/8)"),
        (IPv4Address(127, 0, 0, 0)...IPv4Address(127, 255, 255, 255), "loopback (127.0.0.0/8)"),
        (IPv4Address(224, 0, 0, 0)...IPv4Address(239, 255, 255, 255), "multicast (224.0.0.0/4)"),
        (IPv4Address(255, 255, 255, 255)...IPv4Address(255, 255, 255, 255), "broadcast (255.255.255.255)"),
    ]

    /// What some of `addresses` are; nil if they can all be public.
    static func reason(_ addresses: ClosedRange<IPv4Address>) -> String? {
        ranges.first { $0.addresses.overlaps(addresses) }?.what
    }

    static func refusal(_ text: String, _ reason: String) -> Refusal {
        Refusal(found: "\(ScalarText.shown(text)), which is or holds \(reason)")
    }
}
