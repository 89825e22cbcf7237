// dhcpd.conf(5) of ISC DHCP: stateless DHCPv6 and DHCPv4 with option 108; two daemons, two files.

internal import NetAddress

enum ISCDHCP {
    static let path6 = "/etc/dhcp/dhcpd6.conf"
    static let path4 = "/etc/dhcp/dhcpd.conf"

    static func configuration(_ task: AnnouncingTask) -> ProgramConfiguration {
        var files = [ProgramConfiguration.File(path: path6, text: text6(task))]
        var remarks = [
            "ISC DHCP's maintenance ended in 2022, and Debian has it up to 13; Kea is its successor (dns64ctl announce kea)."
        ]
        if case .network(let network) = task.network.ipv4 {
            files.append(ProgramConfiguration.File(path: path4, text: text4(task, network)))
        } else {
            remarks.append(DHCPv4.absence(task))
        }
        let families = files.count == 2 ? "INTERFACESv6 and INTERFACESv4" : "INTERFACESv6"
        let check = files.count == 2 ? "\ndhcpd -4 -t -cf \(path4)" : ""
        remarks += [
            task.otherPart("dhcpd sends no router advertisements:", task.partner ?? .radvd, with: .iscDHCP),
            "In /etc/default/isc-dhcp-server: \(families) = \"\(task.interface)\".",
            AnnouncingTask.remark(
                "Check and start:", "dhcpd -6 -t -cf \(path6)\(check)", "systemctl restart isc-dhcp-server"),
        ]
        return ProgramConfiguration(files: files, remarks: remarks)
    }

    private static func head(_ path: String, _ what: String, _ task: AnnouncingTask) -> CommentedText {
        var text = CommentedText()
        text.say("\(path): \(what), to lead \(task.interface)'s clients to dns64d.")
        text.say("Printed by: \(task.command)")
        return text
    }

    private static func text6(_ task: AnnouncingTask) -> String {
        var text = head(path6, "stateless DHCPv6 (RFC 8415 section 6.1)", task)
        text.say(
            "For dhcpd -6; every 4.x will do. dhcpd sends no router advertisements, which have to set the "
                + "other-configuration flag and alone can carry PREF64.")
        text.gap()
        let resolvers = task.network.resolvers.map(\.description).joined(separator: ", ")
        text.add(
            "option dhcp6.name-servers \(resolvers);",
            "option dhcp6.info-refresh-time \(Lifetimes.informationRefresh);")
        text.gap()
        text.say("Without a range: hosts have made their addresses by themselves.")
        for prefix in task.network.prefixes { text.add("subnet6 \(prefix) {", "}") }
        return text.text
    }

    private static func text4(_ task: AnnouncingTask, _ network: AnnouncedNetwork.IPv4Network) -> String {
        var text = head(path4, "DHCPv4", task)
        text.say(
            "For dhcpd -4. Option 108 is built in since 4.4.3 (Debian 12); its definition below makes older ones know it, "
                + "and does newer ones no harm.")
        text.gap()
        let translates = !task.network.nat64.prefixes.isEmpty
        if translates { text.add("option v6-only-preferred code 108 = unsigned integer 32;") }
        text.add("authoritative;", "default-lease-time \(Lifetimes.lease);", "max-lease-time \(2 * Lifetimes.lease);")
        text.gap()
        text.add(
            "subnet \(network.base) netmask \(network.netmask) {",
            "    range \(network.pool.lowerBound) \(network.pool.upperBound);",
            "    option routers \(network.router);")
        if let resolver = network.resolver {
            text.add("    option domain-name-servers \(resolver);")
        } else {
            text.say(DHCPv4.noResolver, indent: "    ")
        }
        if translates {
            text.say(DHCPv4.v6Only, indent: "    ")
            text.add("    option v6-only-preferred \(Lifetimes.v6OnlyWait);")
        } else {
            text.say(DHCPv4.noTranslation, indent: "    ")
        }
        text.add("}")
        return text.text
    }
}
