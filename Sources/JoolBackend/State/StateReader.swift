// Reads what stands. Changes nothing.

internal import HostNetwork
internal import NAT64Backend
internal import NetAddress

struct StateReader {
    let client: Client

    /// The instances of these names that stand in this network namespace.
    ///
    /// - Parameter wishes: for static bindings, to find what is in their way; and for the framework, where instances of
    ///   other namespaces make it ambiguous.
    func read(_ names: Set<String>, _ wishes: [InstanceWish]) async throws(JoolFailure) -> [InstanceState] {
        let rows = try await client.read(["instance", "display", "--csv"], JoolOutput.instances)
        var states: [InstanceState] = []
        for name in names.sorted() {
            // All namespaces' instances are listed: whether ours has one, only asking for it says.
            let frameworks = Set(rows.filter { $0.name == name }.map(\.framework))
            guard !frameworks.isEmpty else { continue }
            let wish = wishes.first { $0.name == name }
            let framework =
                frameworks.count == 1 ? frameworks.first ?? .netfilter : wish?.framework ?? .netfilter
            if let state = try await instance(name, framework, wish) { states.append(state) }
        }
        if states.contains(where: { $0.framework == .iptables }) {
            try await readRules(into: &states)
        }
        return states
    }

    private func instance(_ name: String, _ framework: JoolFramework, _ wish: InstanceWish?) async throws(JoolFailure)
        -> InstanceState?
    {
        let globals: JoolGlobalValues
        do throws(JoolFailure) {
            globals = try await client.read(["-i", name, "global", "display", "--csv"], JoolOutput.globals)
        } catch {
            if case .instanceMissing = error.cause { return nil }
            throw error
        }
        guard let pool6 = globals.pool6 else {
            throw JoolFailure(
                .unreadable("an instance without a pool6"),
                command: client.typed("-i", name, "global", "display", "--csv"))
        }
        var state = InstanceState(name: name, framework: framework, pool6: pool6, globals: globals.settings)
        for proto in TransportProtocol.allCases {
            let flag = "--\(proto.rawValue)"
            let rows = try await client.read(["-i", name, "pool4", "display", "--csv", flag], JoolOutput.pool4)
            state.marked += rows.filter { $0.mark != 0 }
            for row in rows where row.mark == 0 {
                state.pool4.insert(row.ports, PoolTable.Key(proto: row.proto, address: row.address))
            }
            let bindings = try await client.read(
                ["-i", name, "bib", "display", "--csv", "--numeric", flag], JoolOutput.bindings)
            note(bindings, wish?.staticBindings ?? [], in: &state)
        }
        return state
    }

    private func note(_ rows: [BindingRow], _ wanted: Set<StaticBinding>, in state: inout InstanceState) {
        let clients = Set(wanted.map(\.clientSide))
        let publics = Set(wanted.map(\.publicSide))
        for row in rows {
            let binding = StaticBinding(proto: row.proto, client: row.client, public: row.public)
            if row.isStatic {
                state.staticBindings.insert(binding)
            } else if clients.contains(binding.clientSide) || publics.contains(binding.publicSide) {
                state.inTheWay.insert(binding)
            }
        }
    }

    private func readRules(into states: inout [InstanceState]) async throws(JoolFailure) {
        let names = Set(states.map(\.name))
        var rules: Set<Rule> = []
        for (family, program) in [(4, "iptables"), (6, "ip6tables")] {
            let listing = try await client.run(program, ["-t", "mangle", "-S", "PREROUTING"])
            rules.formUnion(Rule.read(listing, family: family, instances: names))
        }
        for index in states.indices { states[index].rules = rules.filter { $0.instance == states[index].name } }
    }
}

extension StaticBinding {
    fileprivate struct ClientSide: Hashable {
        var proto: TransportProtocol
        var client: TransportAddress6
    }

    fileprivate struct PublicSide: Hashable {
        var proto: TransportProtocol
        var address: TransportAddress4
    }

    fileprivate var clientSide: ClientSide { ClientSide(proto: proto, client: client) }
    fileprivate var publicSide: PublicSide { PublicSide(proto: proto, address: `public`) }
}
