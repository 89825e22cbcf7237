// What the tables owe their limits and each other.

internal import NetAddress
internal import Telemetry
internal import Translator

enum TableRules {
    private struct Side: Hashable {
        var proto: TableProtocol
        var address: IPAddress
        var port: UInt16
    }

    private struct Subscriber: Hashable {
        var prefix: UInt64
        var proto: TableProtocol?
    }

    static func hold(_ translator: Translator, _ settings: TranslatorSettings, _ now: MonotonicTime) {
        let sessions = translator.sessions(from: 0, visits: .max, limit: .max, now: now) { _ in true }.found
        let bindings = translator.bindings(from: 0, visits: .max, limit: .max) { _ in true }.found
        expect(sessions.count == translator.sessionCount, "\(sessions.count) sessions of \(translator.sessionCount)")
        expect(bindings.count == translator.bindingCount, "\(bindings.count) bindings of \(translator.bindingCount)")
        expect(sessions.count <= settings.sessionLimit, "\(sessions.count) sessions")
        expect(bindings.count <= settings.sessionLimit, "\(bindings.count) bindings")
        hold(bindings, settings)
        hold(sessions, bindings, settings)
    }

    private static func hold(_ bindings: [BindingView], _ settings: TranslatorSettings) {
        var inside: Set<Side> = []
        var outside: Set<Side> = []
        var held: [Subscriber: Int] = [:]
        for binding in bindings {
            let mine = Side(proto: binding.proto, address: .v6(binding.client), port: binding.clientPort)
            let theirs = Side(proto: binding.proto, address: .v4(binding.publicAddress), port: binding.publicPort)
            expect(inside.insert(mine).inserted, "two bindings of \(mine)")
            expect(outside.insert(theirs).inserted, "two bindings to \(theirs)")
            expect(binding.isStatic || binding.sessionCount > 0, "a binding without a session: \(binding)")
            guard !binding.isStatic else { continue }
            expect(
                settings.pool4.contains {
                    $0.contains(binding.publicAddress) && $0.ports.contains(binding.publicPort)
                }, "a public port that is not the pool's: \(binding)")
            held[Subscriber(prefix: binding.client.high, proto: binding.proto), default: 0] += 1
        }
        for (subscriber, count) in held { expect(count <= settings.quota.ports, "\(count) ports of \(subscriber)") }
    }

    private static func hold(_ sessions: [SessionView], _ bindings: [BindingView], _ settings: TranslatorSettings) {
        var held: [Subscriber: Int] = [:]
        var counts: [Side: Int] = [:]
        var seen: Set<[UInt64]> = []
        for session in sessions {
            held[Subscriber(prefix: session.client.high), default: 0] += 1
            counts[Side(proto: session.proto, address: .v6(session.client), port: session.clientPort), default: 0] += 1
            expect(
                seen.insert([
                    UInt64(session.proto.rawValue), session.client.high, session.client.low,
                    UInt64(session.clientPort), UInt64(session.remote.rawValue), UInt64(session.remotePort),
                ]).inserted, "a session twice: \(session)")
            expect(
                settings.prefixes.contains { $0.extract(session.remote6) == session.remote },
                "a remote that is in no prefix: \(session)")
        }
        for binding in bindings {
            let side = Side(proto: binding.proto, address: .v6(binding.client), port: binding.clientPort)
            expect(counts[side] ?? 0 == binding.sessionCount, "\(counts[side] ?? 0) sessions of \(binding)")
            counts[side] = nil
        }
        expect(counts.isEmpty, "sessions without a binding: \(counts)")
        for (subscriber, count) in held {
            expect(count <= settings.quota.sessions, "\(count) sessions of \(subscriber)")
        }
    }
}
