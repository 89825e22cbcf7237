// `dns64ctl nat64 test`: one connection as a client's, from the name to the server's answer, and what to do where it ends.

internal import ControlProtocol
internal import DNSMessage
internal import DaemonConfig
internal import LinuxIO
internal import NAT64Backend
internal import NetAddress
internal import Probe
internal import TunDevice

extension Daemon {
    /// Goes the way off the main thread; answers within nine seconds.
    func test(_ what: NAT64TestRequest, _ reply: @escaping @Sendable (ControlResponse) -> Void) {
        guard let host = TestedHost(what.host), what.port != 0 else {
            let message = "\"\(what.host)\" port \(what.port) is no host to connect to: a name or an IPv4 address"
            return reply(.refused(Refusal(code: .invalid, message: message)))
        }
        let test = TranslatorTest(
            host: host, port: what.port, traces: what.trace, configuration: settings.configuration,
            listening: sockets.addresses, backend: translator?.backend, reserve: examinationRights.reserve)
        Task.detached { reply(.nat64(.test(await test.run()))) }
    }
}

/// What is to be reached.
enum TestedHost: Hashable, Sendable, CustomStringConvertible {
    case name(DomainName)
    case address4(IPv4Address)
    /// Of any kind; whether it holds an IPv4 address, the prefixes say.
    case address6(IPv6Address)

    init?(_ text: String) {
        if let address = IPv4Address(text) {
            self = .address4(address)
        } else if let address = IPv6Address(text) {
            self = .address6(address)
        } else if let name = DomainName(text), !name.isRoot {
            self = .name(name)
        } else {
            return nil
        }
    }

    var description: String {
        switch self {
        case .name(let name): name.description
        case .address4(let address): address.description
        case .address6(let address): address.description
        }
    }
}

/// The table of contents: each step is a function that says what it found, and one that fails ends it, as a rule.
struct TranslatorTest: Sendable {
    let host: TestedHost
    let port: UInt16
    let traces: Bool
    let configuration: Configuration
    /// Where dns64d is to be asked.
    let listening: [SocketAddress]
    /// nil: another machine translates.
    let backend: (any NAT64Backend)?
    /// For the client's device.
    let reserve: TunReserve?
    let began = ContinuousClock.now

    /// dns64ctl waits for ten seconds.
    static let timeLimit = Duration.milliseconds(8_500)

    func run() async -> NAT64TestReport {
        var report = NAT64TestReport(host: host.description, works: false, steps: [])
        let (naming, target) = await destination()
        report.steps += naming
        guard let target else { return report }
        let route = route(to: target)
        report.steps.append(route)
        // A translator that does not work is no reason to stop: the packets say more. But it may be why there is no route.
        report.steps.append(await translator())
        guard route.works else { return report }
        let connection = await connect(to: target)
        report.steps.append(connection.step)
        report.hops = connection.hops
        guard connection.step.works else { return report }
        if let session = connection.session { report.steps.append(session) }
        // A client that is given no such address gets nowhere, however well the translator works.
        report.works = naming.allSatisfy(\.works)
        return report
    }

    /// What is left of the time, and no more than `limit`.
    func time(_ limit: Duration, keeping rest: Duration = .zero) -> Duration {
        max(.milliseconds(200), min(limit, Self.timeLimit - began.duration(to: .now) - rest))
    }
}

/// An IPv4 host as clients know it.
struct TestedAddress: Hashable, Sendable {
    var address4: IPv4Address
    var address6: IPv6Address
    var prefix: Pref64
}
