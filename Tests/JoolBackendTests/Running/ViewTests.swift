// Sessions, bindings and statistics as the protocol has them, and the changes that dns64ctl asks for.

import NAT64Backend
import NetAddress
import Testing

@testable import JoolBackend

@Suite struct ViewTests {
    private func running(_ plan: NAT64Plan = .sample()) async throws -> (Trial, JoolBackend) {
        let trial = try Trial()
        let backend = trial.backend()
        try await backend.apply(plan)
        return (trial, backend)
    }

    /// Three sessions of one binding, one of another, and one each of UDP and ICMP.
    private func talk(_ trial: Trial) {
        trial.edit { instance in
            for port in 1...3 {
                instance.talk(
                    "TCP", client: "2001:db8::2#5000", outside: "192.0.2.1#40001", remote: "198.51.100.80#\(port)")
            }
            instance.talk(
                "TCP", client: "2001:db8:1::3#6000", outside: "192.0.2.1#40002", state: "V4_FIN_V6_FIN_RCV")
            instance.talk("UDP", client: "2001:db8::2#5353", outside: "192.0.2.1#40003", expires: "0:04:55.000")
            instance.talk("ICMP", client: "2001:db8::2#77", outside: "192.0.2.1#40004", remote: "203.0.113.5#40004")
        }
    }

    @Test("all three protocols, each in its own way of being written")
    func sessions() async throws {
        let (trial, backend) = try await running()
        talk(trial)
        let sessions = try await backend.sessions(.all, after: nil, limit: 100).entries
        #expect(sessions.count == 6)
        let udp = try #require(sessions.first { $0.proto == .udp })
        #expect(udp.state == nil && udp.remainingSeconds == 295 && udp.public == TransportAddress4("192.0.2.1:40003"))
        #expect(udp.client.description == "[2001:db8::2]:5353" && udp.remote == TransportAddress4("198.51.100.80:443"))
        let icmp = try #require(sessions.first { $0.proto == .icmp })
        #expect(icmp.remainingSeconds == 241 && icmp.remote == TransportAddress4("203.0.113.5:40004"))
        #expect(Set(sessions.compactMap(\.state)) == ["established", "v4-fin-v6-fin-rcv"])
        let status = await backend.status()
        #expect(status.sessions == 6 && status.bindings == 4 && status.backend == "jool")
    }

    @Test("selections choose")
    func selections() async throws {
        let (trial, backend) = try await running()
        talk(trial)
        func count(_ change: (inout EntrySelection) -> Void) async throws -> Int {
            var selection = EntrySelection.all
            change(&selection)
            return try await backend.sessions(selection, after: nil, limit: 100).entries.count
        }
        #expect(try await count { $0.proto = .tcp } == 4)
        #expect(try await count { $0.client = IPPrefix("2001:db8:1::/64") } == 1)
        #expect(try await count { $0.remote = IPPrefix("203.0.113.0/24") } == 1)
        #expect(try await count { $0.publicPort = 40001 } == 3)
        #expect(try await count { $0.publicPrefix = IPPrefix("192.0.2.2/32") } == 0)
        #expect(
            try await count {
                $0.proto = .udp; $0.publicPort = 40001
            } == 0)
    }

    @Test("pages hold together, whatever happens in between")
    func pages() async throws {
        let (trial, backend) = try await running()
        talk(trial)
        let first = try await backend.sessions(.all, after: nil, limit: 4)
        #expect(first.entries.count == 4)
        trial.edit { $0.sessions = [] }
        let next = try #require(first.next)
        let second = try await backend.sessions(.all, after: next, limit: 4)
        #expect(second.entries.count == 2 && second.next == nil && Set(first.entries + second.entries).count == 6)
        for cursor in [next, "9.1", "", "x", "1", "1.x", "1.-1", "99999999999999999999.0", "1.2.3"] {
            let failure = await failure { () async throws(BackendFailure) in
                try await backend.sessions(.all, after: cursor, limit: 4)
            }
            #expect(failure?.kind == .invalid, "\(cursor)")
        }
        talk(trial)
        let page = try await backend.bindings(.all, after: nil, limit: 1)
        let cursor = try #require(page.next)
        let number = cursor.split(separator: ".")[0]
        #expect(try await backend.bindings(.all, after: "\(number).\(Int.max)", limit: .max).entries.isEmpty)
        #expect(try await backend.bindings(.all, after: cursor, limit: 0).entries.count == 1, "one at least")
    }

    @Test("a binding knows how many sessions it has")
    func bindings() async throws {
        var plan = NAT64Plan.sample()
        plan.staticBindings = [try .sample("192.0.2.1:45000")]
        let (trial, backend) = try await running(plan)
        talk(trial)
        let bindings = try await backend.bindings(.all, after: nil, limit: 100).entries
        let counts = Dictionary(uniqueKeysWithValues: bindings.map { ($0.public.port, $0.sessions) })
        #expect(counts == [40001: 3, 40002: 1, 40003: 1, 40004: 1, 45000: 0])
        #expect(bindings.filter(\.isStatic).map(\.public.port) == [45000])
    }

    @Test("Jool's counters come with meanings, and with what was lost")
    func statistics() async throws {
        let (_, backend) = try await running()
        let statistics = try await backend.statistics()
        #expect(statistics.first { $0.name == "received-6" }?.value == 12_021)
        #expect(statistics.first { $0.name == "drop-hop-limit" }?.value == 3)
        #expect(statistics.first { $0.name == "jool-sessions-lost" }?.value == 0)
        #expect(statistics.allSatisfy { !$0.meaning.isEmpty })
    }

    @Test("without a plan that holds there is nothing to show")
    func notRunning() async throws {
        let backend = try Trial().backend()
        let failures = [
            await failure { () async throws(BackendFailure) in try await backend.statistics() },
            await failure { () async throws(BackendFailure) in try await backend.sessions(.all, after: nil, limit: 1) },
            await failure { () async throws(BackendFailure) in try await backend.drop(.all) },
        ]
        #expect(failures.allSatisfy { $0?.kind == .notRunning })
        #expect(await backend.status().codes == ["not-running"])
    }

    // MARK: drop

    @Test("whole bindings go; those with static ones stay bound")
    func drop() async throws {
        var plan = NAT64Plan.sample()
        plan.staticBindings = [try .sample("192.0.2.1:45000")]
        let (trial, backend) = try await running(plan)
        talk(trial)
        trial.edit { $0.talk("TCP", client: "2001:db8::80#80", outside: "192.0.2.1#45000") }
        var selection = EntrySelection.all
        selection.client = IPPrefix("2001:db8::2/128")
        #expect(try await backend.drop(selection) == 5)
        #expect(trial.instance()?.sessions.count == 2)
        #expect(try await backend.drop(.all) == 2)
        #expect(trial.instance()?.sessions == [])
        #expect(trial.instance()?.bindings.map(\.outside) == ["192.0.2.1#45000"])
        #expect(trial.instance()?.bindings.first?.isStatic == true)
        #expect(try await backend.drop(.all) == 0)
    }

    @Test("some sessions of a binding can't be ended without the others: none is")
    func partial() async throws {
        let (trial, backend) = try await running()
        talk(trial)
        trial.edit { $0.talk("TCP", client: "2001:db8::2#5000", outside: "192.0.2.1#40001", remote: "203.0.113.1#1") }
        let before = trial.machine.jool
        var selection = EntrySelection.all
        selection.remote = IPPrefix("198.51.100.0/24")
        let failure = await failure { () async throws(BackendFailure) in try await backend.drop(selection) }
        #expect(failure?.kind == .invalid && failure?.message.contains("none was ended") == true)
        #expect(trial.machine.jool == before)
    }

    // MARK: static bindings by command

    @Test("bind and unbind")
    func bind() async throws {
        let (trial, backend) = try await running()
        let binding = try StaticBinding.sample("192.0.2.1:45000")
        try await backend.bind(binding)
        #expect(trial.instance()?.bindings.filter(\.isStatic).map(\.outside) == ["192.0.2.1#45000"])
        for other in [binding, try .sample("192.0.2.1:45000", port: 81), try .sample("192.0.2.1:45001")] {
            let failure = await failure { () async throws(BackendFailure) in try await backend.bind(other) }
            #expect(failure?.kind == .invalid && failure?.message.contains("is bound already") == true, "\(other)")
        }
        let far = try StaticBinding.sample("192.0.2.99:45000", port: 82)
        let outside = await failure { () async throws(BackendFailure) in
            try await backend.bind(far)
        }
        #expect(outside?.kind == .invalid && outside?.message.contains("not in pool4") == true)
        // It is a part of the plan that holds.
        trial.machine.with { $0.jool.instances = [:] }
        _ = await backend.status()
        #expect(await comes { await backend.status().health == .good })
        #expect(trial.instance()?.bindings.count == 1)
        try await backend.unbind(.tcp, binding.public)
        #expect(trial.instance()?.bindings.isEmpty == true)
        let gone = await failure { () async throws(BackendFailure) in try await backend.unbind(.tcp, binding.public) }
        #expect(gone?.kind == .invalid)
    }

    @Test("this host's own address in a binding is written out")
    func hostAddress() async throws {
        let (trial, backend) = try await running(NAT64Plan(prefixes: [.wellKnown]))
        try await backend.bind(try .sample("0.0.0.0:62000"))
        #expect(trial.instance()?.bindings.map(\.outside) == ["203.0.113.9#62000"])
        try await backend.unbind(.tcp, TransportAddress4("0.0.0.0:62000"))
        #expect(trial.instance()?.bindings.isEmpty == true)
    }
}
