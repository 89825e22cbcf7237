// All that was found out, before anything is judged. The checks are functions of this value.

internal import DaemonConfig
public import NAT64Backend
public import NetAddress

public struct Facts: Sendable {
    public var subject: Subject
    public var box: Box
    public var upstream: [UpstreamAnswer] = []
    public var links: [LinkFacts] = []
    /// What keeps the translator from running here.
    public var obstacles: [Obstacle] = []
    /// What `apply` would do now: none if the machine is as asked.
    public var steps: [PlannedStep] = []
    /// Why that can't be said.
    public var stepsFailure: BackendFailure?
    /// The interface that packets to each prefix leave by; nil: no route.
    public var prefixRoutes: [IPPrefix: String?] = [:]
    public var probe = ProbeOutcome.skipped("it was not tried")

    public init(subject: Subject, box: Box) {
        self.subject = subject
        self.box = box
    }

    public var clientInterfaces: [Box.Interface] { subject.clientInterfaces(box) }
    public var translates: Bool { subject.configuration.nat64.backend != .none }
}

/// What one upstream server said.
public struct UpstreamAnswer: Hashable, Sendable {
    public var zone: String
    public var server: SocketAddress
    /// The response code of a plain question, and how long it took; nil: none came.
    public var answer: Answer?
    /// Why not.
    public var failure: String?
    /// AAAA of ipv4only.arpa, which nobody but a DNS64 has; nil: not asked.
    public var pref64Addresses: [IPv6Address]?
    /// It has an address for a name under `invalid.`, which nobody can have.
    public var inventsNames = false

    public struct Answer: Hashable, Sendable {
        public var code: String
        public var milliseconds: Double
    }
}

/// What a client on one link would see.
public struct LinkFacts: Hashable, Sendable {
    public var interface: String
    /// dns64d's address that clients there use; nil: it does not listen there.
    public var resolver: SocketAddress?
    /// AAAA of ipv4only.arpa that clients there get.
    public var ownAnswer: OwnAnswer?
    /// nil: there was no right to listen.
    public var advertisements: [RouterAdvertisement]?
    public var information = Information.notAsked("it was not tried")

    public enum OwnAnswer: Hashable, Sendable {
        case addresses([IPv6Address])
        /// Response code or trouble.
        case failed(String)
    }

    public enum Information: Hashable, Sendable {
        case notAsked(String)
        case silent
        case reply([IPv6Address])
    }
}

/// How the probe through the translator went.
public enum ProbeOutcome: Hashable, Sendable {
    case skipped(String)
    /// `what`: the remote host and port. `detail`: how it answered.
    case passed(what: String, detail: String, milliseconds: Double)
    /// `isKnownToAnswer`: the person named the host, or dns64d uses it.
    case failed(what: String, detail: String, isKnownToAnswer: Bool)
}
