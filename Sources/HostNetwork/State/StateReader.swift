// Reads the host's state: `ip -j`, `nft -j` and /proc/sys. Changes nothing.

internal import NAT64Backend
internal import NetAddress

/// What of the host is looked at. Routing tables can be huge, so routes are asked for by prefix.
struct StateScope {
    /// The translator's; empty: it has none, and nothing to do with proxies and nftables.
    var device: String
    /// Routes equal to or inside these.
    var within: [IPPrefix] = []
    /// Routes equal to or around these.
    var around: [IPPrefix] = []

    init(device: String) { self.device = device }

    init(_ request: KernelTranslatorRequest) {
        device = ""
        within = request.pool4
    }

    /// All that matters for `request`.
    init(_ request: HostRequest) {
        device = request.device
        let inner = request.inner.flatMap { IPPrefix(.v4($0), length: 32) }
        within = request.prefixes + [request.deviceNetwork] + request.pool4 + (inner.map { [$0] } ?? [])
        around = [request.deviceNetwork] + (inner.map { [$0] } ?? [])
    }
}

struct StateReader {
    let machine: any Machine

    func read(_ scope: StateScope) async throws(BackendFailure) -> HostState {
        var state = HostState()
        let links: [LinkOutput] = try await list(.ip("-j -d link show"))
        state.links = links.map(\.link)
        state.addresses = try await addresses()
        state.routes = try await routes(scope)
        if !scope.device.isEmpty {
            let proxies: [ProxyOutput] = try await list(.ip("-4 -j neigh show proxy"))
            for output in proxies { if let proxy = try output.proxy() { state.proxies.append(proxy) } }
            try await readRuleset(into: &state)
        }
        readSysctls(of: scope.device, into: &state)
        return state
    }

    func addresses() async throws(BackendFailure) -> [HostState.Address] {
        var addresses: [HostState.Address] = []
        let outputs: [AddressOutput] = try await list(.ip("-j addr show"))
        for output in outputs { addresses += try output.addresses() }
        return addresses
    }

    /// Where packets to `address` leave from, and by which interface; nil: nowhere.
    func source(towards address: IPv4Address) async throws(BackendFailure) -> SourceOutput? {
        let command = Command.ip("-4 -j route get", "\(address)")
        let bytes: [UInt8]
        do throws(ProgramFailure) { bytes = try await machine.run(command) } catch {
            // The answer where there is no route, or one that leads nowhere.
            if case .exited = error.cause { return nil }
            throw error.backendFailure
        }
        let outputs: [SourceOutput] = try ProgramOutput.list(bytes, of: command)
        return outputs.first
    }

    private func routes(_ scope: StateScope) async throws(BackendFailure) -> [HostState.Route] {
        var selections: [(family: Int, words: [String])] = [(4, ["default"]), (6, ["default"])]
        for (word, prefixes) in [("root", scope.within), ("match", scope.around)] {
            for prefix in prefixes { selections.append((prefix.address.bitWidth == 32 ? 4 : 6, [word, "\(prefix)"])) }
        }
        var found: [HostState.Route] = []
        var seen: Set<HostState.Route> = []
        for (family, words) in selections {
            let command = Command("ip", ["-\(family)", "-j", "route", "show", "table", "all"] + words)
            let outputs: [RouteOutput] = try await list(command)
            for output in outputs {
                let route = try output.route(family: family)
                if seen.insert(route).inserted { found.append(route) }
            }
        }
        return found
    }

    /// Without `nft` there is nothing to read; who needs it is told so by `obstacles`, or by the step that fails.
    private func readRuleset(into state: inout HostState) async throws(BackendFailure) {
        let tables = Command("nft", ["-j", "list", "tables"])
        let bytes: [UInt8]
        do throws(ProgramFailure) { bytes = try await machine.run(tables) } catch { return }
        let ruleset: RulesetOutput = try ProgramOutput.value(bytes, of: tables)
        state.tables = Set(ruleset.nftables.compactMap(\.table).filter { $0.family == "ip" }.map(\.name))
        let chains: RulesetOutput = try await value(Command("nft", ["-j", "list", "chains"]))
        for chain in chains.nftables.compactMap(\.chain) where chain.hook == "forward" && chain.policy == "drop" {
            let rules: RulesetOutput = try await value(
                Command("nft", ["-j", "list", "chain", chain.family, chain.table, chain.name]))
            let words = rules.nftables.compactMap(\.rule?.expr).reduce(into: Set()) { $0.formUnion($1.all) }
            state.droppingChains.append(
                HostState.DroppingChain(family: chain.family, table: chain.table, name: chain.name, words: words))
        }
    }

    private func readSysctls(of device: String, into state: inout HostState) {
        var keys = [Sysctl.forwarding4, Sysctl.acceptRedirects4, Sysctl.reservedPorts]
        for family in [4, 6] {
            for name in machine.names(in: Sysctl.path("net/ipv\(family)/conf")) where family == 6 || name != "all" {
                keys.append(Sysctl.interface(family, name, "forwarding"))
                if family == 6 { keys.append(Sysctl.interface(6, name, "accept_ra")) }
            }
        }
        if !device.isEmpty { keys += DeviceSetting.all.map { Sysctl.interface(6, device, $0.name) } }
        for key in keys { if let value = machine.sysctl(key) { state.sysctls[key] = value } }
    }

    private func list<Element: Decodable>(_ command: Command) async throws(BackendFailure) -> [Element] {
        try ProgramOutput.list(try await output(command), of: command)
    }

    private func value<Value: Decodable>(_ command: Command) async throws(BackendFailure) -> Value {
        try ProgramOutput.value(try await output(command), of: command)
    }

    private func output(_ command: Command) async throws(BackendFailure) -> [UInt8] {
        do throws(ProgramFailure) { return try await machine.run(command) } catch { throw error.backendFailure }
    }
}

extension Machine {
    /// A kernel setting's value; nil if there is none of the name.
    func sysctl(_ key: String) -> String? {
        guard let text = read(Sysctl.path(key)) else { return nil }
        return String(text.prefix { !$0.isNewline })
    }
}
