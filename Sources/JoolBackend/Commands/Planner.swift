// From instances as they are to instances as they are to be: the fewest commands that close the difference. A pure
// function; what it returns is what `dns64d --plan` shows and what is run.

internal import NAT64Backend
internal import NetAddress

/// A change, and why.
struct Change: Hashable, Sendable {
    var command: JoolCommand
    var reason: String
    /// An instance goes away with its sessions, to be made anew: what its name is, and why.
    var losesSessionsOf: String?
}

struct Planner {
    let wishes: [InstanceWish]
    /// Those of the wishes' names, and those of ours that are not wanted any more.
    let actual: [InstanceState]
    /// The ports that the host's programs get.
    var localPorts: ClosedRange<UInt16> = 32768...60999

    var changes: [Change] {
        var changes: [Change] = []
        let names = Set(wishes.map(\.name))
        for state in actual where !names.contains(state.name) {
            changes += removal(state, because: "no longer wanted")
        }
        var fresh: [InstanceWish] = []
        for wish in wishes {
            guard let state = actual.first(where: { $0.name == wish.name }) else {
                fresh.append(wish)
                continue
            }
            if let reason = wish.reasonToRemake(state) {
                changes += removal(state, because: reason, isRemade: true)
                fresh.append(wish)
            } else {
                changes += difference(state, wish)
            }
        }
        for wish in fresh {
            let reason = "the translator of \(wish.pool6)"
            changes.append(Change(command: .addInstance(wish.name, wish.framework, wish.pool6), reason: reason))
            changes += difference(InstanceState(fresh: wish), wish)
        }
        return changes
    }

    private func removal(_ state: InstanceState, because reason: String, isRemade: Bool = false) -> [Change] {
        let rules = state.rules.sorted().map {
            Change(command: .removeRule($0), reason: "it leads to the instance \(state.name)")
        }
        return rules + [
            Change(
                command: .removeInstance(state.name), reason: reason, losesSessionsOf: isRemade ? state.name : nil)
        ]
    }

    /// Rules come last and go first: a packet meets an instance that is ready, or none.
    private func difference(_ state: InstanceState, _ wish: InstanceWish) -> [Change] {
        let rules = wish.rules ?? state.rules
        let gone = state.rules.subtracting(rules).sorted().map {
            Change(command: .removeRule($0), reason: "no longer wanted")
        }
        let new = rules.subtracting(state.rules).sorted().map {
            Change(command: .addRule($0), reason: "packets reach the instance")
        }
        return gone + globals(state, wish) + bindingRemovals(state, wish) + pool(state, wish)
            + bindingAdditions(state, wish) + new
    }

    private func globals(_ state: InstanceState, _ wish: InstanceWish) -> [Change] {
        var wanted = wish.globals
        if !wish.isAdopted {
            // Only what this Jool has.
            for (name, value) in JoolGlobals.defaults where wanted[name] == nil && state.globals[name] != nil {
                wanted[name] = value
            }
        }
        return wanted.sorted { $0.key < $1.key }.filter { state.globals[$0.key] != $0.value }.map { name, value in
            Change(
                command: .setGlobal(wish.name, name: name, value: value),
                reason: state.globals[name].map { "it is \($0)" } ?? "it is not known")
        }
    }

    /// Additions first: an empty pool4 would mean the host's own addresses.
    private func pool(_ state: InstanceState, _ wish: InstanceWish) -> [Change] {
        guard let wanted = wish.pool4 else { return [] }
        let marked = wish.isAdopted ? [] : state.marked.filter { !wish.marked.contains($0) }
        let lost = wish.marked.subtracting(state.marked).map {
            Change(command: .addMarked(wish.name, $0), reason: "it was there before")
        }
        if wanted.isEmpty, !state.pool4.isEmpty, marked.count == state.marked.count {
            return [Change(command: .flushPool(wish.name), reason: "the host's own addresses are shared")] + lost
        }
        let additions = wanted.subtracting(state.pool4).pieces.map { piece in
            let force = piece.isLarge || piece.proto != .icmp && piece.ports.overlaps(localPorts)
            return Change(
                command: .addPool(wish.name, piece, force: force), reason: "public addresses for the clients")
        }
        let removals = state.pool4.subtracting(wanted).pieces.map {
            Change(command: .removePool(wish.name, $0), reason: "not in the configuration's pool4")
        }
        return additions + lost + removals
            + marked.map { Change(command: .removeMarked(wish.name, $0), reason: "not in the configuration's pool4") }
    }

    private func bindingRemovals(_ state: InstanceState, _ wish: InstanceWish) -> [Change] {
        guard let wanted = wish.staticBindings else { return [] }
        let gone = wish.keepsOtherBindings ? [] : state.staticBindings.subtracting(wanted).sorted()
        return gone.map { Change(command: .removeBinding(wish.name, $0), reason: "no longer a static binding") }
            + state.inTheWay.sorted().map {
                Change(command: .removeBinding(wish.name, $0), reason: "a static binding takes its place")
            }
    }

    private func bindingAdditions(_ state: InstanceState, _ wish: InstanceWish) -> [Change] {
        guard let wanted = wish.staticBindings else { return [] }
        return wanted.subtracting(state.staticBindings).sorted().map {
            Change(command: .addBinding(wish.name, $0), reason: "a static binding")
        }
    }
}

extension InstanceWish {
    /// Whether everything that was to be otherwise than in a new instance is as in a new one. Of a wish that asks for
    /// nothing special that can't be told.
    func isReset(_ settings: [String: String]) -> Bool {
        let special = globals.filter { $0.value != JoolGlobals.defaults[$0.key] }
        return !special.isEmpty && special.allSatisfy { settings[$0.key] == JoolGlobals.defaults[$0.key] }
    }

    /// Why `state` can't be changed into this; nil: it can.
    func reasonToRemake(_ state: InstanceState) -> String? {
        if state.pool6 != pool6 { return "its pool6 is \(state.pool6), and can't be changed" }
        if state.framework != framework { return "its framework is \(state.framework.rawValue), and can't be changed" }
        return nil
    }
}

extension PoolTable.Piece {
    /// "You're adding lots of addresses, which might defeat the whole point of NAT64 over SIIT", says the client of
    /// prefixes shorter than 24 bits, and does nothing.
    fileprivate var isLarge: Bool { prefix.length < 24 }
}

extension Rule: Comparable {
    static func < (one: Rule, other: Rule) -> Bool {
        (one.instance, other.family, one.match.joined(separator: " "))
            < (other.instance, one.family, other.match.joined(separator: " "))
    }
}

extension StaticBinding {
    fileprivate var order: (String, UInt32, UInt16) { (proto.rawValue, `public`.address.rawValue, `public`.port) }
}

extension Sequence<StaticBinding> {
    fileprivate func sorted() -> [StaticBinding] { sorted { $0.order < $1.order } }
}
