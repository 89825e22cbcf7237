// The command lines that change an instance, as values.

internal import NAT64Backend
internal import NetAddress

/// One change. Its words go to the program as they are: no shell sees them.
enum JoolCommand: Hashable, Sendable {
    case addInstance(String, JoolFramework, Pref64)
    case removeInstance(String)
    case setGlobal(String, name: String, value: String)
    /// `force`: also where the ports overlap with the host's own, which Jool 4.1.15 refuses otherwise, and for a prefix of
    /// many addresses, which every version does.
    case addPool(String, PoolTable.Piece, force: Bool)
    case removePool(String, PoolTable.Piece)
    case addMarked(String, PoolRow)
    case removeMarked(String, PoolRow)
    case flushPool(String)
    case addBinding(String, StaticBinding)
    case removeBinding(String, StaticBinding)
    case addRule(Rule)
    case removeRule(Rule)

    /// nil: Jool's own client.
    var program: String? {
        switch self {
        case .addRule(let rule), .removeRule(let rule): rule.program
        default: nil
        }
    }

    var arguments: [String] {
        switch self {
        case .addInstance(let name, let framework, let pool6):
            ["instance", "add", name, "--\(framework.rawValue)", "--pool6", "\(pool6)"]
        case .removeInstance(let name): ["instance", "remove", name]
        case .setGlobal(let instance, let name, let value): ["-i", instance, "global", "update", name, value]
        case .addPool(let instance, let piece, let force):
            ["-i", instance, "pool4", "add"] + piece.words + (force ? ["--force"] : [])
        case .removePool(let instance, let piece): ["-i", instance, "pool4", "remove"] + piece.words
        case .addMarked(let instance, let row):
            ["-i", instance, "pool4", "add"] + row.piece.words + ["--mark", "\(row.mark)"] + row.tries + ["--force"]
        case .removeMarked(let instance, let row):
            ["-i", instance, "pool4", "remove"] + row.piece.words + ["--mark", "\(row.mark)"]
        case .flushPool(let instance): ["-i", instance, "pool4", "flush"]
        case .addBinding(let instance, let binding):
            [
                "-i", instance, "bib", "add", binding.public.joolText, binding.client.joolText,
                "--\(binding.proto.rawValue)",
            ]
        case .removeBinding(let instance, let binding):
            ["-i", instance, "bib", "remove", binding.public.joolText, "--\(binding.proto.rawValue)"]
        case .addRule(let rule): ["-t", "mangle", "-A"] + rule.words
        case .removeRule(let rule): ["-t", "mangle", "-D"] + rule.words
        }
    }
}

extension PoolTable.Piece {
    var words: [String] {
        let addresses = prefix.length == 32 ? "\(prefix.address)" : "\(prefix)"
        return ["--\(proto.rawValue)", addresses, PortSet.text(ports)]
    }
}

extension PoolRow {
    var piece: PoolTable.Piece {
        let prefix = IPPrefix(.v4(address), length: 32)
        return PoolTable.Piece(proto: proto, prefix: prefix ?? Pref64.wellKnown.prefix, ports: ports)
    }

    /// What Jool computed by itself, it computes again.
    fileprivate var tries: [String] {
        guard isFixed else { return [] }
        return switch iterations {
        case .limited(let count): ["--max-iterations", "\(count)"]
        case .infinite: ["--max-iterations", "infinity"]
        }
    }
}

extension TransportAddress4 {
    /// `192.0.2.1#80`, as Jool writes it.
    var joolText: String { "\(address)#\(port)" }
}

extension TransportAddress6 {
    var joolText: String { "\(address)#\(port)" }
}
