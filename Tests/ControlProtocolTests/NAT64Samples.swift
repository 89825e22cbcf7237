// One of each message about the translator, with and without what may be absent.

import ControlProtocol

enum NAT64Samples {
    static let selection = NAT64Selection(
        proto: .tcp, client: "2001:db8::/64", remote: "198.51.100.0/24", publicPrefix: "192.0.2.1", publicPort: 8080)

    static let binding = NAT64StaticBinding(
        proto: .tcp, client: "2001:db8::2", clientPort: 80, public: "192.0.2.1", publicPort: 8080)

    static let session = NAT64Session(
        proto: "tcp", client: "2001:db8::17", clientPort: 50_312, remote6: "64:ff9b::c633:6450", public: "192.0.2.1",
        publicPort: 40_312, remote: "198.51.100.80", remotePort: 443, state: "established", remainingSeconds: 7438,
        name: "www.example")

    static let requests: [NAT64Request] = [
        .status, .sessions(NAT64PageRequest(limit: 1000)),
        .sessions(NAT64PageRequest(selection: selection, after: "3/17", limit: 1)),
        .bindings(NAT64PageRequest(selection: NAT64Selection(publicPort: 65_535), limit: 1)), .stats, .bind(binding),
        .bind(NAT64StaticBinding(proto: .icmp, client: "2001:db8::2", clientPort: 7, public: nil, publicPort: 7)),
        .unbind(NAT64PublicAddress(proto: .udp, public: "192.0.2.1", publicPort: 53)),
        .unbind(NAT64PublicAddress(proto: .udp, public: nil, publicPort: 53)),
        .drop(NAT64DropRequest(selection: .all)), .drop(NAT64DropRequest(selection: selection)),
        .test(NAT64TestRequest(host: "www.example")),
        .test(NAT64TestRequest(host: "192.0.2.1", port: 80, trace: false)),
    ]

    static let responses: [NAT64Response] = [
        .status(
            NAT64StatusReport(
                backend: "none", health: "none", whenDown: "native-only", answersAffected: false, prefixes: [])),
        .status(
            NAT64StatusReport(
                backend: "tun", health: "bad",
                reasons: [
                    NAT64Reason(code: "device-down", message: "nat64 is down", remedy: "ip link set nat64 up"),
                    NAT64Reason(code: "no-ipv4-route", message: "no default route"),
                ],
                sinceSeconds: 130, whenDown: "native-only", answersAffected: true, appliedSecondsAgo: 7380,
                prefixes: ["64:ff9b::/96"], sessions: 1874, sessionLimit: 1_000_000, bindings: .max,
                details: [NAT64Detail(name: "device", value: "nat64")])),
        .sessions(NAT64SessionPage(sessions: [session], total: 2, next: "1")),
        .sessions(
            NAT64SessionPage(sessions: [
                NAT64Session(
                    proto: "icmp", client: "2001:db8::17", clientPort: 0, remote6: "64:ff9b::1", public: "192.0.2.1",
                    publicPort: .max, remote: "0.0.0.1", remotePort: 0, remainingSeconds: 0)
            ])),
        .bindings(
            NAT64BindingPage(
                bindings: [
                    NAT64Binding(
                        proto: "udp", client: "2001:db8::17", clientPort: 5060, public: "192.0.2.1", publicPort: 5060,
                        isStatic: true, sessions: 0)
                ], total: 1)),
        .bindings(NAT64BindingPage(bindings: [])),
        .stats(
            NAT64StatisticsReport(counters: [
                NAT64Statistic(name: "drop-no-session", value: 32, meaning: "packets from outside without a session")
            ])), .bind(binding), .unbind(NAT64PublicAddress(proto: .udp, public: nil, publicPort: 53)),
        .drop(NAT64DropReport(dropped: .max)),
        .test(
            NAT64TestReport(
                host: "www.example.", works: true,
                steps: [
                    NAT64TestStep(step: "connect", works: true, finding: "connected", milliseconds: 12.5),
                    NAT64TestStep(step: "route", works: false, finding: "none", remedy: "make one"),
                ],
                hops: [
                    NAT64TestHop(number: 1),
                    NAT64TestHop(
                        number: 2, address: "64:ff9b::c000:201", address4: "192.0.2.1", milliseconds: 0.25),
                ])),
    ]
}
