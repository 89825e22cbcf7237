// What Jool can't be told, though the notation allows it: its instances, pool4, timers and log are not quite those of
// the built-in translator. What is refused here is what Jool 4.1 itself refuses, or would silently not do.

import NetAddress

extension ConfigurationSchema {
    /// The checks of `nat64.backend: jool`, which is in the file, for it is no default.
    static func checkJool(_ configuration: Configuration, _ findings: inout Findings) {
        checkInstances(configuration, &findings)
        checkPool4(configuration.nat64, &findings)
        checkTimers(configuration.nat64.timers, &findings)
        checkAbilities(configuration.nat64, &findings)
        checkEmptyPool4(configuration.nat64, &findings)
    }

    /// An instance has one prefix (its pool6); so several prefixes are several instances, with ports of their own.
    private static func checkInstances(_ configuration: Configuration, _ findings: inout Findings) {
        let (nat64, jool) = (configuration.nat64, configuration.nat64.jool)
        let count = configuration.allPrefixes.count
        guard count > 1 else { return }
        if jool.framework == .netfilter {
            findings.refuse(
                firstOf: ["nat64.jool.framework"],
                found: "netfilter with \(count) prefixes, though a network namespace has one netfilter instance of "
                    + "Jool, and an instance one prefix",
                allowed: "nat64.jool.framework: iptables; or one prefix for dns64 and all clients")
            return
        }
        if jool.adopts {
            findings.refuse(
                firstOf: ["nat64.jool.adopt"],
                found: "true with \(count) prefixes, though the adopted instance has one",
                allowed: "false; or one prefix for dns64 and all clients")
        }
        if nat64.pool4.isEmpty {
            findings.refuse(
                firstOf: ["nat64.pool4", "nat64.jool.framework"],
                found: "no address in nat64.pool4 with \(count) prefixes",
                allowed:
                    "one address or more in nat64.pool4, since each prefix is an instance of Jool that needs ports "
                    + "of its own; or one prefix for dns64 and all clients")
        }
        let longest = min(12, 15 - "-\(count)".utf8.count)
        if jool.instance.utf8.count > longest {
            findings.refuse(
                firstOf: ["nat64.jool.instance"],
                found:
                    "\(ScalarText.quoted(jool.instance)), which has more than \(longest) letters, with \(count) prefixes",
                allowed:
                    "at most \(longest) letters, since the others are called NAME-2\(count > 2 ? " to NAME-\(count)" : "")"
            )
        }
    }

    /// A prefix becomes a row an address for each protocol.
    private static func checkPool4(_ nat64: Configuration.NAT64, _ findings: inout Findings) {
        let addresses = nat64.pool4.reduce(0) {
            $0 + Int($1.addresses.upperBound.rawValue - $1.addresses.lowerBound.rawValue) + 1
        }
        guard addresses > 65_536 else { return }
        findings.refuse(
            firstOf: ["nat64.pool4"], found: "\(addresses) addresses in all",
            allowed: "at most 65536 addresses with Jool, to which each is three rows of a table")
    }

    /// "The 'tcp-est' timeout (3600000) is too small. (min: 7200000)", says the module.
    private static func checkTimers(_ timers: Configuration.NAT64.Timers, _ findings: inout Findings) {
        let minimums: [(key: String, value: Duration, minimum: Duration)] = [
            ("tcp-established", timers.tcpEstablished, .seconds(7_200)),
            ("tcp-transitory", timers.tcpTransitory, .seconds(240)),
            ("udp", timers.udp, .seconds(120)),
        ]
        for (key, value, minimum) in minimums where value < minimum {
            findings.refuse(
                firstOf: ["nat64.timers.\(key)"], found: DurationText.text(value),
                allowed: "at least \(DurationText.text(minimum)) with Jool")
        }
    }

    /// What Jool has no setting for.
    private static func checkAbilities(_ nat64: Configuration.NAT64, _ findings: inout Findings) {
        if nat64.nonGlobal == .drop {
            findings.refuse(
                firstOf: ["nat64.wkp-non-global"], found: "drop, which Jool can't do",
                allowed: "translate; or nat64.backend: tun")
        }
        if nat64.log.bindings == .blocks {
            findings.refuse(
                firstOf: ["nat64.log.bindings"], found: "blocks, though Jool hands out ports one by one",
                allowed: "true or false; or nat64.backend: tun")
        }
        if nat64.log.bindings != .none, let file = nat64.log.file {
            findings.refuse(
                firstOf: ["nat64.log.file"],
                found: "\(ScalarText.shown(file)), though Jool writes bindings to the kernel's log", allowed: "null")
        }
    }

    /// Where its pool4 is empty, Jool has the ports from DEFAULT_POOL4_MIN_PORT on of the host's addresses, and binds no
    /// others. An adopted instance whose pool4 the file does not name has one of its own.
    private static func checkEmptyPool4(_ nat64: Configuration.NAT64, _ findings: inout Findings) {
        guard nat64.pool4.isEmpty, !nat64.jool.adopts || findings.names("nat64.pool4") else { return }
        for (index, binding) in nat64.staticBindings.enumerated() where binding.public.port < 61_001 {
            findings.refuse(
                firstOf: ["nat64.static[\(index)].public"],
                found: "\(ScalarText.quoted("\(binding.public)")) while nat64.pool4 is empty",
                allowed: "ports 61001 to 65535, which are all that Jool gives out of the host's own addresses; "
                    + "or an address of nat64.pool4")
        }
    }
}

extension Findings {
    /// Refuses the value at the first of `paths` that the file has; where it has none, the choice of Jool is to blame.
    fileprivate mutating func refuse(firstOf paths: [String], found: String, allowed: String) {
        let path = paths.first { place(of: $0) != nil } ?? "nat64.backend"
        refuse(path, found: found, allowed: allowed)
    }
}
