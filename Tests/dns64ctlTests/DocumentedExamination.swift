// The examination of the examples in docs/dns64ctl.md.

import ControlProtocol

enum DocumentedExamination {
    static let report = DoctorReport(checks: [
        DoctorCheck(
            name: "daemon", light: .green, finding: "dns64d runs and answers on its control socket"),
        DoctorCheck(
            name: "clock", light: .yellow,
            finding: "nobody synchronizes the clock: DNSSEC and TLS fail for clients of a box that drifts",
            remedy: ["systemctl enable --now systemd-timesyncd, or install chrony; timedatectl says how it is"]),
        DoctorCheck(
            name: "addresses", subject: "lan", light: .green, finding: "clients reach this box at fd00:64::1/64"),
        DoctorCheck(name: "forwarding", light: .green, finding: "this box forwards IPv4 and IPv6"),
        DoctorCheck(
            name: "upstream-dns64", subject: "192.0.2.53:53", light: .red,
            finding:
                "it is a DNS64 with another prefix: ipv4only.arpa has 2001:db8:64::c000:aa there, so that clients get "
                + "addresses that this box does not translate",
            remedy: ["take a resolver without DNS64 as upstream, or exclude-aaaa: [\"2001:db8:64::/96\"]"]),
        DoctorCheck(
            name: "probe", subject: "192.0.2.53 port 53", light: .green,
            finding: "connected after 8.0 ms, through the translator"),
    ])
}
