// The keys of the sections `server` and `control`.

import NetAddress

extension ConfigurationSchema {
    static let server = Section<Configuration.Server>(fields: [
        Field(
            "listen", \.listen,
            .list(
                of: .listenAddress, "addresses, address:port, [v6]:port, interface names or interface:port", atLeast: 1
            ) { $0 == $1 ? "repeats" : nil },
            "Where to listen, UDP and TCP, default port 53. "
                + "An interface stands for all its addresses, as they come and go."
        ),
        Field(
            "allow", \.allow, allow,
            "Who may ask; all others get REFUSED. `auto`: loopback and the networks of this machine's own interfaces."),
        Field(
            "workers", \.workers, workers,
            "How many worker threads answer. `auto`: one for each processor that the daemon may use."),
        Field(
            "user", \.user, .optional(.account("user")), "The user to become when started as root; `null` stays root."),
        Field("group", \.group, .optional(.account("group")), "The group to become with it; `null` is the user's own."),
        Field("udp-size", \.udpSize, .integer(512...4096), "The largest answer over UDP, octets."),
        Field("cookies", \.cookies, .boolean, "DNS cookies (RFC 7873, RFC 9018)."),
        Field(
            "cookie-secret", \.cookieSecret, .optional(.cookieSecret),
            "The secret that server cookies are made with; the same on all servers of an anycast address. "
                + "`null`: a random one at each start."),
        Field(section: "tcp", \.tcp, tcp),
        Field(
            "refused-rate", \.refusedRate, .integer(0...1_000_000),
            "REFUSED answers a second for one client network, from each worker; the rest is dropped. 0 never answers."),
        Field(
            "pending", \.pending, .integer(1...1_000_000),
            "Questions that one worker holds open at a time; those beyond get SERVFAIL."),
    ])

    static let tcp = Section<Configuration.TCP>(fields: [
        Field("connections", \.connections, .integer(1...1_000_000), "TCP connections at a time."),
        Field(
            "connections-per-client", \.connectionsPerClient, .integer(1...1_000_000),
            "TCP connections at a time from one address."),
        Field(
            "idle-timeout", \.idleTimeout, .duration(.milliseconds(100) ... .seconds(3_600)),
            "A connection that is silent for this long is closed (RFC 7766 section 6.2.3)."),
        Field("pipeline", \.pipeline, .integer(1...65_535), "Open questions on one connection."),
    ])

    static let control = Section<Configuration.Control>(fields: [
        Field(
            "socket", \.socket, .optional(.socketPath),
            "The control socket; a relative path is relative to the working directory. `null` opens none."),
        Field(
            "group", \.group, .optional(.account("group")),
            "The group that may use it beside root; `null` is the daemon's own."),
    ])

    private static let allow: Notation<Configuration.Allow> =
        Notation<[IPPrefix]>.list(of: .range(), "address prefixes")
        .map {
            .networks($0)
        } _: {
            if case .networks(let networks) = $0 { networks } else { [] }
        }
        .or("auto", for: .automatic)

    private static let workers: Notation<Configuration.Workers> =
        Notation<Int>.integer(1...256)
        .map {
            .count($0)
        } _: {
            if case .count(let count) = $0 { count } else { 1 }
        }
        .or("auto", for: .automatic)
}
