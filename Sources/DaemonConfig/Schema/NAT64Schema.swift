// The keys of the section `nat64`.

import NetAddress

extension ConfigurationSchema {
    static let nat64 = Section<Configuration.NAT64>(
        fields: [
            Field(
                "backend", \.backend, .word(),
                "The translator that dns64d drives. `none`: another machine translates. "
                    + "`tun`: the built-in one, on a TUN device. "
                    + "`jool`: an external Jool instance, through its program `jool`."),
            Field(
                "when-down", \.whenDown, .word(),
                "While it does not work: synthesize all the same, give native AAAA alone, "
                    + "or answer SERVFAIL where an AAAA would be synthesized."),
            Field(
                "pool4", \.pool4,
                .list(of: .pool4Range, "IPv4 addresses, prefixes or ranges, with their ports if not all") {
                    $0 == $1 ? "repeats" : $0.overlaps($1) ? "overlaps" : nil
                },
                "The public addresses and ports. `[]`: share this host's own address."),
            Field(
                "filtering", \.filtering, .word(),
                "From whom a binding lets packets in: everybody, or addresses that the client has sent to "
                    + "(RFC 6146 section 3.5.1)."),
            Field(
                "wkp-non-global", \.nonGlobal, .word(),
                "Packets to private and other non-global IPv4 addresses behind 64:ff9b::/96 (RFC 6052 section 3.1)."),
            Field(section: "timers", \.timers, timers),
            Field(section: "quota", \.quota, quota),
            Field(
                list: "static", \.staticBindings, of: staticBinding, comment: "", prototype: { _ in .prototype },
                "Bindings that are always there, so that servers behind the NAT64 can be reached."),
            Field(section: "log", \.log, bindingLog),
            Field(section: "tun", \.tun, tun),
            Field(section: "jool", \.jool, jool),
        ], check: checkStaticBindings)

    private static let timers = Section<Configuration.NAT64.Timers>(fields: [
        Field(
            "tcp-established", \.tcpEstablished, lifetime,
            "An established TCP session that is silent for this long ends. Less than 2h4m breaks RFC 5382 REQ-5."),
        Field(
            "tcp-transitory", \.tcpTransitory, lifetime,
            "A TCP session that is being opened or closed. Less than 4m breaks RFC 5382 REQ-5."),
        Field("udp", \.udp, lifetime, "A UDP session. Less than 2m breaks RFC 4787 REQ-5."),
        Field("icmp", \.icmp, lifetime, "A session of ICMP queries. Less than 60s breaks RFC 5508 REQ-2."),
    ])

    private static let quota = Section<Configuration.NAT64.Quota>(fields: [
        Field(
            "sessions-per-client", \.sessionsPerClient, .integer(0...16_777_216),
            "Sessions of one subscriber at a time. 0: no limit."),
        Field(
            "ports-per-client", \.portsPerClient, .integer(0...16_777_216),
            "Bindings of one subscriber at a time, each protocol by itself. 0: no limit."),
        Field(
            "subscriber-prefix", \.subscriberPrefix, .integer(1...128),
            "Clients whose addresses share this many leading bits are one subscriber."),
    ])

    private static let staticBinding = Section<Configuration.NAT64.StaticBinding>(fields: [
        Field("proto", \.proto, .word(), required: true, "The protocol; `icmp` is for echo and other queries."),
        Field("client", \.client, .clientAddress, required: true, "The server's IPv6 address and port."),
        Field(
            "public", \.public, .publicAddress, required: true,
            "Where it is reached by IPv4; an address of `nat64.pool4`, if there are any."),
    ])

    private static let bindingLog = Section<Configuration.NAT64.BindingLog>(fields: [
        Field(
            "bindings", \.bindings, bindingLogDetail,
            "A line of JSON for each binding that comes or goes (RFC 6888 section 4). "
                + "`blocks`: ports are handed out in blocks, with a line for each block (RFC 7422)."),
        Field("file", \.file, .optional(.path), "The file that those lines are appended to. `null`: the daemon's log."),
        Field("block-size", \.blockSize, .powerOfTwo(16...16_384), "Ports in a block."),
    ])

    private static let tun = Section<Configuration.NAT64.Tun>(fields: [
        Field("device", \.device, .deviceName, "The TUN device, which dns64d makes and removes."),
        Field(
            "offload", \.offload, .boolean,
            "Take and give whole TCP segments of up to 64 KiB and leave checksums to the kernel."),
        Field(
            "udp-offload", \.udpOffload, udpOffload,
            "The same for UDP. `auto`: where the kernel has it (Linux 6.2) and does it right."),
        Field("mtu", \.mtu, mtu, "The device's MTU, octets. `auto`: as large as the ways out let it be."),
        Field(
            "mss-clamp", \.mssClamp, mssClamp,
            "The largest TCP segment that SYNs may announce, octets. `auto`: what fits the MTU; `off`: as it came."),
        Field(
            "queues", \.queues, .integer(1...16),
            "Threads that translate, each with its own queue and slice of the ports."),
        Field(
            "max-sessions", \.maxSessions, .integer(1...16_777_216),
            "Sessions at a time, all clients together; new ones beyond are refused."),
    ])

    private static var lifetime: Notation<Duration> {
        .duration(.seconds(1) ... .seconds(30 * 86_400), wholeSeconds: true)
    }

    private static let bindingLogDetail: Notation<Configuration.NAT64.BindingLog.Detail> =
        Notation<Bool>.boolean.map {
            $0 ? .each : .none
        } _: {
            $0 == .each
        }.or("blocks", for: .blocks)

    private static let udpOffload: Notation<Configuration.NAT64.UDPOffload> =
        Notation<Bool>.boolean.map {
            $0 ? .on : .off
        } _: {
            $0 == .on
        }.or("auto", for: .automatic)

    private static let mtu: Notation<Configuration.NAT64.MTU> =
        Notation<Int>.integer(1280...65_535)
        .map {
            .octets($0)
        } _: {
            if case .octets(let octets) = $0 { octets } else { 1280 }
        }
        .or("auto", for: .automatic)

    private static let mssClamp: Notation<Configuration.NAT64.MSSClamp> =
        Notation<Int>.integer(536...65_495)
        .map {
            .octets($0)
        } _: {
            if case .octets(let octets) = $0 { octets } else { 536 }
        }
        .or("off", for: .off)
        .or("auto", for: .automatic)
}

extension Configuration.NAT64.StaticBinding {
    /// What an element is before its keys, all of which must be there, are read.
    fileprivate static let prototype = Self(
        proto: .tcp, client: Configuration.NAT64.ClientAddress(IPv6Address(high: 0, low: 0), port: 1),
        public: Configuration.NAT64.PublicAddress(nil, port: 1))
}
