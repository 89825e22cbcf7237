// radvd.conf(5): router advertisements. RFC 4861, RFC 8106 (RDNSS), RFC 8781 (PREF64).

internal import NetAddress

enum Radvd {
    static let path = "/etc/radvd.conf"
    /// The first release with nat64prefix; 2.19 takes the word for a syntax error and does not start.
    static let pref64 = ProgramVersion(2, 20)

    static func configuration(_ task: AnnouncingTask) throws(AnnouncementRefusal) -> ProgramConfiguration {
        guard !isWordOfItsOwn(task.interface) else {
            throw AnnouncementRefusal(
                "radvd can't read an interface's name that is a number or a word of its language: \(task.interface)",
                advice: ["rename it: ip link set dev \(task.interface) name NAME"])
        }
        var text = CommentedText()
        head(task, &text)
        text.gap()
        text.add("interface \(task.interface) {", "    AdvSendAdvert on;")
        flags(task, &text)
        // First the interval: the defaults of the blocks below are made of the one that was read until then.
        text.add(
            "    MaxRtrAdvInterval \(Lifetimes.maximumInterval);", "    AdvDefaultLifetime \(Lifetimes.router);")
        for prefix in task.network.prefixes {
            text.gap()
            text.add("    prefix \(prefix) {", "        AdvOnLink on;", "        AdvAutonomous on;", "    };")
        }
        text.gap()
        text.say("RFC 8106 section 5.1: the lifetime is at least 3 * MaxRtrAdvInterval.", indent: "    ")
        let resolvers = task.network.resolvers.map(\.description).joined(separator: " ")
        text.add("    RDNSS \(resolvers) {", "        AdvRDNSSLifetime \(Lifetimes.resolvers);", "    };")
        text.gap()
        addPref64(task, &text)
        text.add("};")
        return ProgramConfiguration(files: [.init(path: path, text: text.text)], remarks: remarks(task))
    }

    private static func head(_ task: AnnouncingTask, _ text: inout CommentedText) {
        text.say("\(path): router advertisements that lead \(task.interface)'s clients to dns64d.")
        text.say("Printed by: \(task.command)")
        text.say(
            "RDNSS works with every radvd. PREF64 (nat64prefix) needs radvd 2.20 or newer, which Debian 13 has; radvd "
                + "2.19, of Debian 12, takes it for a syntax error and refuses the whole file. radvd answers neither "
                + "DHCPv6 nor DHCPv4.")
    }

    /// RFC 4861 section 4.2: "If neither M nor O flags are set, this indicates that no information is available via
    /// DHCPv6."
    private static func flags(_ task: AnnouncingTask, _ text: inout CommentedText) {
        text.add("    AdvManagedFlag off;")
        if let server = task.duties.dhcpv6 {
            text.say(
                "On since \(server.rawValue) answers DHCPv6 here: \"other configuration information is available via "
                    + "DHCPv6\" (RFC 4861 section 4.2).", indent: "    ")
            text.add("    AdvOtherConfigFlag on;")
        } else {
            text.say(
                "On only where a DHCPv6 server answers: dns64ctl announce radvd --with isc-dhcp, kea or dnsmasq (RFC "
                    + "4861 section 4.2).", indent: "    ")
            text.add("    AdvOtherConfigFlag off;")
        }
    }

    private static func addPref64(_ task: AnnouncingTask, _ text: inout CommentedText) {
        if case .off(let policy) = task.network.nat64 {
            text.say("No PREF64: dns64d's policy \"\(policy)\" synthesizes nothing for this network.", indent: "    ")
            return
        }
        let blocks = task.network.nat64.prefixes.flatMap { prefix in
            ["    nat64prefix \(prefix) {", "        AdvValidLifetime \(Lifetimes.pref64);", "    };"]
        }
        if task.installed.isAtLeast(pref64) {
            text.say(
                "RFC 8781 section 4.1: 3 * MaxRtrAdvInterval, in units of 8 seconds, and not less than the router's own "
                    + "lifetime. radvd 2.20 or newer.", indent: "    ")
            text.add(blocks)
        } else {
            text.say("Take the marks away once radvd is 2.20 or newer: the one here is older.", indent: "    ")
            text.addCommentedOut(blocks)
        }
    }

    private static func remarks(_ task: AnnouncingTask) -> [String] {
        var remarks: [String] = []
        if case .version(let version) = task.installed, version < pref64, !task.network.nat64.prefixes.isEmpty {
            remarks.append(
                "radvd \(version) is installed here; PREF64 needs 2.20 or newer and is commented out. Until then clients "
                    + "find the prefix by asking for ipv4only.arpa (RFC 7050), which dns64d answers.")
        }
        if let server = task.duties.dhcpv6 {
            remarks.append(
                task.otherPart("The DHCP server's part:", server, with: server == .dnsmasq ? .radvd : nil))
        } else {
            remarks.append(
                "Option 108, which lets hosts do without IPv4, is DHCPv4's, and hosts without RDNSS need DHCPv6: dns64ctl "
                    + "announce isc-dhcp, kea or dnsmasq --with radvd.")
        }
        remarks.append(
            AnnouncingTask.remark("Check and start:", "radvd --configtest --config \(path)", "systemctl restart radvd"))
        return remarks
    }

    /// radvd's grammar knows no quotes that would let such a word stand for a name.
    private static func isWordOfItsOwn(_ name: String) -> Bool {
        let words: Set<String> = [
            "interface", "prefix", "route", "RDNSS", "DNSSL", "clients", "lowpanco", "abro", "nat64prefix", "infinity",
            "on", "off", "low", "medium", "high",
        ]
        let isNumber = name.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
        return isNumber || words.contains(name) || ["Adv", "Min", "Max"].contains { name.hasPrefix($0) }
    }
}
