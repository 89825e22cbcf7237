// What is asked of and told to a network interface by its name (netdevice(7)).

internal import CLinux
internal import Glibc
public import LinuxIO

/// An interface by name. Each question is a system call or two; ENODEV: there is none of that name.
public struct NetworkInterface: Hashable, Sendable {
    public let name: String

    public init(named name: String) { self.name = name }

    /// nil: there is no such interface.
    public init?(index: UInt32) {
        let name = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IF_NAMESIZE)) { room -> String? in
            guard let start = room.baseAddress, let name = if_indextoname(index, start) else { return nil }
            return String(cString: name)
        }
        guard let name else { return nil }
        self.init(named: name)
    }

    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Somebody set it up.
        public static let up = Flags(rawValue: CLINUX_INTERFACE_UP)
        /// It can carry packets: somebody holds its other end, or the cable leads somewhere.
        public static let running = Flags(rawValue: CLINUX_INTERFACE_RUNNING)
    }

    public func index() throws(Errno) -> UInt32 { UInt32(try check(clinux_interface_index(name))) }

    public func flags() throws(Errno) -> Flags { Flags(rawValue: UInt32(try check(clinux_interface_flags(name)))) }

    /// Whether it can carry packets: up, and not a cable that leads nowhere.
    public func isRunning() throws(Errno) -> Bool {
        // Asked first: the driver's word is quicker than the flag, which stands alone where the driver has none.
        if clinux_interface_has_link(name) == 0 { return false }
        return try flags().isSuperset(of: [.up, .running])
    }

    /// A TUN device, not a TAP device or anything else.
    public func isTun() throws(Errno) -> Bool { try check(clinux_interface_is_tun(name)) == 1 }

    public func mtu() throws(Errno) -> Int { Int(try check(clinux_interface_mtu(name))) }

    public func set(mtu: Int) throws(Errno) {
        guard let mtu = Int32(exactly: mtu) else { throw .invalidArgument }
        try check(clinux_interface_set_mtu(name, mtu))
    }

    public func set(up: Bool) throws(Errno) { try check(clinux_interface_set_up(name, up ? 1 : 0)) }

    /// How many packets wait to be read before more are dropped; 500 where nothing was set.
    public func set(queueLength packets: Int) throws(Errno) {
        guard let packets = Int32(exactly: packets) else { throw .invalidArgument }
        try check(clinux_interface_set_queue_length(name, packets))
    }

    /// All interfaces of this host.
    public static func all() -> [NetworkInterface] {
        guard let list = if_nameindex() else { return [] }
        defer { if_freenameindex(list) }
        var interfaces: [NetworkInterface] = []
        var entry = list
        while entry.pointee.if_index != 0, let name = entry.pointee.if_name {
            interfaces.append(NetworkInterface(named: String(cString: name)))
            entry += 1
        }
        return interfaces
    }

    @discardableResult
    private func check(_ result: Int32) throws(Errno) -> Int32 {
        if result < 0 { throw Errno(code: -result) }
        return result
    }
}
