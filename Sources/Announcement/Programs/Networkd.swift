// systemd.network(5): router advertisements with RDNSS and PREF64, DHCPv4 with option 108; no DHCPv6 server.

internal import NetAddress

enum Networkd {
    /// The first release with [IPv6PREF64Prefix] and IPv6OnlyPreferredSec=; older ones pass them over with a warning.
    static let pref64 = ProgramVersion(255)

    static func configuration(_ task: AnnouncingTask) throws(AnnouncementRefusal) -> ProgramConfiguration {
        let network = task.network
        var ipv4: AnnouncedNetwork.IPv4Network?
        if task.duties.dhcpv4, case .network(let found) = network.ipv4 { ipv4 = found }
        guard task.duties.advertises || ipv4 != nil else {
            throw AnnouncementRefusal(
                "beside \(task.partner?.rawValue ?? "others"), networkd has nothing to announce on \(task.interface)",
                advice: [DHCPv4.absence(task)])
        }
        let path = path(task)
        var text = CommentedText()
        head(path, task, &text)
        text.gap()
        text.add("[Network]")
        if task.duties.advertises { text.add("IPv6SendRA=yes") }
        if ipv4 != nil { text.add("DHCPServer=yes") }
        if task.duties.advertises { addAdvertisements(task, &text) }
        if let ipv4 {
            addIPv4(task, ipv4, &text)
        } else if task.duties.dhcpv4 {
            text.gap()
            text.say(DHCPv4.absence(task))
        }
        return ProgramConfiguration(files: [.init(path: path, text: text.text)], remarks: remarks(task, path))
    }

    private static func path(_ task: AnnouncingTask) -> String {
        "/etc/systemd/network/\(fileName(task) ?? "50-\(task.interface).network").d/90-dns64.conf"
    }

    /// It goes into a path and a comment: only what looks like such a name is taken.
    private static func fileName(_ task: AnnouncingTask) -> String? {
        guard let name = task.networkFile, name.hasSuffix(".network"), name.count <= 200, name.first != "." else {
            return nil
        }
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "@"), UInt8(ascii: "+"):
                true
            default: false
            }
        }
        return isPlain ? name : nil
    }

    private static func head(_ path: String, _ task: AnnouncingTask, _ text: inout CommentedText) {
        let what = task.duties.advertises ? "advertisements" : "addresses"
        text.say("\(path): \(what) that lead \(task.interface)'s clients to dns64d.")
        text.say("Printed by: \(task.command)")
        if let name = fileName(task) {
            text.say("Adds to \(name), by which networkd configures \(task.interface).")
        } else {
            text.say(
                "Adds to the file by which networkd configures \(task.interface), here 50-\(task.interface).network: [Match] "
                    + "Name=\(task.interface), and [Network] Address= for each address.")
        }
        text.say(
            "systemd 255 or newer (Debian 13 has 257) for PREF64 and option 108; 252, of Debian 12, passes these lines over "
                + "with a warning and takes the rest. No version answers DHCPv6.")
    }

    private static func addAdvertisements(_ task: AnnouncingTask, _ text: inout CommentedText) {
        text.gap()
        text.add("[IPv6SendRA]", "Managed=no")
        if let server = task.duties.dhcpv6 {
            text.say("\(server.rawValue) answers DHCPv6 here (RFC 4861 section 4.2).")
            text.add("OtherInformation=yes")
        } else {
            text.say(
                "yes only where a DHCPv6 server answers: dns64ctl announce networkd --with isc-dhcp, kea or dnsmasq (RFC 4861 "
                    + "section 4.2).")
            text.add("OtherInformation=no")
        }
        let resolvers = task.network.resolvers.map(\.description).joined(separator: " ")
        text.add(
            "RouterLifetimeSec=\(Lifetimes.router)", "EmitDNS=yes", "DNS=\(resolvers)",
            "DNSLifetimeSec=\(Lifetimes.resolvers)")
        for prefix in task.network.prefixes {
            text.gap()
            text.add("[IPv6Prefix]", "Prefix=\(prefix)")
        }
        text.gap()
        if case .off(let policy) = task.network.nat64 {
            text.say("No PREF64: dns64d's policy \"\(policy)\" synthesizes nothing for this network.")
            return
        }
        text.say("RFC 8781 section 4.1: in units of 8 seconds, and not less than the router's own lifetime.")
        for prefix in task.network.nat64.prefixes {
            add(["[IPv6PREF64Prefix]", "Prefix=\(prefix)", "LifetimeSec=\(Lifetimes.pref64)"], task, &text)
        }
    }

    private static func addIPv4(
        _ task: AnnouncingTask, _ network: AnnouncedNetwork.IPv4Network, _ text: inout CommentedText
    ) {
        let offset = network.pool.lowerBound.rawValue - network.base.rawValue
        let size = network.pool.upperBound.rawValue - network.pool.lowerBound.rawValue + 1
        text.gap()
        text.add("[DHCPServer]", "PoolOffset=\(offset)", "PoolSize=\(size)")
        if let resolver = network.resolver {
            text.add("EmitDNS=yes", "DNS=\(resolver)")
        } else {
            text.say(DHCPv4.noResolver)
            text.add("EmitDNS=no")
        }
        guard !task.network.nat64.prefixes.isEmpty else { return text.say(DHCPv4.noTranslation) }
        text.say(DHCPv4.v6Only)
        add(["IPv6OnlyPreferredSec=\(Lifetimes.v6OnlyWait)"], task, &text)
    }

    private static func add(_ settings: [String], _ task: AnnouncingTask, _ text: inout CommentedText) {
        if task.installed.isAtLeast(pref64) { text.add(settings) } else { text.addCommentedOut(settings) }
    }

    private static func remarks(_ task: AnnouncingTask, _ path: String) -> [String] {
        var remarks: [String] = []
        if case .version(let version) = task.installed, version < pref64, !task.network.nat64.prefixes.isEmpty {
            remarks.append(
                "systemd \(version) is installed here; PREF64 and option 108 need 255 or newer and are commented out. Until "
                    + "then clients find the prefix by asking for ipv4only.arpa (RFC 7050), which dns64d answers.")
        }
        if let server = task.duties.dhcpv6 {
            remarks.append(task.otherPart("The DHCP server's part:", server, with: .networkd))
        }
        if fileName(task) == nil {
            remarks.append(
                "networkd does not say by which file it configures \(task.interface): put the name of that file in the place "
                    + "of 50-\(task.interface).network.")
        }
        remarks.append(
            AnnouncingTask.remark(
                "Start, and see what it passed over:", "networkctl reload", "journalctl -eu systemd-networkd"))
        return remarks
    }
}
