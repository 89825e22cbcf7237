// A client of the IPv6-only network, played on this host: packets written into a TUN device come in from an interface
// for the kernel, as any client's do. A socket of this host's would be no such client: its packets are born here, pass by
// what a kernel's translator listens to, and have an address of this host.

internal import LinuxIO
public import NetAddress
internal import Synchronization
public import TunDevice

/// A host behind a device of its own, which goes away with it, or with this process. It knows no more than what is asked
/// of it, and answers nobody. Any task may ask; what is asked at the same time waits in turn.
///
/// For its packets to be carried on, IPv6 forwarding has to be on.
public final class ProbeClient: Sendable {
    /// Of all that it sends.
    public let address: IPv6Address
    /// The name of the device that its packets come in from.
    public var device: String { probe.device.name }

    private let probe: ProbeDevice
    private let turn = Mutex<Void>(())
    private let hasReserve: Bool

    private init(_ address: IPv6Address, _ probe: ProbeDevice, hasReserve: Bool) {
        self.address = address
        self.probe = probe
        self.hasReserve = hasReserve
    }

    /// Makes the device and the route to the client.
    ///
    /// - Parameters:
    ///   - address: the client's; nil: a random one of fd00::/8 (RFC 4193 section 3.2.2).
    ///   - name: the device's; with a number behind it if it is taken.
    ///   - reserve: /dev/net/tun, opened while there were rights to. Used by one client at a time; others open it anew.
    public static func open(
        address: IPv6Address? = nil, name: String = "dns64probe", reserve: TunReserve? = nil
    ) async throws(ProbeFailure) -> ProbeClient {
        try await open(address: address, name: name, reserve: reserve, in: .process)
    }

    static func open(address: IPv6Address?, name: String, reserve: TunReserve?, in place: ProbePlace)
        async throws(ProbeFailure) -> ProbeClient
    {
        let address = address ?? randomAddress(in: nil)
        let hasReserve = reserve != nil && Reserved.take()
        do throws(ProbeFailure) {
            let probe = try await ProbeDevice.make(name, for: address, from: hasReserve ? reserve : nil, in: place)
            return ProbeClient(address, probe, hasReserve: hasReserve)
        } catch {
            if hasReserve { Reserved.give() }
            throw error
        }
    }

    deinit {
        probe.remove()
        if hasReserve { Reserved.give() }
    }

    // MARK: what can be asked

    /// Sends an echo, and again each second until `timeLimit`.
    public func echo(to target: IPv6Address, hopLimit: UInt8 = 64, timeLimit: Duration = .seconds(2))
        async throws(ProbeFailure) -> EchoOutcome
    {
        try await ask { [address] in
            EchoInquiry(
                Target(client: address, address: target), hopLimit: hopLimit, timeLimit: timeLimit,
                random: RandomSource())
        } report: {
            $0.outcome
        }
    }

    /// Opens a TCP connection, and ends it at once if it comes about.
    public func connect(to target: IPv6Address, port: UInt16, timeLimit: Duration = .seconds(5))
        async throws(ProbeFailure) -> ConnectReport
    {
        try await ask { [address] in
            ConnectInquiry(
                Target(client: address, address: target), port: port, timeLimit: timeLimit, random: RandomSource())
        } report: {
            $0.report
        }
    }

    /// Asks all routers up to `maximumHops` (64 at most) at the same time who they are.
    public func trace(to target: IPv6Address, maximumHops: Int = 20, timeLimit: Duration = .seconds(3))
        async throws(ProbeFailure) -> TraceReport
    {
        try await ask { [address] in
            TraceInquiry(
                Target(client: address, address: target), maximumHops: maximumHops, timeLimit: timeLimit,
                random: RandomSource())
        } report: {
            $0.report
        }
    }

    /// Both at the same time; returns when the later of the two is done.
    public func connectAndTrace(
        to target: IPv6Address, port: UInt16, maximumHops: Int = 20, timeLimit: Duration = .seconds(5)
    ) async throws(ProbeFailure) -> (ConnectReport, TraceReport) {
        try await ask { [address] in
            let (target, random) = (Target(client: address, address: target), RandomSource())
            return Pair(
                ConnectInquiry(target, port: port, timeLimit: timeLimit, random: random),
                TraceInquiry(
                    target, maximumHops: maximumHops, timeLimit: min(timeLimit, .seconds(3)), random: random))
        } report: {
            ($0.first.report, $0.second.report)
        }
    }

    private func ask<Asked: Inquiry, Report: Sendable>(
        _ make: @escaping @Sendable () -> Asked, report: @escaping @Sendable (Asked) -> Report
    ) async throws(ProbeFailure) -> Report {
        let result = await OwnThread.run("probe") { [self] () -> Result<Report, ProbeFailure> in
            turn.withLock { _ in
                let inquiry = make()
                do throws(ProbeFailure) { try probe.carryOut(inquiry, for: address) } catch { return .failure(error) }
                return .success(report(inquiry))
            }
        }
        return try result.get()
    }

    /// An address that nobody has: of `network`, a /64 say, so that the client is treated as others there are; or of
    /// fd00::/8, where RFC 4193 section 3.1 wants 40 bits that "MUST be generated pseudo-randomly".
    public static func randomAddress(in network: IPPrefix?) -> IPv6Address {
        let random = RandomSource()
        guard let network, case .v6(let start) = network.address else {
            return IPv6Address(high: 0xfd << 56 | random.next() >> 8, low: random.next())
        }
        // A shift by all bits or more gives zero.
        let high = UInt64.max >> UInt64(network.length)
        let low = network.length > 64 ? UInt64.max >> UInt64(network.length - 64) : UInt64.max
        return IPv6Address(high: start.high | random.next() & high, low: start.low | random.next() & low)
    }
}

/// Two inquiries side by side.
final class Pair<First: Inquiry, Second: Inquiry>: Inquiry {
    let first: First
    let second: Second

    init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }

    var due: Duration? {
        guard let one = first.due, let other = second.due else { return first.due ?? second.due }
        return min(one, other)
    }

    func act(at time: Duration) -> [[UInt8]] { first.act(at: time) + second.act(at: time) }

    func receive(_ packet: HeardPacket, at time: Duration) -> [[UInt8]] {
        first.receive(packet, at: time) + second.receive(packet, at: time)
    }
}

/// A reserve's descriptor can be one device at a time.
private enum Reserved {
    private static let isTaken = Mutex(false)

    static func take() -> Bool {
        isTaken.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
    }

    static func give() { isTaken.withLock { $0 = false } }
}
