// What of this host's ports and addresses a translator that shares them has to know.

internal import LinuxIO
internal import NAT64Backend
public import NetAddress

/// The host's own ports and addresses.
public struct HostPorts: Hashable, Sendable {
    /// The ports that the kernel gives to programs that ask for none (`ip_local_port_range`), without regard to
    /// `reserved`.
    public var localRange: ClosedRange<UInt16>
    /// The ports that it gives to no such program, sorted; none touch or overlap.
    public var reserved: [ClosedRange<UInt16>]
    /// The host's own addresses of global scope, without those that were added for the translator.
    public var addresses: [IPv4Address] = []
    /// The one of `addresses` that packets to the Internet leave with; nil: no route leads there.
    public var primary: IPv4Address?

    public init(
        localRange: ClosedRange<UInt16>, reserved: [ClosedRange<UInt16>] = [], addresses: [IPv4Address] = [],
        primary: IPv4Address? = nil
    ) {
        self.localRange = localRange
        self.reserved = reserved
        self.addresses = addresses
        self.primary = primary
    }

    /// A PCP server's anycast address (RFC 7723): global, and behind the default route everywhere. Nothing is sent.
    static let somewhere = IPv4Address(192, 0, 0, 9)
}

/// The kernel settings that a translator depends on, as they are. nil: one can't be read.
public struct HostSettings: Hashable, Sendable {
    public var forwarding4: Bool?
    public var forwarding6: Bool?
    public var localPorts: ClosedRange<UInt16>?
    /// Sorted; none touch or overlap.
    public var reserved: [ClosedRange<UInt16>]

    public init(
        forwarding4: Bool? = nil, forwarding6: Bool? = nil, localPorts: ClosedRange<UInt16>? = nil,
        reserved: [ClosedRange<UInt16>] = []
    ) {
        self.forwarding4 = forwarding4
        self.forwarding6 = forwarding6
        self.localPorts = localPorts
        self.reserved = reserved
    }

    /// Reads them without any program, so cheaply that it may be done each second. The calling thread waits.
    ///
    /// - Parameter namespace: a named network namespace; nil: the process's own. All are nil where it can't be entered.
    public static func read(namespace: String?) -> HostSettings {
        guard let namespace else { return HostSettings(LocalMachine()) }
        return (try? NetworkNamespaces.run(in: namespace) { HostSettings(LocalMachine()) }) ?? HostSettings()
    }

    init(_ machine: any Machine) {
        func flag(_ key: String) -> Bool? { machine.sysctl(key).map { $0 != "0" } }
        forwarding4 = flag(Sysctl.forwarding4)
        forwarding6 = flag(Sysctl.forwarding6)
        let bounds = machine.sysctl(Sysctl.localPorts)?.split(whereSeparator: \.isWhitespace).compactMap { UInt16($0) }
        if let bounds, bounds.count == 2, bounds[0] <= bounds[1] { localPorts = bounds[0]...bounds[1] }
        reserved = machine.sysctl(Sysctl.reservedPorts).flatMap { PortSet($0) }?.ranges ?? []
    }
}
