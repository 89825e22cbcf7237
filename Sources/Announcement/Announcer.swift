// The programs that announce, what each is to do beside another one, and the text that makes it do so.

/// A program that sends router advertisements, or answers DHCP, or both.
public enum Announcer: String, CaseIterable, Hashable, Sendable {
    case radvd, dnsmasq
    case iscDHCP = "isc-dhcp"
    case kea, networkd
}

/// Why there is nothing to announce, or who announces can't.
public struct AnnouncementRefusal: Error, Hashable, Sendable {
    /// One line.
    public var message: String
    /// What there is instead, and what mends it; a line each.
    public var advice: [String]

    public init(_ message: String, advice: [String] = []) {
        self.message = message
        self.advice = advice
    }
}

/// One program's configuration.
public struct ProgramConfiguration: Hashable, Sendable {
    /// One file of it.
    public struct File: Hashable, Sendable {
        /// Where the program looks for it on Debian.
        public var path: String
        /// Its lines, with the last line end.
        public var text: String
    }

    /// One or two.
    public var files: [File]
    /// What to mind that does not stand in a file: a sentence or a few, then commands, a line each.
    public var remarks: [String]
}

extension Announcer {
    /// The configuration by which this program makes the clients of `network` find dns64d.
    ///
    /// - Parameters:
    ///   - partner: another program on the same network, with which this one shares the work.
    ///   - installed: which version is there to read the configuration; what it would refuse is left out, and said.
    ///   - networkFile: for networkd, the name of the file that it configures the interface by, such as `50-lan.network`.
    public func configuration(
        for network: AnnouncedNetwork, with partner: Announcer? = nil, installed: InstalledProgram = .unknown,
        networkFile: String? = nil
    ) throws(AnnouncementRefusal) -> ProgramConfiguration {
        let duties = try Duties(of: self, with: partner)
        let task = AnnouncingTask(
            program: self, network: network, duties: duties, partner: partner, installed: installed,
            networkFile: networkFile)
        var configuration =
            switch self {
            case .radvd: try Radvd.configuration(task)
            case .dnsmasq: Dnsmasq.configuration(task)
            case .iscDHCP: ISCDHCP.configuration(task)
            case .kea: Kea.configuration(task)
            case .networkd: try Networkd.configuration(task)
            }
        configuration.remarks = network.remarks + task.commonRemarks + configuration.remarks
        return configuration
    }
}

/// What a program is to do on a network.
struct Duties: Hashable {
    var advertises: Bool
    /// Who answers DHCPv6 there; nil: nobody, as far as is known.
    var dhcpv6: Announcer?
    /// Whether this program answers DHCPv4.
    var dhcpv4: Bool

    init(of program: Announcer, with partner: Announcer?) throws(AnnouncementRefusal) {
        switch (program, partner) {
        case (.radvd, nil), (.radvd, .networkd): self.init(advertises: true, dhcpv6: nil, dhcpv4: false)
        case (.radvd, .dnsmasq), (.radvd, .iscDHCP), (.radvd, .kea):
            self.init(advertises: true, dhcpv6: partner, dhcpv4: false)
        case (.networkd, nil): self.init(advertises: true, dhcpv6: nil, dhcpv4: true)
        case (.networkd, .radvd): self.init(advertises: false, dhcpv6: nil, dhcpv4: true)
        case (.networkd, .dnsmasq), (.networkd, .iscDHCP), (.networkd, .kea):
            self.init(advertises: true, dhcpv6: partner, dhcpv4: false)
        case (.dnsmasq, nil): self.init(advertises: true, dhcpv6: .dnsmasq, dhcpv4: true)
        case (.dnsmasq, .radvd), (.dnsmasq, .networkd), (.iscDHCP, nil), (.iscDHCP, .radvd), (.iscDHCP, .networkd),
            (.kea, nil), (.kea, .radvd), (.kea, .networkd):
            self.init(advertises: false, dhcpv6: program, dhcpv4: true)
        default:
            throw AnnouncementRefusal(
                "\(program.rawValue) and \(partner?.rawValue ?? "nobody") don't share the work on one network",
                advice: ["radvd and networkd go with each other, and each with one of dnsmasq, isc-dhcp and kea"])
        }
    }

    private init(advertises: Bool, dhcpv6: Announcer?, dhcpv4: Bool) {
        self.advertises = advertises
        self.dhcpv6 = dhcpv6
        self.dhcpv4 = dhcpv4
    }
}

/// All that a program's text is made from.
struct AnnouncingTask {
    let program: Announcer
    let network: AnnouncedNetwork
    let duties: Duties
    let partner: Announcer?
    let installed: InstalledProgram
    let networkFile: String?

    var interface: String { network.interface.text }

    /// The command that prints this.
    var command: String { Self.command(program, with: partner, on: interface) }

    static func command(_ program: Announcer, with partner: Announcer?, on interface: String) -> String {
        "dns64ctl announce \(program.rawValue)" + (partner.map { " --with \($0.rawValue)" } ?? "")
            + " --interface \(interface)"
    }

    var commonRemarks: [String] {
        var remarks: [String] = []
        if installed == .missing {
            remarks.append("\(program.rawValue) is not installed here: this is for the newest version.")
        }
        if duties.advertises, !network.translatesHere {
            remarks.append(
                "Another host translates (nat64.backend: none). If that is the router of this network too, this one should not "
                    + "be taken for it: set the router lifetime to 0 (radvd: AdvDefaultLifetime 0; dnsmasq: ra-param; networkd: "
                    + "RouterLifetimeSec=0).")
        }
        return remarks
    }

    /// A remark that ends in commands.
    static func remark(_ text: String, _ commands: String...) -> String {
        ([text] + commands).joined(separator: "\n")
    }

    /// The remark that names the other program's part.
    func otherPart(_ text: String, _ other: Announcer, with partner: Announcer?) -> String {
        Self.remark(text, Self.command(other, with: partner, on: interface))
    }
}
