// What is to hold and what stands, read together; and who may change it.

internal import HostNetwork
internal import NAT64Backend
internal import NetAddress

/// Everything that a change is planned from.
struct Picture: Sendable {
    var wishes: Wishes
    var facts: HostFacts
    /// nil: none is ours.
    var own: OwnInstances?
    /// Those of the wishes' names, and ours.
    var states: [InstanceState]
    var pool4: [IPPrefix]
    var name: String

    var names: Set<String> { Set(wishes.instances.map(\.name)).union(own?.names ?? []) }

    var planner: Planner {
        Planner(wishes: wishes.instances, actual: states, localPorts: facts.localPorts)
    }

    var request: KernelTranslatorRequest {
        KernelTranslatorRequest(
            name: name, prefixes: wishes.instances.map(\.pool6.prefix), pool4: pool4,
            reservedPorts: wishes.reserved.ranges)
    }
}

extension Supervisor {
    /// - Parameter isModuleThere: whether there can be instances at all.
    func picture(_ plan: NAT64Plan, isModuleThere: Bool = true) async throws(BackendFailure) -> Picture {
        let facts = try await machine.facts()
        let wishes = try Wishes(plan, options, facts)
        let own = try file.load()
        let isPoolOurs = !options.adopts || plan.named.contains(.pool4)
        var picture = Picture(
            wishes: wishes, facts: facts, own: own, states: [],
            pool4: isPoolOurs ? plan.pool4.map(\.prefix) : [], name: options.instance.description)
        if isModuleThere {
            do throws(JoolFailure) {
                picture.states = try await StateReader(client: client).read(picture.names, wishes.instances)
            } catch { throw failure(error) }
        }
        return picture
    }

    /// Nobody else's instance is changed or removed without being asked.
    func check(_ picture: Picture) throws(BackendFailure) {
        for wish in picture.wishes.instances {
            let state = picture.states.first { $0.name == wish.name }
            if options.adopts {
                try checkAdopted(wish, state)
            } else if state != nil, picture.own?.names.contains(wish.name) != true {
                throw BackendFailure(
                    .conflict, "there is an instance \(wish.name) of Jool already, that dns64d did not make",
                    remedy: "to take it over: nat64.jool.adopt: true; to be rid of it: "
                        + "`\(client.typed("instance", "remove", wish.name))`; or set nat64.jool.instance to another name"
                )
            }
        }
    }

    private func checkAdopted(_ wish: InstanceWish, _ state: InstanceState?) throws(BackendFailure) {
        guard let state else {
            throw BackendFailure(
                .conflict, "there is no instance \(wish.name) of Jool to adopt",
                remedy: "`\(client.typed(.addInstance(wish.name, wish.framework, wish.pool6)))`; "
                    + "or nat64.jool.adopt: false, and dns64d makes it")
        }
        guard let reason = wish.reasonToRemake(state) else { return }
        throw BackendFailure(
            .conflict,
            "the instance \(wish.name) of Jool is somebody else's, and not as the configuration has it: \(reason)",
            remedy: state.pool6 == wish.pool6
                ? "nat64.jool.framework: \(state.framework.rawValue)"
                : "dns64.prefixes: [\(state.pool6)]; or make the instance anew with \(wish.pool6)")
    }
}
