// The networks that the files of conf/ are written for, as their headers draw them, and what the files promise there.

/// One network: a box with interfaces, clients behind them, and an internet that has nothing but what stands here.
struct ConfigurationPicture: Sendable {
    /// A network of the box's, and one client on it.
    struct Link: Sendable {
        /// The box's interface.
        let name: String
        /// Addresses with their lengths.
        let box: [String]
        let client: [String]
    }

    /// A question from a client, and the addresses in the answer.
    struct Question: Sendable {
        /// The interface of the box behind which the client is; nil: it is the box.
        let link: String?
        /// More words for dig: the client's address, the server, a port.
        let words: String
        let addresses: [String]

        /// - Parameter addresses: separated by spaces.
        init(_ link: String?, _ words: String, _ addresses: String) {
            (self.link, self.words) = (link, words)
            self.addresses = addresses.split(separator: " ").map(String.init)
        }
    }

    /// A page that a client gets by its name, and what the web server took the client for.
    struct Visit: Sendable {
        let link: String
        let name: String
        /// The beginning of the address.
        let seenAs: String

        init(_ link: String, _ name: String, seenAs: String) {
            (self.link, self.name, self.seenAs) = (link, name, seenAs)
        }
    }

    /// The box's addresses on `eth0`, and the provider's on the other end; the provider's are the default routes.
    var box: [String]
    var provider: [String]
    var links: [Link] = []
    /// Public resolvers that are named in the file; the provider's addresses answer in any case.
    var resolvers: [String] = []
    /// The name server in the box's /etc/resolv.conf.
    var system: String?
    /// What the provider routes to the box: `PREFIX via ADDRESS`.
    var routed: [String] = []
    /// The interface whose client leads to the inner network: 10.0.0.0/8, with a name server and a web server.
    var inner: String?
    /// Whether the header shows all this.
    var isDrawn = true

    /// Lines of `--plan`.
    var plan: [String]
    var questions: [Question]
    var visits: [Visit] = []
    /// What the daemon logs meanwhile.
    var says: [String] = []
    /// The control socket, if it is another than dns64ctl's own.
    var socket: String?
    /// What Jool has, if it is the translator.
    var jool: [String] = []

    /// The web servers, which have these IPv4 addresses, and one of IPv6.
    static let web4 = ["198.51.100.80", "198.51.100.81"]
    static let web6 = "2001:db8:ffff::80"
    static let innerWeb = "10.0.0.80"
    static let innerNames = "10.0.0.53"

    /// The names of this internet.
    static let zone =
        Zones.head("example") + """
            v4only A \(web4[0])
            dual A \(web4[0])
            dual AAAA \(web6)
            native AAAA \(web6)
            bank A \(web4[1])
            staging A \(innerWeb)

            """
    static let innerZone = Zones.head("corp.example") + "files A \(innerWeb)\n"
}

extension ConfigurationPicture {
    private static let forwarding = [
        "sysctl -w net.ipv6.conf.all.forwarding=1", "sysctl -w net.ipv4.ip_forward=1",
    ]
    private static let wellKnown = ["ip -6 route add 64:ff9b::/96 dev nat64"] + forwarding
    /// v4only.example and bank.example behind 64:ff9b::/96.
    private static let web = "64:ff9b::c633:6450"
    private static let publicResolvers = ["9.9.9.9", "149.112.112.112", "2620:fe::fe"]

    /// By the file's name. A file of conf/ that is not here fails the test.
    static let all: [String: ConfigurationPicture] = [
        "raspberry-pi.yaml": raspberryPi, "application-lab.yaml": applicationLab, "conference.yaml": conference,
        "office.yaml": office, "resolver.yaml": resolver, "jool.yaml": jool, "dns64d.yaml": installed, "dev.yaml": dev,
    ]

    static let raspberryPi = ConfigurationPicture(
        box: ["192.168.1.50/24"], provider: ["192.168.1.1/24"],
        links: [Link(name: "eth0.64", box: ["fd00:64::1/64"], client: ["fd00:64::a/64"])], system: "192.168.1.1",
        plan: wellKnown + ["masquerade"],
        questions: [
            Question("eth0.64", "v4only.example", web), Question("eth0.64", "dual.example", web),
            Question("eth0.64", "native.example", web6),
            Question("eth0.64", "ipv4only.arpa", "64:ff9b::c000:aa 64:ff9b::c000:ab"),
            Question(nil, "@::1 v4only.example", web),
        ],
        visits: [Visit("eth0.64", "v4only.example", seenAs: "192.168.1.50")])

    static let applicationLab = ConfigurationPicture(
        box: ["192.168.7.20/24", "2001:db8:7::20/64"], provider: ["192.168.7.1/24", "2001:db8:7::1/64"],
        links: [
            Link(name: "lab0", box: ["fd00:1ab::1/64"], client: ["fd00:1ab::2/64", "fd00:1ab::64/64"])
        ], system: "192.168.7.1", routed: ["fd00:1ab::/64 via 2001:db8:7::20"], isDrawn: false,
        plan: wellKnown,
        questions: [
            Question("lab0", "-b fd00:1ab::2 v4only.example", web),
            Question("lab0", "-b fd00:1ab::2 dual.example", web),
            Question("lab0", "-b fd00:1ab::2 staging.example", "64:ff9b::a00:50"),
            Question("lab0", "-b fd00:1ab::64 dual.example", web6),
            Question("lab0", "-b fd00:1ab::64 v4only.example", web),
        ],
        visits: [Visit("lab0", "dual.example", seenAs: "192.168.7.20")],
        says: ["query [fd00:1ab::2]"])

    static let conference = ConfigurationPicture(
        box: ["203.0.113.2/24", "2001:db8:c0f::2/64"], provider: ["203.0.113.1/24", "2001:db8:c0f::1/64"],
        links: [
            Link(
                name: "eth1", box: ["2001:db8:c0f:64::1/64", "10.64.0.1/20"],
                client: ["2001:db8:c0f:64::a/64", "10.64.0.10/20"])
        ], resolvers: publicResolvers,
        routed: ["198.51.100.0/28 via 203.0.113.2", "2001:db8:c0f:64::/64 via 2001:db8:c0f::2"],
        plan: wellKnown + ["ip route add 198.51.100.0/28 dev nat64"],
        questions: [
            Question("eth1", "v4only.example", web), Question("eth1", "dual.example", web6),
            Question("eth1", "@10.64.0.1 v4only.example", ""), Question("eth1", "@10.64.0.1 dual.example", web6),
        ],
        visits: [
            Visit("eth1", "v4only.example", seenAs: "198.51.100."),
            Visit("eth1", "native.example", seenAs: "2001:db8:"),
        ], says: ["\"subscriber\":\"2001:db8:c0f:64::a/128\"", "\"ports\":"])

    static let office = ConfigurationPicture(
        box: ["203.0.113.9/24", "2001:db8:a::9/64"], provider: ["203.0.113.1/24", "2001:db8:a::1/64"],
        links: [
            Link(
                name: "eth1", box: ["192.168.10.1/24", "2001:db8:a:10::1/64"],
                client: ["192.168.10.2/24", "2001:db8:a:10::a/64"]),
            Link(
                name: "eth2", box: ["2001:db8:a:64::1/64"],
                client: ["2001:db8:a:64::a/64", "2001:db8:a:64::7e57:1/64"]),
        ], resolvers: ["9.9.9.9", "2620:fe::fe"], routed: ["2001:db8:a::/48 via 2001:db8:a::9"], inner: "eth1",
        plan: ["ip -6 route add 2001:db8:a:6464::/96 dev nat64", "masquerade"] + forwarding,
        questions: [
            Question("eth2", "-b 2001:db8:a:64::a v4only.example", "2001:db8:a:6464::c633:6450"),
            Question("eth2", "-b 2001:db8:a:64::a dual.example", web6),
            Question("eth2", "-b 2001:db8:a:64::a files.corp.example", "2001:db8:a:6464::a00:50"),
            Question("eth2", "-b 2001:db8:a:64::a bank.example", ""),
            Question("eth2", "-b 2001:db8:a:64::7e57:1 dual.example", "2001:db8:a:6464::c633:6450"),
            Question("eth1", "v4only.example", ""), Question("eth1", "@192.168.10.1 v4only.example", ""),
            Question("eth1", "dual.example", web6),
        ],
        visits: [
            Visit("eth2", "v4only.example", seenAs: "203.0.113.9"),
            Visit("eth2", "files.corp.example", seenAs: "192.168.10.1"),
            Visit("eth2", "native.example", seenAs: "2001:db8:a:64::"),
        ])

    /// The clients are behind a router, which here is the link's other end.
    static let resolver = ConfigurationPicture(
        box: ["192.0.2.53/24", "2001:db8:53::53/64"],
        provider: ["192.0.2.1/24", "2001:db8:53::1/64", "2001:db8:1000::a/128"],
        resolvers: publicResolvers, plan: ["# nat64.backend is none: nothing is changed on this machine"],
        questions: [
            Question("eth0", "-b 2001:db8:1000::a @2001:db8:53::53 v4only.example", "2001:db8:64::c633:6450"),
            Question("eth0", "-b 2001:db8:1000::a @2001:db8:53::53 dual.example", web6),
            Question("eth0", "-b 192.0.2.1 @192.0.2.53 v4only.example", "2001:db8:64::c633:6450"),
            // Not among those who may ask.
            Question("eth0", "-b \(web6) @2001:db8:53::53 v4only.example", ""),
        ])

    static let jool = ConfigurationPicture(
        box: ["203.0.113.9/24"], provider: ["203.0.113.1/24"],
        links: [Link(name: "eth1", box: ["2001:db8:1::1/64"], client: ["2001:db8:1::a/64"])],
        resolvers: ["9.9.9.9", "149.112.112.112"],
        plan: ["jool instance add dns64d --netfilter --pool6 64:ff9b::/96"] + forwarding,
        questions: [Question("eth1", "v4only.example", web), Question("eth1", "dual.example", web)],
        jool: [
            "dns64d netfilter 64:ff9b::/96", "TCP,2001:db8:1::80,443,203.0.113.9,61443,1", "tcp-est-timeout,2:04:00",
        ])

    /// The file of /etc/dns64d: all defaults.
    static let installed = ConfigurationPicture(
        box: ["192.0.2.2/24"], provider: ["192.0.2.1/24"],
        links: [Link(name: "eth1", box: ["2001:db8:1::1/64"], client: ["2001:db8:1::a/64"])], system: "192.0.2.1",
        isDrawn: false, plan: ["# nat64.backend is none: nothing is changed on this machine"],
        questions: [
            Question("eth1", "v4only.example", web), Question("eth1", "dual.example", web6),
            Question(nil, "@127.0.0.1 v4only.example", web),
        ])

    /// That of `make run`, which needs no network.
    static let dev = ConfigurationPicture(
        box: ["192.0.2.2/24"], provider: ["192.0.2.1/24"], system: "192.0.2.1", isDrawn: false,
        plan: ["# nat64.backend is none: nothing is changed on this machine"],
        questions: [Question(nil, "@::1 -p 5364 v4only.demo.home.arpa", "64:ff9b::c000:201")],
        socket: ".build/dns64d-dev.sock")
}
