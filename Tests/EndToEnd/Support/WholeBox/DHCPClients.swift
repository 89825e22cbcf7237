// ISC's dhclient on the box and on the client, with a script of the test's own: the system's writes /etc/resolv.conf by
// a rename, which would reach the real machine's /etc.

import Foundation
import Testing

extension WholeBox {
    /// dhclient-script(8): what the client was given comes in the environment.
    private static let script = """
        #!/bin/sh
        PATH=/usr/sbin:/usr/bin:/sbin:/bin
        servers=$new_domain_name_servers$new_dhcp6_name_servers
        case $reason in
        BOUND | RENEW | REBIND | REBOOT)
            if [ -n "$old_ip_address" ] && [ "$old_ip_address" != "$new_ip_address" ]; then
                ip -4 addr flush dev "$interface"
            fi
            ip -4 addr replace "$new_ip_address/$new_subnet_mask" broadcast "$new_broadcast_address" \\
                valid_lft "$new_dhcp_lease_time" preferred_lft "$new_dhcp_lease_time" dev "$interface"
            ip -4 route replace default via "$new_routers" dev "$interface"
            ;;
        EXPIRE | FAIL | RELEASE | STOP)
            ip -4 addr flush dev "$interface"
            ;;
        esac
        case $reason in
        BOUND* | RENEW* | REBIND* | REBOOT*)
            for server in $servers; do echo "nameserver $server"; done >/etc/resolv.conf
            ;;
        esac

        """

    private func dhclient(_ place: Namespace, _ interface: String, _ options: String) throws -> Child {
        let script = try house.script("dhclient-script", Self.script)
        // The file of leases has to be there.
        let leases = try house.write("leases\(house.number())", "")
        let configuration = try house.write("dhclient.conf", "initial-interval 1;\nbackoff-cutoff 2;\nretry 1;\n")
        return try start(
            place,
            copy(of: "dhclient") + " -d \(options) -sf \(script) -lf \(leases) -pf \(leases).pid "
                + "-cf \(configuration) \(interface)"
        )
    }

    /// The box gets its address, its route and its name server.
    func leaseBoxAddress() throws {
        let child = try dhclient(box, "wan", "-4")
        let isThere = try eventually(within: 30, every: 50) {
            try boxAddress4() == lease?.address && box.resolver.contains(Self.serverAddress)
        }
        guard isThere else { throw HarnessError("the box got no lease: \(child.errors)") }
    }

    /// The client comes into the network: it asks for a router, makes itself an address (RFC 4862), and asks for other
    /// configuration (RFC 8415 section 6.1).
    func joinNetwork() throws {
        try set(client, "ipv6/conf/c0/disable_ipv6", "0")
        let hasAddress = try eventually(within: 30, every: 50) {
            try clientAddresses().contains { $0.hasPrefix("fd00:64:") }
                && client.inside("ip", "-6", "route", "show", "default").contains("proto ra")
        }
        guard hasAddress else { throw HarnessError("no router advertisement came: \(try clientAddresses())") }
        try askForConfiguration()
    }

    /// The client's stateless DHCPv6, once.
    func askForConfiguration() throws {
        try client.resolve("")
        let child = try dhclient(client, "c0", "-6 -S")
        let ending = child.wait(seconds: 30)
        guard ending == .exit(0), client.resolver.contains("nameserver") else {
            child.end()
            throw HarnessError("DHCPv6 gave the client nothing: \(child.errors)")
        }
    }

    func clientAddresses() throws -> [String] {
        try client.inside("ip", "-o", "addr", "show", "dev", "c0").split(whereSeparator: \.isWhitespace)
            .filter { $0.contains("/") && $0.first?.isHexDigit == true }.map { String($0.prefix { $0 != "/" }) }
    }
}
