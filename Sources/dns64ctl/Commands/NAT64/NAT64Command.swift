// `dns64ctl nat64 ...`: the table of contents of what can be asked of the translator.

import ArgumentParser
import ControlProtocol

struct NAT64Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nat64",
        abstract: "The translator: how it is, its sessions and bindings, its counters; bind, unbind, drop; test.",
        subcommands: [
            NAT64StatusCommand.self,
            NAT64SessionsCommand.self,
            NAT64BindingsCommand.self,
            NAT64StatsCommand.self,
            NAT64BindCommand.self,
            NAT64UnbindCommand.self,
            NAT64DropCommand.self,
            NAT64TestCommand.self,
        ])

    @OptionGroup var common: CommonOptions
}

/// The options that say which bindings are meant.
struct NAT64BindingFilter: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Those of one protocol: tcp, udp or icmp.", valueName: "protocol"))
    var proto: NAT64Protocol?
    @Option(name: .long, help: ArgumentHelp("Those of an IPv6 address or prefix.", valueName: "address"))
    var client: IPv6Network?
    @Option(
        name: .customLong("public"),
        help: ArgumentHelp(
            "Those with this public IPv4 address or prefix, port or both: 192.0.2.1, :8080.", valueName: "address:port")
    )
    var publicSide: PublicNetwork?

    var selection: NAT64Selection {
        NAT64Selection(
            proto: proto, client: client?.text, publicPrefix: publicSide?.network, publicPort: publicSide?.port)
    }
}

/// The options that say which sessions are meant.
struct NAT64SessionFilter: ParsableArguments {
    @OptionGroup var binding: NAT64BindingFilter
    @Option(name: .long, help: ArgumentHelp("Those with a remote IPv4 address or prefix.", valueName: "address"))
    var remote: IPv4Network?

    var selection: NAT64Selection {
        var selection = binding.selection
        selection.remote = remote?.text
        return selection
    }
}

/// How many rows are shown.
struct RowLimit: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("How many at most; 0: all (default: 1000).", valueName: "number"))
    var limit: Int?

    mutating func validate() throws {
        if let limit, limit < 0 { throw ValidationError("--limit: at least 1, or 0 for all") }
    }

    var rows: Int { limit == 0 ? .max : limit ?? 1000 }
}
