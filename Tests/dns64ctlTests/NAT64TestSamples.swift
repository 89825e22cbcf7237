// Tests of a translator, as dns64d reports them.

import ControlProtocol

enum NAT64TestSamples {
    static func report(_ request: NAT64TestRequest) -> NAT64TestReport {
        var report = request.port == 443 ? works : silence
        if !request.trace { report.hops = [] }
        return report
    }

    static let works = NAT64TestReport(
        host: "www.example.", works: true,
        steps: named + [
            NAT64TestStep(
                step: "connect", works: true,
                finding: "connected to port 443 from the client [2001:db8:1::b7c2]:50312, played on this box",
                milliseconds: 12.4),
            NAT64TestStep(
                step: "session", works: true, finding: "the translator sent it out from 203.0.113.9:50312, now trans"),
        ], hops: hops)

    static let silence = NAT64TestReport(
        host: "www.example.", works: false,
        steps: named + [
            NAT64TestStep(
                step: "connect", works: false,
                finding:
                    "4 SYNs to port 81 from the client [2001:db8:1::b7c2]:50312, played on this box, and no answer in "
                    + "4000 ms. The translator has no session for it: the packets never got there, or it dropped them",
                milliseconds: 4000,
                remedy: "sysctl net.ipv6.conf.all.forwarding has to say 1\n"
                    + "nft list ruleset: does a forward chain drop what comes in from dns64probe?")
        ], hops: Array(hops.prefix(1)))

    private static let named = [
        NAT64TestStep(
            step: "resolve", works: true, finding: "www.example. AAAA 64:ff9b::c633:6450, from [::1]:53",
            milliseconds: 0.41),
        NAT64TestStep(
            step: "synthesize", works: true,
            finding: "64:ff9b::c633:6450 is the IPv4 address 198.51.100.80 behind 64:ff9b::/96"),
        NAT64TestStep(step: "route", works: true, finding: "packets to 64:ff9b::c633:6450 leave by nat64"),
        NAT64TestStep(step: "translator", works: true, finding: "tun says that it works, and has 1874 sessions"),
    ]

    private static let hops = [
        NAT64TestHop(number: 1, address: "2001:db8:1::1", milliseconds: 0.05),
        NAT64TestHop(number: 2, address: "64:ff9b::c000:201", address4: "192.0.2.1", milliseconds: 0.12),
        NAT64TestHop(number: 3),
        NAT64TestHop(number: 4, address: "64:ff9b::c633:6450", address4: "198.51.100.80", milliseconds: 12.31),
    ]
}
