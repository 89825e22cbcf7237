// The session table (RFC 6146 section 3.1.2). Jool speaks of local and remote as its own host sees them: the remote IPv6
// address is the client's, the local one is the prefix with the server's address in it.

internal import NAT64Backend

extension JoolOutput {
    /// `jool session display --csv --numeric`, of one protocol.
    static func sessions(_ output: [UInt8]) throws(OutputFailure) -> [SessionEntry] {
        var table = try CSVTable(output, of: "jool session display")
        let columns = try SessionColumns(table)
        var entries: [SessionEntry] = []
        // A line takes about 130 octets; one more would cost a copy of the whole list.
        entries.reserveCapacity(output.count / 100)
        // Rows of UDP and ICMP end before the comma of the state. Were it another column, they would be whole.
        let mayLackState = columns.state == table.columns.count - 1
        while try table.nextRow(mayLackLast: mayLackState) { entries.append(try columns.entry(table)) }
        return entries
    }
}

private struct SessionColumns {
    var proto: Int
    var client: Int
    var clientPort: Int
    var remote6: Int
    var remote6Port: Int
    var `public`: Int
    var publicPort: Int
    var remote: Int
    var remotePort: Int
    var remaining: Int
    var state: Int

    init(_ table: CSVTable) throws(OutputFailure) {
        proto = try table.column("Protocol")
        client = try table.column("IPv6 Remote Address")
        clientPort = try table.column("IPv6 Remote L4-ID")
        remote6 = try table.column("IPv6 Local Address")
        remote6Port = try table.column("IPv6 Local L4-ID")
        `public` = try table.column("IPv4 Local Address")
        publicPort = try table.column("IPv4 Local L4-ID")
        remote = try table.column("IPv4 Remote Address")
        remotePort = try table.column("IPv4 Remote L4-ID")
        remaining = try table.column("Expires in")
        state = try table.column("State")
    }

    func entry(_ table: CSVTable) throws(OutputFailure) -> SessionEntry {
        let transport = try table.transportProtocol(proto)
        guard let time = JoolTime.milliseconds(table.bytes, table.range(remaining)) else {
            throw table.unfit(remaining, "time")
        }
        return SessionEntry(
            proto: transport, client: try table.transportAddress6(client, clientPort),
            remote6: try table.transportAddress6(remote6, remote6Port),
            public: try table.transportAddress4(`public`, publicPort),
            remote: try table.transportAddress4(remote, remotePort),
            state: transport == .tcp ? try stateName(table) : nil,
            remainingSeconds: time / 1000 + (time % 1000 == 0 ? 0 : 1))
    }

    private static let states: [(jool: StaticString, name: String)] = [
        ("ESTABLISHED", "established"), ("V4_FIN_V6_FIN_RCV", "v4-fin-v6-fin-rcv"), ("TRANS", "trans"),
        ("V6_INIT", "v6-init"), ("V4_INIT", "v4-init"), ("V4_FIN_RCV", "v4-fin-rcv"), ("V6_FIN_RCV", "v6-fin-rcv"),
        ("CLOSED", "closed"),
    ]

    /// The words of RFC 6146 section 3.5.2.2 as the other translator writes them. A state that a later version knows is
    /// shown in its own word.
    private func stateName(_ table: CSVTable) throws(OutputFailure) -> String {
        guard table.has(state), !table.range(state).isEmpty else {
            throw table.failure("a TCP session without a state")
        }
        for known in Self.states where table.holds(known.jool, state) { return known.name }
        let word = OutputFailure.shown(table.bytes[table.range(state)]).lowercased()
        return String(word.map { $0 == "_" || $0 == " " ? "-" : $0 })
    }
}
