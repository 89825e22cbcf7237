// `dns64ctl doctor`: this box, examined as an experienced engineer would.

/// What to examine.
public struct DoctorRequest: Codable, Hashable, Sendable {
    /// The interface toward the clients; absent for all that can be meant.
    public var interface: String?
    /// A name that has only A records, to be reached through the translator; absent for one that dns64d chooses.
    public var host: String?

    public init(interface: String? = nil, host: String? = nil) {
        self.interface = interface
        self.host = host
    }
}

/// How one thing is.
public enum DoctorLight: String, Codable, CaseIterable, Hashable, Sendable {
    /// As it should be.
    case green
    /// It works, and something is to be mended or known.
    case yellow
    /// It does not work.
    case red
    /// There was nothing to examine, or no way to.
    case skipped
}

/// All findings.
public struct DoctorReport: Codable, Hashable, Sendable {
    /// The worst of all checks.
    public var light: DoctorLight
    /// In the order in which packets meet the things examined.
    public var checks: [DoctorCheck]

    public init(checks: [DoctorCheck]) {
        self.checks = checks
        let lights = Set(checks.map(\.light))
        light = lights.contains(.red) ? .red : lights.contains(.yellow) ? .yellow : .green
    }
}

/// One thing that was examined.
public struct DoctorCheck: Codable, Hashable, Sendable {
    /// A word for programs, which does not change: `forwarding`, `upstream`, `mtu`.
    public var name: String
    /// What of it, where there are several: an interface, a server.
    public var subject: String?
    public var light: DoctorLight
    /// What was found, a sentence.
    public var finding: String
    /// What to do, a step each; empty where nothing is to be done.
    public var remedy: [String]

    public init(
        name: String, subject: String? = nil, light: DoctorLight, finding: String, remedy: [String] = []
    ) {
        self.name = name
        self.subject = subject
        self.light = light
        self.finding = finding
        self.remedy = remedy
    }
}
