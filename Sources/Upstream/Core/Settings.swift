// Whom to ask about what: the settings of the forwarding half, replaced whole at a reload.

public import DNSMessage
public import NetAddress

/// The servers that questions about one zone go to, and how they are asked.
public struct UpstreamZone: Hashable, Sendable {
    /// Which of several servers is asked.
    public enum Policy: Hashable, Sendable {
        /// The one with the shortest smoothed round-trip time; now and then another that is about as near.
        case fastest
        /// The first in the order given that works.
        case ordered
        /// The two best at once; the first good answer counts.
        case race
    }

    public enum Transport: Hashable, Sendable {
        /// With TCP after truncation.
        case udp
        case tcp
    }

    /// Everything at and under this name, unless a longer zone matches.
    public var zone: DomainName
    public var servers: [SocketAddress]
    public var policy: Policy = .fastest
    /// For one question, all tries together, in milliseconds. Under a stub's usual 5 s, so that it still gets its
    /// SERVFAIL.
    public var timeoutMilliseconds: UInt64 = 4000
    /// The UDP payload size that we announce, octets (RFC 6891 section 6.2.3).
    public var ednsSize: UInt16 = 1232
    /// Random letter case in the question's name, compared in the answer ("0x20").
    public var caseRandomization = false
    public var transport: Transport = .udp
    /// Ask for the AD bit and hand it on; without this it is cleared in every answer.
    public var trustAD = false

    public init(zone: DomainName, servers: [SocketAddress]) {
        self.zone = zone
        self.servers = servers
    }
}

/// All zones with their servers. Where two zones have one name, the first counts.
public struct UpstreamSettings: Hashable, Sendable {
    public var zones: [UpstreamZone]

    public init(zones: [UpstreamZone]) { self.zones = zones }
}

/// Finds the longest matching zone.
struct ZoneTable {
    private var zones: [DomainName: UpstreamZone] = [:]
    let settings: UpstreamSettings

    init(_ settings: UpstreamSettings) {
        self.settings = settings
        for zone in settings.zones where zones[zone.zone] == nil { zones[zone.zone] = zone }
    }

    func zone(for question: UpstreamQuestion) -> UpstreamZone? {
        // RFC 4035 section 3.1.4.1: the DS RRset of a zone lives in its parent, so the parent's servers are the ones to
        // ask.
        if question.type == .ds, let parent = question.name.parent, let zone = zone(above: parent) { return zone }
        return zone(above: question.name)
    }

    private func zone(above name: DomainName) -> UpstreamZone? {
        var current: DomainName? = name
        while let candidate = current {
            if let zone = zones[candidate] { return zone }
            current = candidate.parent
        }
        return nil
    }
}
