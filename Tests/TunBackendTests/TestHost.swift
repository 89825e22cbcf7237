import Glibc
import HostNetwork
import NAT64Backend
import NetAddress
import Synchronization

@testable import TunBackend

/// Does with `ip` what HostNetwork does better; without namespaces (`isReal: false`), nothing. Fails where it is told to.
final class TestHost: Host {
    struct State {
        var applied: [HostRequest] = []
        var failure: BackendFailure?
        var undone = 0
        /// Somebody took back what was applied.
        var isChanged = true
    }

    let state = Mutex(State())

    static let addresses = ChosenAddresses(
        inner: IPv4Address("192.168.255.1")!, deviceNetwork: IPPrefix("fd00:64::/64")!)

    func change() { state.withLock { $0.isChanged = true } }
    func fail(_ failure: BackendFailure?) { state.withLock { $0.failure = failure } }
    var applied: [HostRequest] { state.withLock { $0.applied } }
    var undone: Int { state.withLock { $0.undone } }

    func chooseAddresses(avoiding avoided: [IPPrefix]) async throws(BackendFailure) -> ChosenAddresses {
        Self.addresses
    }
    func obstacles(to request: HostRequest) async -> [Obstacle] { [] }

    func plan(_ request: HostRequest, deviceIsOpen: Bool) async throws(BackendFailure) -> HostPlan {
        guard state.withLock({ $0.isChanged }) else { return HostPlan(steps: [], warnings: []) }
        return HostPlan(steps: [PlannedStep(command: "ip link set \(request.device) up", reason: "test")], warnings: [])
    }

    func apply(_ request: HostRequest) async throws(BackendFailure) -> [String] {
        let failure = state.withLock { state in
            state.applied.append(request)
            if state.failure == nil { state.isChanged = false }
            return state.failure
        }
        if let failure { throw failure }
        do {
            try carryOut(request)
        } catch { throw BackendFailure(.refused, "\(error)") }
        return []
    }

    private func carryOut(_ request: HostRequest) throws {
        let device = request.device
        for (path, value) in [
            ("/proc/sys/net/ipv4/ip_forward", "1"), ("/proc/sys/net/ipv6/conf/all/forwarding", "1"),
        ] {
            let file = open(path, O_WRONLY)
            _ = write(file, value, 1)
            close(file)
        }
        try Trial.ip("link set \(device) mtu \(request.mtu) up")
        guard case .v6(let network) = request.deviceNetwork.address else { return }
        try Trial.ip("address replace \(IPv6Address(high: network.high, low: 1))/64 dev \(device) nodad")
        try Trial.awaitAddress("fd000064000000000000000000000001")
        for prefix in request.prefixes { try Trial.ip("route replace \(prefix) dev \(device)") }
        for prefix in request.pool4 { try Trial.ip("route replace \(prefix) dev \(device)") }
        if let inner = request.inner { try Trial.ip("route replace \(inner)/32 dev \(device)") }
    }

    func recover() async throws(BackendFailure) -> [String] { [] }

    func undo() async throws(BackendFailure) { state.withLock { $0.undone += 1 } }
}

extension NAT64Plan {
    static let wellKnown = NAT64Plan(prefixes: [.wellKnown])
}

extension TransportAddress6 {
    init(_ text: String, _ port: UInt16) { self.init(IPv6Address(text)!, port) }
}

extension TransportAddress4 {
    init(_ text: String, _ port: UInt16) { self.init(IPv4Address(text)!, port) }
}
