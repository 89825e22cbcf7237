// What can be wrong with a box, one thing at a time.

import ControlProtocol
import NAT64Backend
import NetAddress

@testable import Doctor

extension CheckTests {
    static let cases: [Case] = hostCases + upstreamCases + translatorCases + clientCases

    private static let hostCases: [Case] = [
        Case(what: "the clock before this program was made", name: "clock", light: .red, words: "before") {
            $0.box.clock.now = 1000
        },
        Case(what: "a clock that nobody keeps", name: "clock", light: .yellow, words: "nobody") {
            $0.box.clock.isSynchronized = false
        },
        Case(what: "no forwarding of IPv4", name: "forwarding", light: .red, words: "IPv4") {
            $0.box.settings["net/ipv4/ip_forward"] = "0"
        },
        Case(what: "no forwarding of IPv6", name: "forwarding", light: .red, words: "IPv6") {
            $0.box.settings["net/ipv6/conf/all/forwarding"] = "0"
        },
        Case(what: "no forwarding on the clients' interface", name: "forwarding", light: .red, words: "lan") {
            $0.box.settings["net/ipv6/conf/lan/forwarding"] = "0"
        },
        Case(what: "a default route that will end", name: "forwarding", light: .yellow, words: "will end") {
            $0.box.defaultRoutes6 = [Box.Route(device: "wan", gateway: nil, source: "ra")]
            $0.box.settings["net/ipv6/conf/wan/accept_ra"] = "1"
        },
        Case(what: "no IPv4 default route", name: "routes", light: .red, words: "no IPv4 default route") {
            $0.box.defaultRoutes4 = []
        },
        Case(what: "no IPv4 address", name: "routes", light: .red, words: "no IPv4 address") {
            $0.box.interfaces[0].addresses = []
        },
        Case(what: "the prefix leads elsewhere", name: "routes", light: .red, words: "leave by wan") {
            $0.prefixRoutes = [IPPrefix("64:ff9b::/96")!: "wan"]
        },
        Case(what: "the prefix leads nowhere", name: "routes", light: .red, words: "no route") {
            $0.prefixRoutes.updateValue(nil, forKey: IPPrefix("64:ff9b::/96")!)
        },
        Case(what: "no interface toward clients", name: "addresses", light: .red, words: "no interface") {
            $0.box.interfaces[1].addresses.removeLast()
        },
        Case(what: "the interface asked for has no address", name: "addresses", light: .red, words: "no IPv6 address") {
            $0.box.interfaces[1].addresses.removeLast()
            $0.subject.request.interface = "lan"
        },
        Case(what: "an interface that is not there", name: "addresses", light: .red, words: "no interface guest") {
            $0.subject.request.interface = "guest"
        },
        Case(what: "an address that another machine has", name: "addresses", light: .red, words: "another machine") {
            $0.box.interfaces[1].addresses[1].isDuplicate = true
        },
        Case(what: "an MTU below IPv6's", name: "mtu", light: .red, words: "1280") { $0.box.interfaces[1].mtu = 1200 },
        Case(what: "an MTU announced that the link has not", name: "mtu", light: .red, words: "9000") {
            $0.links[0].advertisements?[0].mtu = 9000
        },
        Case(what: "a small MTU outside", name: "mtu", light: .yellow, words: "fragments") {
            $0.box.interfaces[0].mtu = 1200
        },
        Case(what: "a chain that drops while the probe fails", name: "firewall", light: .yellow, words: "drops") {
            $0.box.droppingChains = [.init(family: "inet", table: "filter", name: "forward", hook: "forward")]
            $0.probe = .failed(what: "x", detail: "no answer", isKnownToAnswer: true)
        },
        Case(what: "a chain that drops what comes in", name: "firewall", light: .yellow, words: "port 53") {
            $0.box.droppingChains = [.init(family: "inet", table: "filter", name: "input", hook: "input")]
        },
    ]

    private static let upstreamCases: [Case] = [
        Case(what: "a silent upstream", name: "upstream", light: .red, words: "no answer") {
            $0.upstream[0].answer = nil
            $0.upstream[0].failure = "no answer within 1800 ms"
        },
        Case(what: "an upstream that refuses", name: "upstream", light: .red, words: "REFUSED") {
            $0.upstream[0].answer?.code = "REFUSED"
        },
        Case(what: "nobody to ask", name: "upstream", light: .red, words: "nobody") {
            $0.subject.upstream = []
            $0.upstream = []
        },
        Case(what: "a DNS64 upstream with another prefix", name: "upstream-dns64", light: .red, words: "another prefix")
        {
            $0.upstream[0].pref64Addresses = [IPv6Address("2001:db8:64::c000:aa")!]
        },
        Case(what: "a DNS64 upstream with ours", name: "upstream-dns64", light: .yellow, words: "same prefix") {
            $0.upstream[0].pref64Addresses = [IPv6Address("64:ff9b::c000:aa")!]
        },
        Case(what: "an upstream that makes names up", name: "upstream-lies", light: .yellow, words: "does not exist") {
            $0.upstream[0].inventsNames = true
        },
        Case(what: "asking ourselves", name: "upstream-loop", light: .red, words: "dns64d itself") {
            $0.subject.upstream = [.init(name: ".", servers: [SocketAddress(IPAddress("fd00:64::1")!, port: 53)])]
        },
        Case(
            what: "an open resolver", yaml: "{ server: { allow: [\"::/0\"] }, nat64: { backend: tun } }",
            name: "exposure",
            light: .yellow, words: "::/0"
        ) { _ in },
        Case(what: "a reload that failed", name: "configuration", light: .red, words: "found") {
            $0.subject.daemon?.reloadError = "box.yaml:3:1: found x"
        },
        Case(what: "an address that can't be listened on", name: "listening", light: .red, words: "in use") {
            $0.subject.daemon?.problems = ["can't listen on 192.0.2.1:53: address in use"]
        },
    ]

    private static let translatorCases: [Case] = [
        Case(what: "a translator that is down", name: "translator", light: .red, words: "nat64 is down") {
            $0.subject.daemon?.status?.health = .bad([
                HealthReason(code: "device-down", message: "nat64 is down", remedy: "ip link set nat64 up")
            ])
        },
        Case(what: "a session table that is nearly full", name: "translator", light: .yellow, words: "950 of 1000") {
            $0.subject.daemon?.status?.sessions = 950
        },
        Case(what: "something missing", name: "requirements", light: .red, words: "nft") {
            $0.obstacles = [Obstacle(missing: "the program `nft` is missing", remedy: "apt-get install nftables")]
        },
        Case(what: "somebody changed the host", name: "host", light: .yellow, words: "1 thing") {
            $0.steps = [PlannedStep(command: "ip -6 route add 64:ff9b::/96 dev nat64", reason: "the prefix")]
        },
        Case(what: "somebody else's route", name: "host", light: .red, words: "a route is in the way") {
            $0.stepsFailure = BackendFailure(.conflict, "a route is in the way")
        },
        Case(what: "a program in a static binding's way", name: "ports", light: .red, words: "listens") {
            $0.subject.plan.staticBindings = [
                StaticBinding(
                    proto: .tcp, client: TransportAddress6(IPv6Address("fd00:64::80")!, 80),
                    public: TransportAddress4(StaticBinding.hostAddress, 443))
            ]
            $0.box.listeners = [.init(proto: "tcp", address: IPAddress("::")!, port: 443)]
        },
        Case(what: "a probe that fails to a host that answers", name: "probe", light: .red, words: "no answer") {
            $0.probe = .failed(what: "192.0.2.53 port 53", detail: "no answer", isKnownToAnswer: true)
        },
        Case(what: "a probe that fails to a stranger", name: "probe", light: .yellow, words: "nobody knows") {
            $0.probe = .failed(what: "192.0.2.53 port 53", detail: "no answer", isKnownToAnswer: false)
        },
    ]

    private static let clientCases: [Case] = [
        Case(what: "no listening on the clients' interface", name: "client-dns", light: .red, words: "listen") {
            $0.links[0].resolver = nil
        },
        Case(what: "a client that is refused", name: "client-dns", light: .red, words: "REFUSED") {
            $0.links[0].ownAnswer = .failed("REFUSED")
        },
        Case(what: "no synthesis while the translator is down", name: "client-dns", light: .red, words: "no prefix") {
            $0.links[0].ownAnswer = .addresses([])
        },
        Case(what: "no way to the IPv6 internet", name: "client-native", light: .red, words: "no way") {
            $0.box.defaultRoutes6 = []
            $0.links[0].advertisements?[0].router = Sample.lan.linkLocal!
        },
        Case(what: "no router", name: "client-address", light: .red, words: "no router") {
            $0.links[0].advertisements = []
        },
        Case(what: "a router without a prefix", name: "client-address", light: .red, words: "no prefix for addresses") {
            $0.links[0].advertisements?[0].autonomousPrefixes = []
        },
        Case(what: "a router that is none", name: "client-address", light: .red, words: "lifetime is 0") {
            $0.links[0].advertisements?[0].routerLifetime = 0
        },
        Case(what: "another prefix announced", name: "pref64", light: .red, words: "2001:db8:64::/96") {
            $0.links[0].advertisements?[0].pref64s = [.init(value: IPPrefix("2001:db8:64::/96")!, seconds: 600)]
        },
        Case(what: "no prefix announced", name: "pref64", light: .yellow, words: "PREF64") {
            $0.links[0].advertisements?[0].pref64s = []
        },
        Case(what: "a prefix that is withdrawn", name: "pref64", light: .yellow, words: "no router announces") {
            $0.links[0].advertisements?[0].pref64s[0].seconds = 0
        },
        Case(what: "the flag, and no DHCPv6 server", name: "client-dhcpv6", light: .red, words: "no server") {
            $0.links[0].information = .silent
        },
        Case(what: "DHCPv6 tells of another resolver", name: "client-servers", light: .red, words: "2001:db8::53") {
            $0.links[0].information = .reply([IPv6Address("2001:db8::53")!])
        },
        Case(what: "nobody tells of a resolver", name: "client-servers", light: .red, words: "no name server") {
            $0.links[0].advertisements?[0].resolvers = []
            $0.links[0].information = .silent
        },
    ]
}
