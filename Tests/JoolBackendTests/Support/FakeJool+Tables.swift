// An instance's tables: shown and changed.

extension FakeJool.Instance {
    /// The rows behind the header.
    func display(_ mode: String, _ words: [String], _ received: Int) -> String {
        let proto = ["--tcp": "TCP", "--udp": "UDP", "--icmp": "ICMP"].first { words.contains($0.key) }?.value ?? "TCP"
        let lines: [String] =
            switch mode {
            case "global":
                FakeJool.globals.compactMap { entry in
                    globals[entry.name].map { "\(entry.name),\($0.contains(",") ? "\"\($0)\"" : $0)" }
                }
            case "pool4":
                pool4.filter { $0.key.proto == proto }.sorted { $0.key.address < $1.key.address }.flatMap {
                    key, ranges in
                    ranges.map {
                        "\(key.mark),\(proto),\(key.address),\($0.lowerBound),\($0.upperBound),\(key.iterations),"
                            + (key.isFixed ? "1" : "0")
                    }
                }
            case "bib":
                bindings.filter { $0.proto == proto }.sorted { $0.outside < $1.outside }.map {
                    "\(proto),\($0.client.comma),\($0.outside.comma),\($0.isStatic ? 1 : 0)"
                }
            case "session":
                sessions.filter { $0.proto == proto }.map { session in
                    // Rows of UDP and ICMP end before the comma of the state.
                    "\(proto),\(session.client.comma),\(session.remote6.comma),\(session.outside.comma),"
                        + "\(session.remote.comma),\(session.expires)" + (session.state.map { ",\($0)" } ?? "")
                }
            default: statistics(received, isExplained: words.contains("--explain"))
            }
        return lines.map { $0 + "\n" }.joined()
    }

    private func statistics(_ received: Int, isExplained: Bool) -> [String] {
        let rows: [(String, Int, String)] = [
            ("JSTAT_RECEIVED6", received, "Total IPv6 packets received by the instance so far."),
            ("JSTAT_BIB_ENTRIES", bindings.count, "Number of BIB entries currently held in the BIB."),
            ("JSTAT_SESSIONS", sessions.count, "Number of session entries currently held in the BIB."),
            ("JSTAT64_TTL", 3, "IPv6 packets whose Hop Limit was used up."),
        ]
        return rows.map { name, value, text in "\(name),\(value)" + (isExplained ? ",\"\(text)\"" : "") }
    }

    mutating func change(_ mode: String, _ operation: String, _ words: [String]) -> FakeAnswer {
        switch (mode, operation) {
        case ("global", "update") where words.count == 2: return update(words[0], words[1])
        case ("pool4", "flush") where words.isEmpty:
            pool4 = [:]
            return .done
        case ("pool4", "add"): return pool(words, isAdded: true)
        case ("pool4", "remove"): return pool(words, isAdded: false)
        case ("bib", "add") where words.count == 3:
            return bind(words[0], words[1], words[2].dropFirst(2).uppercased())
        case ("bib", "remove") where words.count == 2:
            let proto = words[1].dropFirst(2).uppercased()
            guard let old = bindings.first(where: { $0.proto == proto && $0.outside == words[0] }) else {
                return .refused(3, "The entry wasn't in the database.")
            }
            bindings.remove(old)
            sessions.removeAll { $0.proto == proto && $0.outside == words[0] }
            return .done
        default: return .misused("Unexpected token: '\(operation)'")
        }
    }

    private mutating func update(_ name: String, _ value: String) -> FakeAnswer {
        guard let old = globals[name] else {
            return .misused("Unexpected token: '\(name)'\nAvailable options: \(globals.keys.sorted())")
        }
        if name == "pool6" { return .refused(22, "Sorry; you can't change a NAT64 instance's pool6 for now.") }
        if old == "TRUE" || old == "FALSE" {
            guard let truth = Bool(value) else {
                return .misused("Error: Cannot parse '\(value)' as a bool (true|false|1|0|yes|no|on|off).")
            }
            globals[name] = truth ? "TRUE" : "FALSE"
        } else if name == "tcp-est-timeout", value.hasPrefix("0:") || value.hasPrefix("1:") {
            return .refused(22, "The 'tcp-est' timeout (3600000) is too small. (min: 7200000)")
        } else {
            globals[name] = value
        }
        return .done
    }

    private mutating func bind(_ outside: String, _ client: String, _ proto: String) -> FakeAnswer {
        if let old = bindings.first(where: { $0.proto == proto && ($0.outside == outside || $0.client == client) }) {
            return .refused(17, "Entry \(outside)|\(client) collides with \(old.outside)|\(old.client).")
        }
        let parts = outside.split(separator: "#")
        let port = UInt16(parts[1]) ?? 0
        let isCovered = pool4.contains { key, ranges in
            key.proto == proto && key.address == parts[0] && ranges.contains { $0.contains(port) }
        }
        guard isCovered || pool4.isEmpty && port > 61_000 else {
            return .refused(
                22, "The transport address '\(outside)' does not belong to pool4.\nPlease add it there first.")
        }
        bindings.insert(FakeJool.Binding(proto: proto, client: client, outside: outside, isStatic: true))
        return .done
    }
}

extension String {
    /// `192.0.2.1#80` in two fields.
    fileprivate var comma: String { split(separator: "#").joined(separator: ",") }
}
