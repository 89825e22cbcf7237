// A failed call as one of our errors: a sentence with the cause, and the command that mends it.

internal import NAT64Backend

extension JoolFailure {
    var backendFailure: BackendFailure {
        switch cause {
        case .programMissing, .programHung, .programFailed, .namespaceMissing, .unsupportedVersion: programFailure
        case .unreadable(let what): OutputFailure(what).backendFailure
        case .moduleMissing, .versionMismatch, .moduleConfused, .noRights, .outOfMemory: moduleFailure
        case .instanceMissing, .instanceExists, .netfilterTaken, .frameworkUnavailable, .frameworkFixed, .pool6Fixed:
            instanceFailure
        case .entryMissing, .entryExists, .notInPool4, .portsOverlap, .tooManyAddresses, .changedMeanwhile: entryFailure
        case .badValue(let why):
            BackendFailure(.invalid, "Jool refuses a value: \(why)", remedy: "correct it in the nat64 section")
        case .badUsage:
            BackendFailure(
                .refused, "this version of Jool's client does not know the command `\(command)`",
                remedy: "jool --version (4.1.9 and later 4.1 versions are known here)")
        case .other:
            BackendFailure(.refused, "`\(command)` failed with \(statusAndQuote)", remedy: "dmesg | grep -i jool")
        }
    }

    private var programFailure: BackendFailure {
        switch cause {
        case .programHung(let seconds):
            BackendFailure(
                .refused, "`\(command)` did not end within \(seconds) s and was killed: Jool's module may hang",
                remedy: "dmesg | tail (the kernel says there what hangs), then modprobe -r jool && modprobe jool")
        case .programFailed(let what):
            BackendFailure(
                .refused, "`\(command)` \(what)",
                remedy: "jool --version (must print one; else apt-get install --reinstall jool-tools)")
        case .namespaceMissing:
            BackendFailure(
                .cannotRunHere, "the network namespace of nat64.jool.netns does not exist",
                remedy: "ip netns list shows those that do; ip netns add NAME makes one")
        case .unsupportedVersion(let version):
            BackendFailure(
                .cannotRunHere, "Jool's client is version \(version); dns64d speaks with 4.1.9 and later 4.1 versions",
                remedy: "install such a one, or set nat64.jool.program to its path")
        default:
            BackendFailure(
                .cannotRunHere, "Jool's client is not installed, or not where it is looked for: `\(command)`",
                remedy: "apt-get install jool-tools, or set nat64.jool.program to its path")
        }
    }

    private var moduleFailure: BackendFailure {
        switch cause {
        case .versionMismatch(let client, let module): mismatch(client, module)
        case .noRights where words.contains("network namespace"):
            BackendFailure(
                .cannotRunHere, "no right to enter the network namespace of nat64.jool.netns: it takes CAP_SYS_ADMIN",
                remedy: "AmbientCapabilities=CAP_SYS_ADMIN CAP_NET_ADMIN in the [Service] section of dns64d.service")
        case .noRights:
            BackendFailure(
                .cannotRunHere,
                "no right to talk to Jool: its module wants CAP_NET_ADMIN in the first user namespace",
                remedy: "AmbientCapabilities=CAP_NET_ADMIN in the [Service] section of dns64d.service")
        case .outOfMemory:
            BackendFailure(.refused, "the kernel has no memory for `\(command)`", remedy: "free -m")
        case .moduleConfused:
            BackendFailure(
                .refused, "Jool's module says that its pool4 is damaged and that it must be removed",
                remedy: "modprobe -r jool && modprobe jool")
        default:
            BackendFailure(
                .cannotRunHere, "Jool's kernel module `jool` is not loaded",
                remedy: "modprobe jool (if there is none: apt-get install jool-dkms linux-headers-$(uname -r))")
        }
    }

    private func mismatch(_ client: JoolVersion?, _ module: JoolVersion?) -> BackendFailure {
        guard let client, let module else {
            return BackendFailure(
                .cannotRunHere, "Jool's client and its kernel module don't understand each other",
                remedy: "jool --version; cat /sys/module/jool/version (bring both to the same version)")
        }
        return BackendFailure(
            .cannotRunHere,
            "Jool's client is version \(client) and its loaded kernel module \(module): they don't fit",
            remedy: module < client
                ? "modprobe -r jool && modprobe jool (before that, if `modinfo -F version jool` is still "
                    + "\(module): apt-get install jool-dkms linux-headers-$(uname -r))"
                : "apt-get install jool-tools (a client as new as the module)")
    }

    private var instanceFailure: BackendFailure {
        let name = instanceName
        let instance = name.map { "Jool instance `\($0)`" } ?? "such Jool instance"
        let remove = "jool instance remove \(name.map(Self.argument) ?? "NAME")"
        return switch cause {
        case .instanceExists:
            BackendFailure(
                .conflict, "there is a \(instance) already in this network namespace",
                remedy: "nat64.jool.adopt: true takes it over; \(remove) ends it")
        case .netfilterTaken:
            BackendFailure(
                .conflict, "another Jool instance has this network namespace's one place at Netfilter",
                remedy: "jool instance display, then jool instance remove NAME; or nat64.jool.framework: iptables")
        case .frameworkUnavailable:
            BackendFailure(
                .cannotRunHere, "this Jool was built without support for iptables",
                remedy: "nat64.jool.framework: netfilter")
        case .frameworkFixed:
            BackendFailure(
                .refused, "Jool can't change the framework of an instance that runs: it must be made anew",
                remedy: "\(remove) (ends its sessions)")
        case .pool6Fixed:
            BackendFailure(
                .refused, "Jool can't change the prefix of an instance that runs: it must be made anew",
                remedy: "\(remove) (ends its sessions)")
        default:
            BackendFailure(
                .notRunning, "there is no \(instance) in this network namespace", remedy: "jool instance display")
        }
    }

    /// As the client said it, or was told it; nil: neither.
    private var instanceName: String? {
        if let name = JoolWords(words).piece(after: "named '", before: "'") { return name }
        let tokens = command.split(separator: " ")
        guard let flag = tokens.firstIndex(where: { $0 == "-i" || $0 == "--instance" }), flag + 1 < tokens.count else {
            return nil
        }
        return String(tokens[flag + 1])
    }

    /// As typed into a shell.
    private static func argument(_ name: String) -> String {
        let isPlain =
            !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        return isPlain
            ? name
            : "'"
                + name.split(separator: "'", omittingEmptySubsequences: false)
                .joined(separator: #"'\''"#) + "'"
    }

    private var entryFailure: BackendFailure {
        let said = JoolWords(words)
        switch cause {
        case .entryExists:
            let other = lastWords(after: "collides with ")
            return BackendFailure(
                .invalid, "Jool holds an entry already that collides with it\(other.map { ": \($0)" } ?? "")",
                remedy: display)
        case .notInPool4:
            let address = said.piece(after: "ransport address '", before: "'")
            return BackendFailure(
                .invalid, "a static binding's public address \(address ?? "") is not in pool4",
                remedy: "add it to nat64.pool4, or give the binding another address")
        case .portsOverlap:
            let ports = said.piece(after: "Port range ", before: " intersects") ?? "of pool4"
            let own = said.piece(after: "ephemeral range (", before: ")").map { " (\($0))" } ?? ""
            return BackendFailure(
                .conflict, "the ports \(ports) overlap with this host's own source ports\(own)",
                remedy: "sysctl net.ipv4.ip_local_port_range shows them: choose others in nat64.pool4, or move them")
        case .tooManyAddresses:
            return BackendFailure(
                .invalid, "pool4 has a prefix of more addresses than Jool takes",
                remedy: "write longer prefixes into nat64.pool4")
        case .changedMeanwhile:
            return BackendFailure(.refused, "Jool's table changed while it was shown", remedy: "try again")
        default:
            return BackendFailure(.invalid, "Jool has no such entry", remedy: display)
        }
    }

    /// Up to the full stop at the end; inside addresses there are some too.
    private func lastWords(after start: String) -> String? {
        guard let head = words.firstRange(of: start) else { return nil }
        let rest = words[head.upperBound...]
        return OutputFailure.shown((rest.last == "." ? rest.dropLast() : rest).utf8)
    }

    private var display: String {
        command.contains("bib") ? "jool bib display --numeric (with --tcp, --udp, --icmp)" : "jool pool4 display"
    }

    private var statusAndQuote: String {
        var status = "an unknown error"
        if case .exited(let number) = end { status = "status \(number)" }
        var quote = OutputFailure.oneLine(words)
        if quote.last == "." { quote.removeLast() }
        return quote.isEmpty ? "\(status), and said nothing" : "\(status): \(OutputFailure.shown(quote.utf8))"
    }
}
