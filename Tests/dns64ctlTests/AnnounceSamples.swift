// What the documented daemon announces: the files of conf/announce.

import ControlProtocol
import Foundation

enum DocumentedAnnouncement {
    static let remarks: [AnnouncingProgram: [String]] = [
        .radvd: [
            "Option 108, which lets hosts do without IPv4, is DHCPv4's, and hosts without RDNSS need DHCPv6: dns64ctl "
                + "announce isc-dhcp, kea or dnsmasq --with radvd.",
            "Check and start:\nradvd --configtest --config /etc/radvd.conf\nsystemctl restart radvd",
        ],
        .kea: [
            "Kea sends no router advertisements:\ndns64ctl announce radvd --with kea --interface lan",
            "Check and start:\nkea-dhcp6 -t /etc/kea/kea-dhcp6.conf\nkea-dhcp4 -t /etc/kea/kea-dhcp4.conf\n"
                + "systemctl restart kea-dhcp6-server kea-dhcp4-server",
        ],
    ]

    private static let files: [AnnouncingProgram: [(path: String, sample: String)]] = [
        .radvd: [("/etc/radvd.conf", "radvd.conf")],
        .dnsmasq: [("/etc/dnsmasq.d/dns64.conf", "dnsmasq.conf")],
        .iscDHCP: [("/etc/dhcp/dhcpd6.conf", "dhcpd6.conf"), ("/etc/dhcp/dhcpd.conf", "dhcpd.conf")],
        .kea: [("/etc/kea/kea-dhcp6.conf", "kea-dhcp6.conf"), ("/etc/kea/kea-dhcp4.conf", "kea-dhcp4.conf")],
        .networkd: [("/etc/systemd/network/50-lan.network.d/90-dns64.conf", "networkd.conf")],
    ]

    static func sample(_ name: String) -> String { (try? Example.text(of: "conf/announce/\(name)")) ?? "" }

    static func report(_ program: AnnouncingProgram) -> AnnounceReport {
        AnnounceReport(
            program: program, interface: "lan",
            files: (files[program] ?? []).map { AnnouncedFile(path: $0.path, text: sample($0.sample)) },
            remarks: remarks[program] ?? [])
    }

    static func answer(_ request: AnnounceRequest) -> ControlResponse {
        guard request.interface ?? "lan" == "lan" else {
            return .refused(
                Refusal(
                    code: .invalid, message: "there is no interface \(request.interface ?? "")",
                    errors: ["interfaces: eth0, lan"]))
        }
        return .announce(report(request.program))
    }
}
