// What `jool ... display --csv --numeric` prints, turned into values: a function for each table. They throw at the first
// thing that is not as it should be, so that half a table is never taken for a whole one.

internal import NAT64Backend
internal import NetAddress

/// How packets reach an instance of Jool; as the client shows it, and takes it after `--`.
public enum JoolFramework: String, CaseIterable, Sendable {
    /// All packets of the network namespace pass by; one instance each.
    case netfilter
    /// Rules of iptables and ip6tables lead packets there; as many instances as there are names.
    case iptables
}

/// An instance of any network namespace.
struct InstanceRow: Hashable, Sendable {
    /// The kernel's address of the namespace, hexadecimal without padding.
    var namespace: String
    /// May be empty, and may hold spaces, commas and quotes.
    var name: String
    var framework: JoolFramework
}

/// A line of pool4.
struct PoolRow: Hashable, Sendable {
    /// How many ports Jool tries before it gives a packet up.
    enum Iterations: Hashable, Sendable {
        case limited(UInt32)
        case infinite
    }

    var mark: UInt32
    var proto: TransportProtocol
    var address: IPv4Address
    /// Ports, or ICMP identifiers.
    var ports: ClosedRange<UInt16>
    var iterations: Iterations
    /// Whether somebody set `iterations`; false: Jool computed it.
    var isFixed: Bool
}

/// A line of the binding information base.
struct BindingRow: Hashable, Sendable {
    var proto: TransportProtocol
    var client: TransportAddress6
    var `public`: TransportAddress4
    var isStatic: Bool
}

/// A counter of Jool's.
struct StatisticRow: Hashable, Sendable {
    /// `JSTAT_RECEIVED6`; `????` for one that the client doesn't know.
    var name: String
    var value: UInt64
    /// In Jool's words, which may take several lines; nil where --explain was not given.
    var explanation: String?
}

enum JoolOutput {
    /// `jool pool4 display --csv`, of one protocol.
    static func pool4(_ output: [UInt8]) throws(OutputFailure) -> [PoolRow] {
        var table = try CSVTable(output, of: "jool pool4 display")
        let mark = try table.column("Mark")
        let proto = try table.column("Protocol")
        let address = try table.column("Address")
        let lowest = try table.column("Min port")
        let highest = try table.column("Max port")
        let iterations = try table.column("Iterations")
        let isFixed = try table.column("Iterations fixed")
        var rows: [PoolRow] = []
        while try table.nextRow() {
            let first: UInt16 = try table.number(lowest, "port")
            let last: UInt16 = try table.number(highest, "port")
            guard first <= last else { throw table.failure("ports from \(first) down to \(last)") }
            let tries: PoolRow.Iterations =
                table.holds("infinite", iterations) ? .infinite : .limited(try table.number(iterations))
            rows.append(
                PoolRow(
                    mark: try table.number(mark), proto: try table.transportProtocol(proto),
                    address: try table.address4(address), ports: first...last, iterations: tries,
                    isFixed: try table.flag(isFixed)))
        }
        return rows
    }

    /// `jool bib display --csv --numeric`, of one protocol.
    static func bindings(_ output: [UInt8]) throws(OutputFailure) -> [BindingRow] {
        var table = try CSVTable(output, of: "jool bib display")
        let proto = try table.column("Protocol")
        let client = try table.column("IPv6 Address")
        let clientPort = try table.column("IPv6 L4-ID")
        let address = try table.column("IPv4 Address")
        let port = try table.column("IPv4 L4-ID")
        let isStatic = try table.column("Static?")
        var rows: [BindingRow] = []
        while try table.nextRow() {
            rows.append(
                BindingRow(
                    proto: try table.transportProtocol(proto), client: try table.transportAddress6(client, clientPort),
                    public: try table.transportAddress4(address, port), isStatic: try table.flag(isStatic)))
        }
        return rows
    }

    /// `jool stats display --csv --all`, with --explain or without.
    static func statistics(_ output: [UInt8]) throws(OutputFailure) -> [StatisticRow] {
        var table = try CSVTable(output, of: "jool stats display")
        let name = try table.column("Stat")
        let value = try table.column("Value")
        let explanation = table.columns.firstIndex(of: "Explanation")
        var rows: [StatisticRow] = []
        while try table.nextRow() {
            guard !table.range(name).isEmpty else { throw table.unfit(name, "name") }
            rows.append(
                StatisticRow(
                    name: table.text(name), value: try table.number(value),
                    explanation: explanation.map { table.text($0) }))
        }
        return rows
    }
}
