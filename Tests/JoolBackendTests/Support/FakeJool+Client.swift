// The client's command lines, read as `jool` itself reads them; anything that the module here never says is an error.

extension FakeJool {
    private static let notLoaded = FakeAnswer(
        status: 253,
        words: """
            Error: Jool's socket family doesn't seem to exist.
            (This probably means Jool hasn't been modprobed.)
            Netlink error message: Object not found
            """)

    /// Whether a call is there to change something.
    static func changes(_ program: String, _ words: [String]) -> Bool {
        if program.hasSuffix("tables") { return words.contains("-A") || words.contains("-D") }
        return !words.contains("display") && words != ["--version"] && !words.contains("status")
    }

    mutating func answer(_ program: String, _ words: [String]) -> FakeAnswer {
        if program.hasSuffix("tables") { return tables(program, words) }
        if words == ["--version"] { return FakeAnswer(output: "\(clientVersion)\n") }
        if words.starts(with: ["instance"]) { return isLoaded ? instance(Array(words[1...])) : Self.notLoaded }
        guard words.count > 3, words[0] == "-i" else { return .misused("Unexpected token: '\(words.first ?? "")'") }
        if !isLoaded { return Self.notLoaded }
        let (name, mode, operation, rest) = (words[1], words[2], words[3], Array(words[4...]))
        let isDisplay = operation == "display"
        let header = isDisplay ? Self.header(mode, rest) : ""
        guard var instance = instances[name] else {
            var missing = FakeAnswer.refused(3, "This namespace lacks an instance named '\(name)'.")
            missing.output = mode == "global" ? "" : header
            return missing
        }
        if isDisplay { return FakeAnswer(output: header + instance.display(mode, rest, received)) }
        let answer = instance.change(mode, operation, rest)
        if answer.status == 0 { instances[name] = instance }
        return answer
    }

    private mutating func instance(_ words: [String]) -> FakeAnswer {
        switch words.first {
        case "display":
            guard words.contains("--csv") else { return .misused("a table that nobody here reads") }
            let rows = instances.keys.sorted().map { "8409dcc0,\($0),\(instances[$0]?.framework ?? "")" }
            return FakeAnswer(output: (["Namespace,Name,Framework"] + elsewhere + rows).joined(separator: "\n") + "\n")
        case "add":
            guard words.count == 5, words[3] == "--pool6" else { return .misused("Unexpected token: 'add'") }
            return add(words[1], String(words[2].dropFirst(2)), words[4])
        case "remove":
            guard words.count == 2 else { return .misused("Unexpected token: 'remove'") }
            return instances.removeValue(forKey: words[1]) == nil
                ? .refused(3, "The requested instance does not exist.") : .done
        default: return .misused("Unexpected token: '\(words.first ?? "")'")
        }
    }

    private mutating func add(_ name: String, _ framework: String, _ pool6: String) -> FakeAnswer {
        if name.utf8.count > 15 {
            return .misused("Error: The instance name must be a null-terminated ascii string, 15 characters max.")
        }
        if instances[name] != nil {
            return .refused(17, "This namespace already has a Jool instance named '\(name)'.")
        }
        if framework == "netfilter", instances.values.contains(where: { $0.framework == framework }) {
            return .refused(17, "This namespace already has a Netfilter Jool instance.")
        }
        instances[name] = Instance(framework, pool6: pool6)
        return .done
    }

    private mutating func tables(_ program: String, _ words: [String]) -> FakeAnswer {
        if words == ["--version"] { return FakeAnswer(output: "\(program) v1.8.9 (nf_tables)\n") }
        guard words.count > 3, words[0...1] == ["-t", "mangle"], words[3] == "PREROUTING" else {
            return FakeAnswer(status: 2, words: "\(program) v1.8.9 (nf_tables): no command specified")
        }
        let line = words[3...].joined(separator: " ")
        switch words[2] {
        case "-S":
            let lines = ["-P PREROUTING ACCEPT"] + (rules[program] ?? []).map { "-A \($0)" }
            return FakeAnswer(output: lines.joined(separator: "\n") + "\n")
        case "-A": rules[program, default: []].append(line)
        default:
            guard let place = rules[program]?.firstIndex(of: line) else {
                return FakeAnswer(
                    status: 1, words: "\(program): Bad rule (does a matching rule exist in that chain?).")
            }
            rules[program]?.remove(at: place)
        }
        return .done
    }

    static func header(_ mode: String, _ words: [String]) -> String {
        switch mode {
        case "global": "Field,Value\n"
        case "pool4": "Mark,Protocol,Address,Min port,Max port,Iterations,Iterations fixed\n"
        case "bib": "Protocol,IPv6 Address,IPv6 L4-ID,IPv4 Address,IPv4 L4-ID,Static?\n"
        case "session":
            "Protocol,IPv6 Remote Address,IPv6 Remote L4-ID,IPv6 Local Address,IPv6 Local L4-ID,IPv4 Local Address,"
                + "IPv4 Local L4-ID,IPv4 Remote Address,IPv4 Remote L4-ID,Expires in,State\n"
        default: words.contains("--explain") ? "Stat,Value,Explanation\n" : "Stat,Value\n"
        }
    }
}
