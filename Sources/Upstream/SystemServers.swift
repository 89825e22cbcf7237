// The servers that this machine uses itself: the `nameserver` lines of resolv.conf(5).

internal import Glibc
public import NetAddress

/// Reads the text of /etc/resolv.conf.
public enum SystemServers {
    /// The servers in order, each once, port 53. Lines that make no sense are skipped, as the C library does. Where
    /// this very process listens is left out, so that we never ask ourselves: `listening` are its addresses; a wildcard
    /// among them stands for loopback, and whoever knows the machine's own addresses adds them. `interfaceIndex` reads
    /// the part behind a %.
    public static func servers(
        inResolvConf text: String, listening: [SocketAddress] = [],
        interfaceIndex: (String) -> UInt32? = SystemServers.interfaceIndex
    ) -> [SocketAddress] {
        var result: [SocketAddress] = []
        for line in text.split(whereSeparator: \.isNewline) {
            guard let server = server(in: line, interfaceIndex), !result.contains(server),
                !listening.contains(where: { reaches($0, server) })
            else { continue }
            result.append(server)
        }
        return result
    }

    /// By name, or by number; nil for an interface that isn't there.
    public static func interfaceIndex(_ name: String) -> UInt32? {
        let index = if_nametoindex(name)
        return index != 0 ? index : UInt32(name).flatMap { $0 == 0 ? nil : $0 }
    }

    /// `nameserver ADDRESS`, perhaps with words behind it. Comments begin with # or ; at the line's beginning.
    private static func server(in line: Substring, _ interfaceIndex: (String) -> UInt32?) -> SocketAddress? {
        let words = line.split { $0 == " " || $0 == "\t" }
        guard words.count >= 2, words[0] == "nameserver" else { return nil }
        let parts = words[1].split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        guard parts.count == 2 else { return SocketAddress(address.unmapped, port: 53) }
        guard case .v6(let v6) = address, v6.isLinkLocal, let scope = interfaceIndex(String(parts[1]))
        else { return nil }
        return SocketAddress(address, port: 53, scope: scope)
    }

    /// Whether a question to `server` would arrive at a socket that is bound to `listening`.
    private static func reaches(_ listening: SocketAddress, _ server: SocketAddress) -> Bool {
        guard listening.port == server.port else { return false }
        let bound = listening.address.unmapped
        if bound == server.address {
            return listening.scope == 0 || server.scope == 0 || listening.scope == server.scope
        }
        switch (bound, server.address) {
        // Asking the unspecified address asks this host.
        case (.v4(let own), .v4(let asked)):
            return own.rawValue == 0 && asked.rawValue >> 24 == 127
                || asked.rawValue == 0 && own.rawValue >> 24 == 127
        case (.v6(let own), .v6(let asked)):
            return own.high == 0 && asked.high == 0 && own.low <= 1 && asked.low <= 1
        default:
            return false
        }
    }
}
