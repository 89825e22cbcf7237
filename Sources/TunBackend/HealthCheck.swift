// Looks whether packets get through: the device, the routes to it and from it, forwarding, the threads. Changes nothing.

internal import Glibc
internal import HostNetwork
internal import LinuxIO
internal import NAT64Backend
internal import NetAddress
internal import Telemetry
internal import Translator
internal import TunDevice

/// What was seen at one moment.
struct HealthCheck {
    /// Somebody deleted the device.
    let isDeviceMissing: Bool
    /// The device is there and up.
    let isDeviceUp: Bool
    /// The device has its own network: a device that went down and came back has not.
    let hasOwnNetwork: Bool
    /// Prefixes and public addresses lead to the device.
    let hasRoutes: Bool
    /// A route or a setting that dns64d makes is gone from a device that is up.
    let lacksWhatIsOurs: Bool
    let reasons: [HealthReason]

    /// A lane that did not come round for so long is stuck: it comes round every 100 ms.
    private static let silenceLimit: UInt64 = 3_000_000_000

    /// - Parameter undone: what could not be done again of what somebody undid.
    init(
        _ device: TunDevice, _ derivation: Derivation, _ lanes: [LaneShared], undone: HealthReason?, now: MonotonicTime
    ) {
        var reasons: [HealthReason] = []
        isDeviceMissing = !device.isPresent
        let flags = (try? device.interface.flags()) ?? []
        isDeviceUp = !isDeviceMissing && flags.contains(.up)
        hasOwnNetwork = isDeviceUp && Self.leads(.v6(derivation.settings.ownAddress6), to: device)
        let missing = isDeviceUp ? Self.routes(device, derivation) : []
        hasRoutes = isDeviceUp && missing.isEmpty
        if isDeviceMissing {
            reasons.append(.deviceMissing(device.name))
        } else if !isDeviceUp {
            reasons.append(.deviceDown(device.name))
        }
        reasons += missing
        if let reason = Self.outsideRoute(device) { reasons.append(reason) }
        let stopped = Self.forwarding()
        reasons += stopped
        lacksWhatIsOurs = isDeviceUp && (!missing.isEmpty || !stopped.isEmpty)
        if let undone { reasons.append(undone) }
        if lanes.contains(where: { $0.silence(now) > Self.silenceLimit }) { reasons.append(.stuck) }
        self.reasons = reasons
    }

    var health: BackendHealth { reasons.isEmpty ? .good : .bad(reasons) }

    private static func leads(_ address: IPAddress, to device: TunDevice) -> Bool {
        (try? RouteLookup.interface(towards: address)) == device.index
    }

    private static func routes(_ device: TunDevice, _ derivation: Derivation) -> [HealthReason] {
        var reasons: [HealthReason] = []
        for prefix in derivation.settings.prefixes
        where !leads(.v6(prefix.embed(LinkFacts.somewhere)), to: device) {
            reasons.append(.noPrefixRoute(prefix.prefix, device.name))
        }
        let inner = derivation.request.inner.flatMap { IPPrefix(.v4($0), length: 32) }
        for prefix in derivation.request.pool4 + (inner.map { [$0] } ?? []) where !leads(prefix.address, to: device) {
            reasons.append(.noPool4Route(prefix, device.name))
        }
        return reasons
    }

    private static func outsideRoute(_ device: TunDevice) -> HealthReason? {
        guard let index = try? RouteLookup.interface(towards: .v4(LinkFacts.somewhere)) else { return .noIPv4Route }
        if index == device.index { return .ipv4RouteLoops(device.name) }
        // The kernel keeps a route whose cable was pulled ("linkdown"), and uses it.
        guard let outside = NetworkInterface(index: index), (try? outside.isRunning()) == false else { return nil }
        return .outsideLinkDown(outside.name)
    }

    private static func forwarding() -> [HealthReason] {
        var reasons: [HealthReason] = []
        if isOff("/proc/sys/net/ipv4/ip_forward") { reasons.append(.forwardingOff("net.ipv4.ip_forward")) }
        if isOff("/proc/sys/net/ipv6/conf/all/forwarding") {
            reasons.append(.forwardingOff("net.ipv6.conf.all.forwarding"))
        }
        return reasons
    }

    /// A setting that can't be read is believed to be right.
    private static func isOff(_ path: String) -> Bool {
        let raw = open(path, O_RDONLY | O_CLOEXEC)
        guard raw >= 0 else { return false }
        let file = OwnedDescriptor(adopting: raw)
        var octet: UInt8 = 0
        return read(file.raw, &octet, 1) == 1 && octet == UInt8(ascii: "0")
    }
}

extension HealthReason {
    static func deviceMissing(_ name: String) -> HealthReason {
        HealthReason(
            code: "device-missing", message: "the device \(name) was deleted",
            remedy: "it is made anew as soon as rights allow; else restart dns64d")
    }

    static func deviceDown(_ name: String) -> HealthReason {
        HealthReason(
            code: "device-down", message: "the device \(name) is set down", remedy: "ip link set \(name) up")
    }

    static func noPrefixRoute(_ prefix: IPPrefix, _ name: String) -> HealthReason {
        HealthReason(
            code: "no-prefix-route", message: "packets to \(prefix) do not reach the device \(name)",
            remedy: "look at `ip -6 route get \(prefix.address)`; if no other route is in the way: "
                + "`ip -6 route add \(prefix) dev \(name)`")
    }

    static func noPool4Route(_ prefix: IPPrefix, _ name: String) -> HealthReason {
        HealthReason(
            code: "no-pool4-route", message: "packets to \(prefix) do not reach the device \(name)",
            remedy: "look at `ip route get \(prefix.address)`; if no other route is in the way: "
                + "`ip route add \(prefix) dev \(name)`")
    }

    static let noIPv4Route = HealthReason(
        code: "no-ipv4-route", message: "this host has no route to the IPv4 Internet",
        remedy: "look at `ip route show default`")

    static func outsideLinkDown(_ name: String) -> HealthReason {
        HealthReason(
            code: "outside-link-down",
            message: "the interface \(name), behind which the IPv4 Internet lies, has no link",
            remedy: "look at `ip link show dev \(name)`, at the cable and at what is at its other end")
    }

    static func ipv4RouteLoops(_ name: String) -> HealthReason {
        HealthReason(
            code: "ipv4-route-loops", message: "the route to the IPv4 Internet leads back into the device \(name)",
            remedy: "look at `ip route show default`")
    }

    static func forwardingOff(_ setting: String) -> HealthReason {
        HealthReason(
            code: "forwarding-off", message: "this host does not forward packets: \(setting) is 0",
            remedy: "sysctl -w \(setting)=1")
    }

    static let stuck = HealthReason(
        code: "translator-stuck", message: "a thread of the translator has not come round for 3 seconds",
        remedy: "restart dns64d")
}
