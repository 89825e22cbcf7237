// Addresses to listen on and to ask, interface names.

import NetAddress

extension Notation where Value == Configuration.ListenAddress {
    static var listenAddress: Notation {
        text("an address, address:port, [v6]:port, an interface name or interface:port; port 1 to 65535") { text in
            if let address = SocketAddress(text, defaultPort: 53) { return .success(.address(address)) }
            if let (address, interface) = ScopedAddressText.read(text) {
                return .success(.linkLocal(address, interface: interface))
            }
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            // It could be an interface's name, but it never is.
            if parts[0] == "localhost" { return .failure(Refusal(suggestion: "127.0.0.1\(text.dropFirst(9))")) }
            guard InterfaceName.isLegal(String(parts[0])) else { return .failure(Refusal()) }
            if parts.count == 1 { return .success(.interface(text, port: 53)) }
            guard let port = UInt16(parts[1]), port != 0, parts[1] == "\(port)" else { return .failure(Refusal()) }
            return .success(.interface(String(parts[0]), port: port))
        } write: { address in
            switch address {
            case .address(let address): ScalarText.quoted("\(address)")
            case .linkLocal(let address, let interface): ScalarText.quoted(ScopedAddressText.text(address, interface))
            case .interface(let name, let port): ScalarText.quoted("\(name):\(port)")
            }
        }
    }
}

extension Notation where Value == Configuration.UpstreamServer {
    static var upstreamServer: Notation {
        text("system, an address, address:port or [v6]:port (link-local IPv6 with %interface); port 1 to 65535") {
            text in
            if text == "system" { return .success(.system) }
            if let (address, scope) = ScopedAddressText.read(text) { return .success(.address(address, scope: scope)) }
            guard let address = SocketAddress(text, defaultPort: 53) else {
                return .failure(Refusal(suggestion: NearestWord.to(text, among: ["system"])))
            }
            return .success(.address(address, scope: nil))
        } write: { server in
            switch server {
            case .system: "system"
            case .address(let address, let scope?): ScalarText.quoted(ScopedAddressText.text(address, scope))
            case .address(let address, nil): ScalarText.quoted("\(address)")
            }
        }
    }
}

/// `fe80::1%eth0` and `[fe80::1%eth0]:port` (RFC 4007 section 11.2), for link-local addresses alone.
enum ScopedAddressText {
    static func read(_ text: String) -> (address: SocketAddress, interface: String)? {
        guard let percent = text.firstIndex(of: "%") else { return nil }
        let behind = text[text.index(after: percent)...]
        let interface = behind.prefix { $0 != "]" }
        let unscoped = text[..<percent] + behind.dropFirst(interface.count)
        guard let address = SocketAddress(String(unscoped), defaultPort: 53), InterfaceName.isLegal(String(interface)),
            case .v6(let v6) = address.address, v6.isLinkLocal
        else { return nil }
        return (address, String(interface))
    }

    static func text(_ address: SocketAddress, _ interface: String) -> String {
        "[\(address.address)%\(interface)]:\(address.port)"
    }
}

enum InterfaceName {
    /// IFNAMSIZ leaves 15 octets. One that begins with a digit is refused: it is a misspelt address far more often.
    static func isLegal(_ text: String) -> Bool {
        guard (1...15).contains(text.utf8.count), let first = text.utf8.first, !(48...57).contains(first) else {
            return false
        }
        return first != UInt8(ascii: ".") && first != UInt8(ascii: "-")
            && text.utf8.allSatisfy { octet in
                switch octet {
                case 48...57, 65...90, 97...122: true
                default: "_-.@".utf8.contains(octet)
                }
            }
    }
}
