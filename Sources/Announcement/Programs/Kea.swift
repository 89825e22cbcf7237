// Kea's configuration, JSON with comments: stateless DHCPv6 and DHCPv4 with option 108; two daemons, two files.

internal import NetAddress

enum Kea {
    static let path6 = "/etc/kea/kea-dhcp6.conf"
    static let path4 = "/etc/kea/kea-dhcp4.conf"
    /// The first release with the option v6-only-preferred.
    static let v6Only = ProgramVersion(1, 9, 0)

    static func configuration(_ task: AnnouncingTask) -> ProgramConfiguration {
        var files = [ProgramConfiguration.File(path: path6, text: text6(task))]
        var remarks: [String] = []
        if case .network(let network) = task.network.ipv4 {
            files.append(ProgramConfiguration.File(path: path4, text: text4(task, network)))
        } else {
            remarks.append(DHCPv4.absence(task))
        }
        let check = files.count == 2 ? "\nkea-dhcp4 -t \(path4)" : ""
        let services = files.count == 2 ? "kea-dhcp6-server kea-dhcp4-server" : "kea-dhcp6-server"
        remarks += [
            task.otherPart("Kea sends no router advertisements:", task.partner ?? .radvd, with: .kea),
            AnnouncingTask.remark("Check and start:", "kea-dhcp6 -t \(path6)\(check)", "systemctl restart \(services)"),
        ]
        return ProgramConfiguration(files: files, remarks: remarks)
    }

    private static func head(_ path: String, _ what: String, _ task: AnnouncingTask) -> CommentedText {
        var text = CommentedText(mark: "//")
        text.say("\(path): \(what), to lead \(task.interface)'s clients to dns64d.")
        text.say("Printed by: \(task.command)")
        return text
    }

    private static func text6(_ task: AnnouncingTask) -> String {
        var text = head(path6, "stateless DHCPv6 (RFC 8415 section 6.1)", task)
        text.say(
            "Every Kea will do. Kea sends no router advertisements, which have to set the other-configuration flag and "
                + "alone can carry PREF64.")
        let resolvers = task.network.resolvers.map(\.description).joined(separator: ", ")
        text.add(
            "{", "  \"Dhcp6\": {", "    \"interfaces-config\": { \"interfaces\": [ \"\(task.interface)\" ] },",
            "    \"lease-database\": { \"type\": \"memfile\", \"persist\": false },", "    \"option-data\": [",
            "      { \"name\": \"dns-servers\", \"data\": \"\(resolvers)\" },",
            "      { \"name\": \"information-refresh-time\", \"data\": \"\(Lifetimes.informationRefresh)\" }",
            "    ],")
        text.say("Without pools: hosts have made their addresses by themselves. Kea 3.0 needs the id.", indent: "    ")
        text.add("    \"subnet6\": [")
        for (index, prefix) in task.network.prefixes.enumerated() {
            let comma = index + 1 < task.network.prefixes.count ? "," : ""
            text.add(
                "      { \"id\": \(index + 1), \"subnet\": \"\(prefix)\", \"interface\": \"\(task.interface)\" }\(comma)"
            )
        }
        text.add("    ]", "  }", "}")
        return text.text
    }

    private static func text4(_ task: AnnouncingTask, _ network: AnnouncedNetwork.IPv4Network) -> String {
        var text = head(path4, "DHCPv4", task)
        text.say(
            "Option 108 needs Kea 1.9.0 or newer (Debian 12 has 2.2). From 2.7.1 on, hosts that ask for it are given no "
                + "address beside it, which RFC 8925 section 3.3 prefers.")
        text.add(
            "{", "  \"Dhcp4\": {", "    \"interfaces-config\": { \"interfaces\": [ \"\(task.interface)\" ] },",
            "    \"lease-database\": { \"type\": \"memfile\", \"lfc-interval\": 3600 },",
            "    \"valid-lifetime\": \(Lifetimes.lease),", "    \"subnet4\": [", "      {", "        \"id\": 1,",
            "        \"subnet\": \"\(network.prefix)\",", "        \"interface\": \"\(task.interface)\",",
            "        \"pools\": [ { \"pool\": \"\(network.pool.lowerBound) - \(network.pool.upperBound)\" } ],",
            "        \"option-data\": [")
        options(task, network, &text)
        text.add("        ]", "      }", "    ]", "  }", "}")
        return text.text
    }

    /// A comment stands in front of what it is about, so that the commas are right whatever is left out.
    private static func options(
        _ task: AnnouncingTask, _ network: AnnouncedNetwork.IPv4Network, _ text: inout CommentedText
    ) {
        let indent = "          "
        let hasV6Only = !task.network.nat64.prefixes.isEmpty && task.installed.isAtLeast(v6Only)
        if network.resolver == nil { text.say(DHCPv4.noResolver, indent: indent) }
        if task.network.nat64.prefixes.isEmpty {
            text.say(DHCPv4.noTranslation, indent: indent)
        } else if !hasV6Only {
            text.say("No option 108: the Kea here is older than 1.9.0.", indent: indent)
        }
        var options = [("routers", "\(network.router)")]
        if let resolver = network.resolver { options.append(("domain-name-servers", "\(resolver)")) }
        if hasV6Only { options.append(("v6-only-preferred", "\(Lifetimes.v6OnlyWait)")) }
        for (index, (name, data)) in options.enumerated() {
            if name == "v6-only-preferred" { text.say(DHCPv4.v6Only, indent: indent) }
            let comma = index + 1 < options.count ? "," : ""
            text.add("\(indent){ \"name\": \"\(name)\", \"data\": \"\(data)\" }\(comma)")
        }
    }
}
