// The keys of the section `nat64.jool`.

extension ConfigurationSchema {
    static let jool = Section<Configuration.NAT64.Jool>(fields: [
        Field(
            "instance", \.instance, .joolInstance,
            "The instance's name. With several prefixes at most 12 letters, for the others are called NAME-2, NAME-3."),
        Field(
            "framework", \.framework, .word(),
            "How packets reach it. `netfilter`: all that pass through, with one instance in a network namespace. "
                + "`iptables`: by rules of iptables and ip6tables, with an instance for each prefix."),
        Field(
            "netns", \.networkNamespace, .optional(.networkNamespace),
            "The network namespace that it translates in, as ip-netns(8) calls it. `null`: the daemon's own."),
        Field(
            "adopt", \.adopts, .boolean,
            "Take over an instance that somebody else made: change what this file names and nothing else, "
                + "and leave it standing at exit."),
        Field(
            "program", \.program, .program,
            "Jool's client: a name that is looked up in the system's folders, or an absolute path."),
        Field("keep", \.keeps, .boolean, "Leave the instance standing at exit."),
        Field(key: "globals", allowed: joolGlobals.allowed) { value, jool, findings in
            joolGlobals.read(value, into: &jool.globals, &findings)
        } write: {
            .section(joolGlobals.entries($0.globals))
        } references: { _, path in
            [
                KeyReference(
                    path: path, defaultText: "{}", allowed: joolGlobals.allowed,
                    summary: "Global settings of Jool, by Jool's own names and with Jool's defaults.")
            ]
        },
    ])

    /// In the order in which Jool 4.1 shows them.
    static let joolGlobals = Section<Configuration.NAT64.JoolGlobals>(
        fields: [
            global("manually-enabled", .booleanText),
            // "lowest-ipv6-mtu (100) is too small (min: 1280)", says the module.
            global("lowest-ipv6-mtu", .integerText(1_280...unsigned32)),
            global("logging-debug", .booleanText),
            global("zeroize-traffic-class", .booleanText),
            global("override-tos", .booleanText),
            global("tos", .integerText(0...255)),
            global("mtu-plateaus", .mtuPlateaus),
            global("drop-externally-initiated-tcp", .booleanText),
            global("drop-icmpv6-info", .booleanText),
            global("source-icmpv6-errors-better", .booleanText),
            global("f-args", .integerText(0...15)),
            global("handle-rst-during-fin-rcv", .booleanText),
            global("logging-session", .booleanText),
            global("maximum-simultaneous-opens", .integerText(0...unsigned32)),
            global("ss-enabled", .booleanText),
            global("ss-flush-asap", .booleanText),
            global("ss-flush-deadline", .integerText(0...unsigned32)),
            global("ss-capacity", .integerText(0...unsigned32)),
            global("ss-max-payload", .integerText(0...unsigned32)),
        ],
        elsewhere: [
            "pool6": "dns64.prefixes",
            "address-dependent-filtering": "nat64.filtering",
            "tcp-est-timeout": "nat64.timers.tcp-established",
            "tcp-trans-timeout": "nat64.timers.tcp-transitory",
            "udp-timeout": "nat64.timers.udp",
            "icmp-timeout": "nat64.timers.icmp",
            "logging-bib": "nat64.log.bindings",
        ])

    private static let unsigned32 = Int(UInt32.max)

    /// A setting that is printed only if it is there; the reference has one row for all of them.
    private static func global(_ name: String, _ notation: Notation<String>) -> Field<Configuration.NAT64.JoolGlobals> {
        Field(key: name, allowed: notation.allowed) { value, globals, findings in
            if let text = notation.read(value, &findings) { globals.values[name] = text }
        } write: {
            $0.values[name].map(notation.write)
        } references: { _, _ in
            []
        }
    }
}
