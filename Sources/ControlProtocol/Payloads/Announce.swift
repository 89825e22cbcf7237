// `dns64ctl announce`: the configuration of another program, by which the clients of a network find this daemon.

/// What sends router advertisements or answers DHCP.
public enum AnnouncingProgram: String, Codable, CaseIterable, Hashable, Sendable {
    case radvd, dnsmasq
    case iscDHCP = "isc-dhcp"
    case kea, networkd
}

/// For whom, and where.
public struct AnnounceRequest: Codable, Hashable, Sendable {
    public var program: AnnouncingProgram
    /// The interface toward the clients; absent for the one that can be meant, if there is only one.
    public var interface: String?
    /// Another program on the same network that `program` shares the work with: one advertises, the other answers DHCP.
    public var partner: AnnouncingProgram?

    public init(program: AnnouncingProgram, interface: String? = nil, partner: AnnouncingProgram? = nil) {
        self.program = program
        self.interface = interface
        self.partner = partner
    }
}

/// What the program needs to be told.
public struct AnnounceReport: Codable, Hashable, Sendable {
    public var program: AnnouncingProgram
    /// The interface toward the clients.
    public var interface: String
    /// One or more files, whole, comments included.
    public var files: [AnnouncedFile]
    /// What to mind that does not stand in a file: versions, what this program can't announce, what else is needed. A sentence
    /// or a few each; commands stand behind them, a line each.
    public var remarks: [String]

    public init(
        program: AnnouncingProgram, interface: String, files: [AnnouncedFile], remarks: [String] = []
    ) {
        self.program = program
        self.interface = interface
        self.files = files
        self.remarks = remarks
    }
}

/// One file of a program's configuration.
public struct AnnouncedFile: Codable, Hashable, Sendable {
    /// Where the program looks for it on Debian.
    public var path: String
    /// Its lines, with the last line end.
    public var text: String

    public init(path: String, text: String) {
        self.path = path
        self.text = text
    }
}
