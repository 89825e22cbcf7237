// Which version of an announcing program this host has, and by which file networkd configures an interface.

internal import Announcement
internal import Glibc
internal import HostNetwork
internal import LinuxIO

extension Announcer {
    /// Asks the program itself.
    func installed() async -> InstalledProgram {
        let (program, argument) = version
        guard Programs.isThere(program) else { return .missing }
        let result = await Programs.run(
            program: program, arguments: [argument], namespace: nil, timeLimit: .seconds(2), outputLimit: 65_536)
        // Some say it on standard error, and some of those end with status 1.
        let text = String(decoding: result.output, as: UTF8.self) + "\n" + result.words
        return ProgramVersion(printed: text).map { .version($0) } ?? .unknown
    }

    private var version: (program: String, argument: String) {
        switch self {
        case .radvd: ("radvd", "--version")
        case .dnsmasq: ("dnsmasq", "--version")
        case .iscDHCP: ("dhcpd", "--version")
        case .kea: ("kea-dhcp4", "-v")
        case .networkd: ("networkctl", "--version")
        }
    }
}

/// What networkd writes down of its links, for others to read.
enum NetworkdLink {
    /// The name of the .network file of an interface, without its folder; nil if networkd does not have it.
    static func file(of interface: String) -> String? {
        let index = if_nametoindex(interface)
        guard index != 0, let file = fopen("/run/systemd/netif/links/\(index)", "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = fread(&bytes, 1, bytes.count, file)
        let key = "NETWORK_FILE="
        let line = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.dropFirst(key.count).split(separator: "/").last.map(String.init)
    }
}
