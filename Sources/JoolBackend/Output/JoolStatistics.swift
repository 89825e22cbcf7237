// Jool's counters as statistics of the common protocol. Where the other translator counts the same thing, they bear its
// name and its meaning; the rest is `jool-` and Jool's own name.
//
// What Jool can't translate it mostly leaves to its host, which may well be at home there: with a pool4 of the host's own
// addresses, JSTAT_POOL4_MISMATCH counts whatever comes to the host itself. So that, and JSTAT_POOL6_MISMATCH, are no
// `drop-not-for-us`.

internal import NAT64Backend

struct JoolStatistics: Hashable, Sendable {
    /// In Jool's order; numbers that mean the same are added up where the first of them stands.
    var statistics: [Statistic] = []
    /// How many sessions, and bindings, there are now; nil: Jool didn't say.
    var sessions: UInt64?
    var bindings: UInt64?

    init(_ rows: [StatisticRow]) {
        var places: [String: Int] = [:]
        for row in rows {
            if row.name == "JSTAT_SESSIONS" { sessions = row.value }
            if row.name == "JSTAT_BIB_ENTRIES" { bindings = row.value }
            let statistic = Self.statistic(row)
            if let place = places[statistic.name] {
                let (sum, overflows) = statistics[place].value.addingReportingOverflow(row.value)
                statistics[place].value = overflows ? .max : sum
            } else {
                places[statistic.name] = statistics.count
                statistics.append(statistic)
            }
        }
    }

    private static func statistic(_ row: StatisticRow) -> Statistic {
        if let common = common(row.name) { return Statistic(name: common.0, value: row.value, meaning: common.1) }
        var meaning = OutputFailure.oneLine(row.explanation ?? "")
        if meaning.isEmpty { meaning = JoolMeanings.of(row.name) }
        return Statistic(name: ownName(row.name), value: row.value, meaning: meaning)
    }

    /// `JSTAT64_TTL` is `jool-64-ttl`.
    private static func ownName(_ name: String) -> String {
        let rest = name.hasPrefix("JSTAT") ? name.dropFirst("JSTAT".utf8.count) : name[...]
        let words = rest.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        return "jool-" + (words.isEmpty ? "unnamed" : words.joined(separator: "-"))
    }

    /// Name and meaning of what the other translator counts too.
    private static func common(_ name: String) -> (String, String)? {
        switch name {
        case "JSTAT_RECEIVED6": ("received-6", "IPv6 packets that came in")
        case "JSTAT_RECEIVED4": ("received-4", "IPv4 packets that came in")
        case "JSTAT_TYPE1PKT", "JSTAT_TYPE2PKT": ("syn-stored", "SYNs from outside kept for a simultaneous open")
        case "JSTAT_SKB_TRUNCATED", "JSTAT_HDR6", "JSTAT_HDR4", "JSTAT_ICMPEXT_BIG":
            ("drop-malformed", "headers cut short or lengths that contradict each other")
        case "JSTAT64_ICMP_CSUM", "JSTAT46_ICMP_CSUM": ("drop-bad-checksum", "wrong checksum")
        case "JSTAT_HAIRPIN_LOOP": ("drop-illegal-source", "a source that nobody can have")
        case "JSTAT64_SEGMENTS_LEFT", "JSTAT46_SRC_ROUTE":
            ("drop-source-route", "unexpired source route or routing header")
        case "JSTAT64_TTL", "JSTAT46_TTL": ("drop-hop-limit", "hop limit or time to live used up")
        case "JSTAT_UNKNOWN_L4_PROTO": ("drop-unknown-protocol", "neither TCP, UDP nor ICMP")
        case "JSTAT_UNKNOWN_ICMP6_TYPE", "JSTAT_UNKNOWN_ICMP4_TYPE", "JSTAT64_UNTRANSLATABLE_PARAM_PROB_PTR",
            "JSTAT46_UNTRANSLATABLE_PARAM_PROBLEM_PTR":
            ("drop-unknown-icmp", "ICMP types that have no translation")
        case "JSTAT_BIB4_NOT_FOUND": ("drop-no-binding", "from outside to a port that nobody is bound to")
        case "JSTAT_SYN6_EXPECTED", "JSTAT_SYN4_EXPECTED":
            ("drop-no-session", "of a connection that is not known")
        case "JSTAT_ADF": ("drop-filtered", "from an address that the client has not sent to")
        case "JSTAT_BIB6_NOT_FOUND": ("drop-pool-exhausted", "no public port left")
        case "JSTAT_SO_FULL": ("drop-syn-store-full", "SYNs from outside that there was no room to keep")
        case "JSTAT_SO_EXISTS":
            ("drop-syn-repeated", "SYNs from outside that came again while the first is kept")
        case "JSTAT_SESSION_NOT_FOUND": ("drop-inner-mismatch", "ICMP errors about packets that are not ours")
        case "JSTAT_UNKNOWN_PROTO_INNER", "JSTAT_DOUBLE_ICMP6_ERROR", "JSTAT_DOUBLE_ICMP4_ERROR":
            ("drop-inner-unknown", "ICMP errors about what has no sessions")
        case "JSTAT_PKT_TOO_BIG": ("drop-too-long", "too long for the other family")
        case "JSTAT64_2XFRAG", "JSTAT64_FRAG_THEN_EXT":
            ("drop-fragment-extension", "extension headers behind a Fragment header")
        default: nil
        }
    }
}
