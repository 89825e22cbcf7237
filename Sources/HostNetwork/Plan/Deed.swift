// What is done to the host and undone again, one kind of thing each.

internal import NAT64Backend
internal import NetAddress

/// One change to the host, with what its undoing needs to know.
enum Deed: Hashable, Sendable {
    /// The device is up, with this MTU; before, it was as `before` says.
    case link(device: String, mtu: Int, before: LinkBefore)
    /// The device has this address.
    case address(device: String, address: IPAddress, length: Int)
    case route(destination: IPPrefix, device: String)
    /// The host answers ARP for this address on this interface.
    case proxy(address: IPAddress, device: String)
    /// An nftables table of family `ip`, and its text.
    case table(name: String, text: String)
    case sysctl(SysctlChange)
    /// The host drops what it would route there.
    case blackhole(destination: IPPrefix)
    case reservedPorts(PortReservation)

    struct LinkBefore: Hashable, Sendable, Codable {
        var mtu: Int
        var isUp: Bool
    }

    /// What may be there once only: of two deeds with one identity, the second takes the place of the first.
    enum Identity: Hashable, Sendable {
        case link(String)
        case address(String, IPAddress)
        case route(IPPrefix, String)
        case proxy(IPAddress, String)
        case table(String)
        case sysctl(String)
        case blackhole(IPPrefix)
        case reservedPorts
    }

    var identity: Identity {
        switch self {
        case .link(let device, _, _): .link(device)
        case .address(let device, let address, _): .address(device, address)
        case .route(let destination, let device): .route(destination, device)
        case .proxy(let address, let device): .proxy(address, device)
        case .table(let name, _): .table(name)
        case .sysctl(let change): .sysctl(change.key)
        case .blackhole(let destination): .blackhole(destination)
        case .reservedPorts: .reservedPorts
        }
    }

    /// Whether it goes away with the device that it names.
    func belongs(to device: String) -> Bool {
        switch self {
        case .link(let mine, _, _), .address(let mine, _, _), .route(_, let mine): mine == device
        case .sysctl(let change): change.device == device
        case .proxy, .table, .blackhole, .reservedPorts: false
        }
    }
}

/// A kernel setting that was changed.
struct SysctlChange: Hashable, Sendable, Codable {
    var key: String
    /// What we set it to.
    var value: String
    var before: String
    /// Settings that the kernel changes along with this one, there and back, whatever they were before.
    var alongside: [Companion] = []

    struct Companion: Hashable, Sendable, Codable {
        var key: String
        var before: String
        /// What it is once `value` is set.
        var caused: String
    }

    /// `eth0` of `net/ipv6/conf/eth0/forwarding`.
    var device: String? {
        let parts = key.split(separator: "/")
        return parts.count == 5 && parts[2] == "conf" ? String(parts[3]) : nil
    }
}

/// How a deed is done or undone.
enum Action: Hashable, Sendable {
    case run(Command)
    case set(key: String, value: String)

    func typed(in namespace: String?) -> String {
        switch self {
        case .run(let command): command.typed(in: namespace)
        case .set(let key, let value): Sysctl.typed(key, value, in: namespace)
        }
    }
}

extension Deed {
    var action: Action {
        switch self {
        case .link(let device, let mtu, _): .run(.ip("link set dev", device, "mtu", "\(mtu)", "up"))
        case .address(let device, let address, let length):
            // IPv6: nobody else is on this link, no need to ask before the address is used. IPv4 never asks.
            address.bitWidth == 32
                ? .run(.ip("addr add", "\(address)/\(length)", "dev", device))
                : .run(.ip("-6 addr add", "\(address)/\(length)", "dev", device, "nodad"))
        case .route(let destination, let device):
            .run(.ip("\(destination.address.flag) route add", "\(destination)", "dev", device))
        case .proxy(let address, let device): .run(.ip("neigh add proxy", "\(address)", "dev", device))
        // Fails where a table of the name is there already; a table's block alone would add to it.
        case .table(let name, let text): .run(Command("nft", ["-f", "-"], input: "create table ip \(name)\n\(text)"))
        case .sysctl(let change): .set(key: change.key, value: change.value)
        case .blackhole(let destination):
            .run(.ip("\(destination.address.flag) route add blackhole", "\(destination)"))
        case .reservedPorts(let reservation): .set(key: Sysctl.reservedPorts, value: "\(reservation.list)")
        }
    }

    /// What puts it where we have done the like already: only a table's content is not simply overwritten.
    var replacingAction: Action {
        guard case .table(let name, let text) = self else { return action }
        // The first line makes the second one possible if somebody flushed the ruleset. All of it is one transaction.
        return .run(Command("nft", ["-f", "-"], input: "table ip \(name)\ndelete table ip \(name)\n\(text)"))
    }

    /// What takes it back. `Hand.aftermath` has what a setting's companions need.
    var undo: Action {
        switch self {
        case .link(let device, _, let before):
            .run(.ip("link set dev", device, "mtu", "\(before.mtu)", before.isUp ? "up" : "down"))
        case .address(let device, let address, let length):
            .run(.ip("\(address.flag) addr del", "\(address)/\(length)", "dev", device))
        case .route(let destination, let device):
            .run(.ip("\(destination.address.flag) route del", "\(destination)", "dev", device))
        case .proxy(let address, let device): .run(.ip("neigh del proxy", "\(address)", "dev", device))
        case .table(let name, _): .run(Command("nft", ["delete", "table", "ip", name]))
        case .sysctl(let change): .set(key: change.key, value: change.before)
        case .blackhole(let destination):
            .run(.ip("\(destination.address.flag) route del blackhole", "\(destination)"))
        case .reservedPorts(let reservation):
            .set(key: Sysctl.reservedPorts, value: "\(reservation.list.subtracting(reservation.ours))")
        }
    }

    /// What takes it back from the host as it is now: others may have had a hand in the same thing.
    func undo(in state: HostState) -> Action {
        asItIs(in: state).undo
    }

    /// Done again, it makes the host as it is now; the others do so by what they are.
    func asItIs(in state: HostState) -> Deed {
        guard case .reservedPorts(var reservation) = self,
            let now = state.sysctls[Sysctl.reservedPorts].flatMap({ PortSet($0) })
        else { return self }
        reservation.list = now
        return .reservedPorts(reservation)
    }

    /// Once it is done: without what it was to end.
    var settled: Deed {
        guard case .reservedPorts(var reservation) = self else { return self }
        reservation.former = PortSet()
        return .reservedPorts(reservation)
    }

    /// Whether the same is meant, whatever others have done since.
    func isSame(as other: Deed) -> Bool {
        guard case .reservedPorts(let mine) = self, case .reservedPorts(let theirs) = other else {
            return self == other
        }
        return mine.added == theirs.added && mine.former == theirs.former
    }

    /// Whether the host is as this deed makes it.
    func holds(in state: HostState) -> Bool {
        switch self {
        case .link(let device, let mtu, _): state.link(device).map { $0.mtu == mtu && $0.isUp } ?? false
        case .address(let device, let address, _):
            state.addresses.contains { $0.device == device && $0.address == address }
        case .route(let destination, let device):
            state.routes.contains {
                $0.destination == destination && $0.table == "main" && $0.hops == [.init(device: device)]
            }
        case .proxy(let address, let device): state.proxies.contains(.init(address: address, device: device))
        case .table(let name, _): state.tables?.contains(name) ?? false
        case .sysctl(let change): state.sysctls[change.key] == change.value
        case .blackhole(let destination):
            state.routes.contains {
                $0.destination == destination && $0.table == "main" && $0.type == "blackhole"
            }
        case .reservedPorts(let reservation):
            state.sysctls[Sysctl.reservedPorts].flatMap { PortSet($0) }?.isSuperset(of: reservation.added) ?? false
        }
    }
}

extension IPAddress {
    /// The flag of `ip` that names the family: none for IPv4, which it takes for granted.
    fileprivate var flag: String { bitWidth == 32 ? "" : "-6" }
}
