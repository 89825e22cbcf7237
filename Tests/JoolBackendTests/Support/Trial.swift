// A backend on a machine in memory, with files of its own.

import Foundation
import NAT64Backend
import NetAddress
import Synchronization
import Testing

@testable import JoolBackend

final class Trial: Sendable {
    let machine = FakeMachine()
    let folder: String
    private let changed = Mutex(JoolBackend.Options())
    private let said = Mutex<[String]>([])

    /// The looks of a backend come by themselves only where a test asks for it; `status` looks, too.
    init(_ change: (inout JoolBackend.Options) -> Void = { _ in }) throws {
        var template = Array("/tmp/dns64d-jool-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        machine.with { state in
            state.facts.addresses = [IPv4Address(203, 0, 113, 9)]
            state.facts.primary = IPv4Address(203, 0, 113, 9)
        }
        let (file, instances) = ("\(folder)/jool.json", "\(folder)/jool.instances")
        changed.withLock { options in
            options.stateFile = file
            options.instancesFile = instances
            options.watchInterval = .seconds(3600)
            // Never for want of a processor; a hung program of the fake machine takes 20 ms.
            options.lookLimit = .seconds(20)
            options.repairDelay = .milliseconds(100)
            options.report = { [weak self] text in self?.said.withLock { $0.append(text) } }
        }
        self.change(change)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// For backends that are made from here on.
    func change(_ change: (inout JoolBackend.Options) -> Void) { changed.withLock { change(&$0) } }

    func backend() -> JoolBackend { JoolBackend(options: changed.withLock { $0 }, machine: machine) }

    var reports: [String] { said.withLock { $0 } }

    func instance(_ name: String = "dns64d") -> FakeJool.Instance? { machine.jool.instances[name] }

    func edit(_ name: String = "dns64d", _ body: @Sendable (inout FakeJool.Instance) -> Void) {
        machine.with { state in
            if var instance = state.jool.instances[name] {
                body(&instance)
                state.jool.instances[name] = instance
            }
        }
    }

    /// Which instances are noted as ours; nil: there is no note.
    var noted: Set<String>? { (try? OwnInstancesFile(path: "\(folder)/jool.instances").load())?.names }

    var noteText: String {
        get { (try? String(contentsOfFile: "\(folder)/jool.instances", encoding: .utf8)) ?? "" }
        set { try? newValue.write(toFile: "\(folder)/jool.instances", atomically: true, encoding: .utf8) }
    }
}

extension NAT64Plan {
    /// With a pool4 that is not the host's own.
    static func sample(_ pool4: String..., prefix: String = "64:ff9b::/96") -> NAT64Plan {
        var plan = NAT64Plan(prefixes: [prefix].compactMap { IPPrefix($0).flatMap { try? Pref64($0) } })
        plan.pool4 = (pool4.isEmpty ? ["192.0.2.1 40000-49999"] : pool4).compactMap(Pool4Range.init(text:))
        return plan
    }
}

extension TransportAddress4 {
    init(_ text: String) {
        let parts = text.split(separator: ":")
        self.init(IPv4Address(String(parts[0])) ?? IPv4Address(rawValue: 0), UInt16(parts[1]) ?? 0)
    }
}

extension StaticBinding {
    static func sample(_ outside: String, client: String = "2001:db8::80", port: UInt16 = 80) throws -> StaticBinding {
        StaticBinding(
            proto: .tcp, client: TransportAddress6(try #require(IPv6Address(client)), port),
            public: TransportAddress4(outside))
    }
}

extension BackendStatus {
    /// Codes of what is wrong; none if it is good.
    var codes: [String] { reasons.map(\.code) }

    var reasons: [HealthReason] { if case .bad(let reasons) = health { reasons } else { [] } }
}

/// What a call throws; nil: nothing.
func failure<Value>(_ body: () async throws(BackendFailure) -> Value) async -> BackendFailure? {
    do throws(BackendFailure) {
        _ = try await body()
        return nil
    } catch { return error }
}

/// Waits for what another task is to bring about.
func comes(within limit: Duration = .seconds(5), _ condition: () async -> Bool) async -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return await condition()
}
