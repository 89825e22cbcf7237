// The programs that tell a network's clients where they are, as guides combine them, each with the file that
// `dns64ctl announce` printed for it, as it stands.

import Foundation
import Testing

enum AnnouncingPrograms: String, CaseIterable, CustomTestStringConvertible {
    /// Router advertisements by radvd, DHCPv6 by ISC's dhcpd.
    case iscDHCP = "isc-dhcp"
    /// Both by dnsmasq.
    case dnsmasq
    /// Router advertisements by radvd, DHCPv6 by Kea.
    case kea

    var testDescription: String { self == .dnsmasq ? "dnsmasq" : "\(rawValue) and radvd" }

    /// This machine's for one, and for the other one that announces PREF64, if there is any: both are in use.
    func radvd(_ house: House) throws -> Radvd {
        let newer = self == .kea ? try Radvd.newer(house) : nil
        return try newer ?? Radvd.installed(house)
    }
}

/// One of them that runs on the box.
struct Announcer {
    /// The words for `dns64ctl announce`.
    let words: [String]
    let file: String
    /// How it is started in the foreground.
    let command: String
    var environment: [String: String] = [:]
    /// The folder in /var/lib that it keeps its identifier in and can't be told another: it gets a /var/lib of its own.
    var ownState: String?
    /// What it says once it can be asked.
    let isReady: String
}

extension WholeBox {
    /// The programs of this choice. `radvd` is that one's path.
    private func announcers(_ programs: AnnouncingPrograms, radvd: String) throws -> [Announcer] {
        let folder = house.path("announce")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let router = Announcer(
            words: ["radvd", "--with", programs.rawValue], file: "\(folder)/radvd.conf",
            command: "\(radvd) -n -m stderr -p \(folder)/radvd.pid -C \(folder)/radvd.conf",
            isReady: "version")
        switch programs {
        case .iscDHCP:
            try house.write("announce/leases", "")
            return [
                router,
                Announcer(
                    words: ["isc-dhcp", "--file", "dhcpd6.conf"], file: "\(folder)/dhcpd6.conf",
                    command: try copy(of: "dhcpd")
                        + " -6 -f -d -cf \(folder)/dhcpd6.conf -lf \(folder)/leases --no-pid lan",
                    isReady: "Server starting service"),
            ]
        case .dnsmasq:
            return [
                Announcer(
                    words: ["dnsmasq"], file: "\(folder)/dnsmasq.conf",
                    command: try copy(of: "dnsmasq")
                        + " -k -C \(folder)/dnsmasq.conf --pid-file= --dhcp-leasefile=\(folder)/leases "
                        + "--log-facility=- --user=root", isReady: "DHCPv6")
            ]
        case .kea:
            return [
                router,
                Announcer(
                    words: ["kea", "--file", "kea-dhcp6.conf"], file: "\(folder)/kea-dhcp6.conf",
                    command: try copy(of: "kea-dhcp6") + " -c \(folder)/kea-dhcp6.conf",
                    environment: ["KEA_PIDFILE_DIR": folder, "KEA_LOCKFILE_DIR": folder],
                    ownState: "kea",
                    isReady: "DHCP6_STARTED"),
            ]
        }
    }

    /// Has each file printed, and starts each program with it.
    func announce(_ programs: AnnouncingPrograms, _ daemon: Daemon, radvd: Radvd) throws -> [Child] {
        try announcers(programs, radvd: radvd.program).map { announcer in
            let text = try announcement(daemon, announcer.words)
            try text.write(toFile: announcer.file, atomically: true, encoding: .utf8)
            return try start(announcer)
        }
    }

    /// The same programs with the same files, after their end.
    func announceAgain(_ programs: AnnouncingPrograms, radvd: Radvd) throws -> [Child] {
        try announcers(programs, radvd: radvd.program).map(start)
    }

    private func start(_ announcer: Announcer) throws -> Child {
        var prefix = box.prefix
        if let folder = announcer.ownState {
            let own = house.path("state")
            try FileManager.default.createDirectory(atPath: "\(own)/\(folder)", withIntermediateDirectories: true)
            prefix += ["sh", "-c", "mount --bind \(own) /var/lib && exec \"$@\"", "sh"]
        }
        let child = try house.start(
            prefix + announcer.command.split(separator: " ").map(String.init), environment: announcer.environment)
        let isReady = eventually(within: 30) {
            !child.isRunning || (child.errors + child.output).contains(announcer.isReady)
        }
        guard isReady, child.isRunning else {
            throw HarnessError("\(announcer.command): \(child.errors)\(child.output)")
        }
        return child
    }
}
