// The whole file as one table. What a key is called, sets, allows and means is said here and nowhere else.

/// Every key of the configuration file.
public enum ConfigurationSchema {
    /// The reference of every key, in the order of the file. A list of sections has a row for itself and for each key
    /// inside.
    public static let keys: [KeyReference] = root.references(Configuration(), path: "")

    static let root = Section<Configuration>(
        fields: [
            Field(
                section: "server", \.server, server, comment: "Where dns64d listens, whom it answers, what it takes on"),
            Field(section: "control", \.control, control, comment: "Where dns64ctl finds the daemon"),
            Field(section: "dns64", \.dns64, dns64, comment: "What is synthesized, and from what"),
            clients,
            Field(
                list: "upstream", \.upstream, of: upstream, comment: "Who is asked; the longest matching zone wins",
                distinct: { ("zone", $0.zone) }, prototype: { _ in Configuration.Upstream(zone: ".", servers: []) },
                "Where questions are forwarded, by zone. The longest matching zone wins. `[]` forwards nothing."),
            Field(section: "cache", \.cache, cache, comment: "What is kept, and how long"),
            Field(
                list: "zones", \.zones, of: zones, comment: "What is answered from zone files",
                distinct: { ("name", $0.name) }, prototype: { _ in Configuration.Zone(name: ".", file: "") },
                "Zones that are answered from master files, with authority."),
            Field(
                section: "empty-zones", \.emptyZones, emptyZones,
                comment: "The zones of RFC 6303, answered here so that upstream never sees them"),
            Field(section: "nat64", \.nat64, nat64, comment: "The translator behind the synthesized addresses"),
            Field(section: "log", \.log, log, comment: "What the daemon writes down"),
        ], check: checkTranslator)

    /// The keys below `section` that the file gives a value, by their paths from there; those inside lists left out.
    static func named(in section: String, _ findings: Findings) -> Set<String> {
        let paths = keys.map(\.path).filter { $0.hasPrefix("\(section).") && !$0.contains("[]") }
        return Set(paths.filter { findings.names($0) }.map { String($0.dropFirst(section.count + 1)) })
    }

    static let upstream = Section<Configuration.Upstream>(fields: [
        Field(
            "zone", \.zone, .domainName, required: true,
            "The zone whose questions go to these servers; `.` is all others."),
        Field(
            "servers", \.servers, upstreamServers, required: true,
            "The servers, default port 53. `system` stands for those of /etc/resolv.conf, read again when it changes."),
        Field(
            "policy", \.policy, .word(),
            "Which server is asked: the one with the shortest measured round-trip time, "
                + "the first that works, or the two best at once."
        ),
        Field(
            "timeout", \.timeout, .duration(.milliseconds(100) ... .seconds(60)),
            "How long one question may take, all tries together; then the client gets SERVFAIL."),
        Field(
            "edns-size", \.ednsSize, .integer(512...4096), "The UDP payload size announced upstream (RFC 6891), octets."
        ),
        Field(
            "case-randomization", \.caseRandomization, .boolean,
            "Random letter case in the names asked for, compared in the answer (\"0x20\")."),
        Field("transport", \.transport, .word(), "`udp` goes to TCP after truncation; `tcp` asks over TCP alone."),
        Field(
            "trust-ad", \.trustAD, .boolean, "Hand on the AD bit of these servers: only over a path nobody can alter."),
    ])

    private static let upstreamServers: Notation<[Configuration.UpstreamServer]> =
        .list(of: .upstreamServer, "addresses, address:port, [v6]:port or the word system", atLeast: 1) {
            $0 == $1 ? "repeats" : nil
        }
        .or("system", for: [.system])

    static let cache = Section<Configuration.Cache>(
        fields: [
            Field("size", \.size, .byteSize(1 << 20...1 << 40), "What the cache may use, all workers together."),
            Field(
                "min-ttl", \.minTTL, ttl(from: 0),
                "Positive answers are kept at least this long; not above `cache.max-ttl`."),
            Field("max-ttl", \.maxTTL, ttl(from: 1), "Answers are kept at most this long."),
            Field(
                "max-negative-ttl", \.maxNegativeTTL, ttl(from: 0),
                "Negative answers are kept at most this long (RFC 2308 section 5)."),
            Field(section: "serve-stale", \.serveStale, serveStale),
            Field(
                "prefetch", \.prefetch, .boolean, "Ask again for a name that is asked for in the last tenth of its TTL."
            ),
        ], check: checkTTLs)

    static let serveStale = Section<Configuration.ServeStale>(fields: [
        Field("enabled", \.enabled, .boolean, "Answer past the TTL when upstream is silent (RFC 8767)."),
        Field("max-age", \.maxAge, ttl(from: 1), "How long past its TTL an answer may serve."),
        Field(
            "reply-after", \.replyAfter, .duration(.zero ... .seconds(60)),
            "How long upstream is waited for before a stale answer is given (RFC 8767 section 5)."),
        Field(
            "answer-ttl", \.answerTTL, .duration(.seconds(1) ... .seconds(3_600), wholeSeconds: true),
            "The TTL of a stale answer."),
    ])

    static let zones = Section<Configuration.Zone>(fields: [
        Field("name", \.name, .domainName, required: true, "The zone's name."),
        Field(
            "file", \.file, .path, required: true,
            "Its master file (RFC 1035 section 5). A relative path is relative to the working directory "
                + "if the file is there, "
                + "else to the directory of the configuration file."),
        Field(
            "referrals", \.referrals, .word(),
            "Names below a delegation: `answer` sends the referral to the client, `forward` asks upstream."),
    ])

    static let emptyZones = Section<Configuration.EmptyZones>(fields: [
        Field("enabled", \.enabled, .boolean, "Answer for the zones of RFC 6303 here."),
        Field(
            "except", \.except, .list(of: .domainName, "domain names"),
            "Zones of that list that are forwarded after all."),
    ])

    static let log = Section<Configuration.Log>(fields: [
        Field("level", \.level, .word(), "How much is written, from the most to the least."),
        Field("queries", \.queries, .boolean, "One line for each query."),
    ])

    /// RFC 2181 section 8: a TTL is a number of seconds "with a minimum value of 0, and a maximum value of 2147483647".
    private static func ttl(from minimum: Int) -> Notation<Duration> {
        .duration(.seconds(minimum) ... .seconds(24_855 * 86_400), wholeSeconds: true)
    }

    @Sendable private static func checkTTLs(
        _ cache: Configuration.Cache, path: String, named: Set<String>, _ findings: inout Findings
    ) {
        let (low, high) = ("\(path).min-ttl", "\(path).max-ttl")
        guard cache.minTTL > cache.maxTTL, !findings.refused(low), !findings.refused(high) else { return }
        let (minimum, maximum) = (DurationText.text(cache.minTTL), DurationText.text(cache.maxTTL))
        if named.contains("min-ttl"), let mark = findings.place(of: low) {
            findings.refuse(low, at: mark, found: minimum, allowed: "a duration not above \(high), which is \(maximum)")
        } else if let mark = findings.place(of: high) {
            findings.refuse(high, at: mark, found: maximum, allowed: "a duration not below \(low), which is \(minimum)")
        }
    }
}
