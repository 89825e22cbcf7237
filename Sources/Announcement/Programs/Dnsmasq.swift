// dnsmasq(8): router advertisements with RDNSS, stateless DHCPv6 and DHCPv4 with option 108; no PREF64.

internal import NetAddress

enum Dnsmasq {
    static let path = "/etc/dnsmasq.d/dns64.conf"
    /// The first release that knows option 108 by name.
    static let optionName = ProgramVersion(2, 87)

    static func configuration(_ task: AnnouncingTask) -> ProgramConfiguration {
        var text = CommentedText()
        head(task, &text)
        text.gap()
        text.say("dns64d is the resolver: no DNS here, so that port 53 is free.")
        text.add("port=0", "interface=\(task.interface)", "bind-dynamic")
        text.gap()
        addIPv6(task, &text)
        text.gap()
        addIPv4(task, &text)
        return ProgramConfiguration(files: [.init(path: path, text: text.text)], remarks: remarks(task))
    }

    private static func head(_ task: AnnouncingTask, _ text: inout CommentedText) {
        let what = task.duties.advertises ? "router advertisements and DHCP" : "DHCP"
        text.say("\(path): \(what), to lead \(task.interface)'s clients to dns64d.")
        text.say("Printed by: \(task.command)")
        let instead = task.duties.advertises ? "; radvd 2.20 or newer can: dns64ctl announce dnsmasq --with radvd" : ""
        text.say(
            "dnsmasq 2.87 or newer (Debian 12 has 2.90) knows option 108 by its name. None up to 2.93 can announce "
                + "PREF64\(instead).")
    }

    private static func addIPv6(_ task: AnnouncingTask, _ text: inout CommentedText) {
        if task.duties.advertises {
            text.say(
                "Router advertisements with the other-configuration flag, and stateless DHCPv6 (RFC 8415 section 6.1). The "
                    + "name servers' lifetime is the lease's, more than 3 advertisements' (RFC 8106 section 5.1).")
            text.add(
                "enable-ra", "dhcp-range=::,constructor:\(task.interface),ra-stateless,64,1h",
                "ra-param=\(task.interface),\(Lifetimes.maximumInterval),\(Lifetimes.router)")
        } else {
            text.say(
                "Stateless DHCPv6 alone (RFC 8415 section 6.1): \(task.partner?.rawValue ?? "another program") sends the "
                    + "router advertisements, with the other-configuration flag.")
            text.add("dhcp-range=::,static")
        }
        let resolvers = task.network.resolvers.map { "[\($0)]" }.joined(separator: ",")
        text.add("dhcp-option=option6:dns-server,\(resolvers)")
    }

    private static func addIPv4(_ task: AnnouncingTask, _ text: inout CommentedText) {
        guard case .network(let network) = task.network.ipv4 else {
            text.say(DHCPv4.absence(task))
            return
        }
        text.add(
            "dhcp-range=\(network.pool.lowerBound),\(network.pool.upperBound),\(network.netmask),1h",
            "dhcp-option=option:router,\(network.router)")
        if let resolver = network.resolver {
            text.add("dhcp-option=option:dns-server,\(resolver)")
        } else {
            text.say(DHCPv4.noResolver)
        }
        guard !task.network.nat64.prefixes.isEmpty else { return text.say(DHCPv4.noTranslation) }
        text.say(DHCPv4.v6Only + " dhcp-option, not dhcp-option-force: it is sent to hosts that ask for it alone.")
        let isNamed = task.installed.isAtLeast(optionName)
        text.add("dhcp-option=\(isNamed ? "option:ipv6-only,\(Lifetimes.v6OnlyWait)" : "108,\(Lifetimes.v6OnlyWait)i")")
    }

    private static func remarks(_ task: AnnouncingTask) -> [String] {
        var remarks: [String] = []
        if !task.network.nat64.prefixes.isEmpty, task.duties.advertises {
            remarks.append(
                "dnsmasq can't announce PREF64; clients find the prefix by asking for ipv4only.arpa (RFC 7050), which dns64d "
                    + "answers. For PREF64 let radvd 2.20 or newer advertise:\n"
                    + AnnouncingTask.command(.radvd, with: .dnsmasq, on: task.interface) + "\n"
                    + AnnouncingTask.command(.dnsmasq, with: .radvd, on: task.interface))
        }
        if let partner = task.partner {
            remarks.append(task.otherPart("The router advertisements:", partner, with: .dnsmasq))
        }
        remarks.append(
            AnnouncingTask.remark("Check and start:", "dnsmasq --test -C \(path)", "systemctl restart dnsmasq"))
        return remarks
    }
}
