// Addresses on the command line. What can't be one is a mistake in usage, found before any daemon is asked.

public import ArgumentParser
public import ControlProtocol
import Glibc

extension NAT64Protocol: ExpressibleByArgument {}

/// An IPv6 address or prefix.
struct IPv6Network: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard AddressText.isNetwork(argument, family: AF_INET6) else { return nil }
        text = argument
    }
}

/// An IPv4 address or prefix.
struct IPv4Network: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard AddressText.isNetwork(argument, family: AF_INET) else { return nil }
        text = argument
    }
}

/// `192.0.2.1`, `192.0.2.0/24`, `192.0.2.1:8080`, `:8080`, `*:8080`.
struct PublicNetwork: ExpressibleByArgument {
    let network: String?
    let port: UInt16?

    init?(argument: String) {
        let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let host = String(parts[0])
        port = parts.count == 2 ? AddressText.port(parts[1]) : nil
        if parts.count == 2, port == nil { return nil }
        network = ["", "*"].contains(host) ? nil : host
        guard network.map({ AddressText.isNetwork($0, family: AF_INET) }) ?? (port != nil) else { return nil }
    }
}

/// `[2001:db8::2]:80`.
struct ClientEndpoint: ExpressibleByArgument {
    let address: String
    let port: UInt16

    init?(argument: String) {
        guard argument.first == "[", let end = argument.lastIndex(of: "]") else { return nil }
        let address = argument[argument.index(after: argument.startIndex)..<end]
        let behind = argument[argument.index(after: end)...]
        guard AddressText.isAddress(String(address), family: AF_INET6), behind.first == ":",
            let port = AddressText.port(behind.dropFirst())
        else { return nil }
        self.address = String(address)
        self.port = port
    }
}

/// `203.0.113.9:8080`, `:8080`, `*:8080`.
struct PublicEndpoint: ExpressibleByArgument {
    /// nil for the host's own.
    let address: String?
    let port: UInt16

    init?(argument: String) {
        let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let port = AddressText.port(parts[1]) else { return nil }
        let host = String(parts[0])
        address = ["", "*"].contains(host) ? nil : host
        guard address.map({ AddressText.isAddress($0, family: AF_INET) }) ?? true else { return nil }
        self.port = port
    }
}

enum AddressText {
    static func isAddress(_ text: String, family: Int32) -> Bool { octets(text, family: family) != nil }

    /// An address, or a prefix without bits behind its length.
    static func isNetwork(_ text: String, family: Int32) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let octets = octets(String(parts[0]), family: family) else { return false }
        guard parts.count == 2 else { return true }
        guard let length = number(parts[1]), length <= octets.count * 8 else { return false }
        return octets.enumerated().allSatisfy { index, octet in
            let kept = min(8, max(0, length - index * 8))
            return octet & UInt8(truncatingIfNeeded: 0xFF >> kept) == 0
        }
    }

    /// 1 to 65535.
    static func port(_ text: some StringProtocol) -> UInt16? {
        number(text).flatMap { UInt16(exactly: $0) }.flatMap { $0 == 0 ? nil : $0 }
    }

    private static func number(_ text: some StringProtocol) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private static func octets(_ text: String, family: Int32) -> [UInt8]? {
        var octets = [UInt8](repeating: 0, count: family == AF_INET ? 4 : 16)
        return inet_pton(family, text, &octets) == 1 ? octets : nil
    }
}
