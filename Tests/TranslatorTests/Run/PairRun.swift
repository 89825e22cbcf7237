// Plays one case against a translator of its own. Time stands still but where the case says otherwise.

import NetAddress
import Packet
import Telemetry
import Translator

/// A case on its way: the translator, and what it did that no line has told yet.
final class PairRun {
    private let setup: PairSetup
    private let translator: Translator
    private var now = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private var variables: [String: UInt64] = [:]
    private var sentPackets: [(name: String?, octets: [UInt8])] = []
    private var untoldPackets: [[UInt8]] = []
    private var untoldDrops: [TranslatorCounter: UInt64] = [:]
    private var lastWasSend = false

    init(_ setup: PairSetup) {
        self.setup = setup
        translator = Translator(settings: setup.settings, seed: 0x5eed, now: now)
    }

    func play(_ step: PairStep, _ line: PairLine) throws {
        var isSend = false
        if case .send = step { isSend = true }
        // Packets may be sent in a row; anything that came of them must be told before the next thing happens.
        if step.isEvent, !(isSend && lastWasSend) { try nothingUntold(line) }
        lastWasSend = isSend
        switch step {
        case .send(let name, let packet): try send(name, packet, line)
        case .expect(let isIPv6, let packet, let isOptional):
            try expect(isIPv6, packet, isOptional: isOptional, line)
        case .dropped(let wanted): try checkDrops(wanted, line)
        case .kept: try nothingUntold(line)
        case .wait(let milliseconds): wait(milliseconds)
        case .sessions(let wanted): try same("sessions", wanted, translator.sessionCount, line)
        case .bindings(let wanted): try same("bindings", wanted, translator.bindingCount, line)
        case .check(let check): try self.check(check, line)
        case .counted(let name, let wanted):
            guard let counter = TranslatorCounter.allCases.first(where: { $0.name == name }) else {
                throw line.failure("no counter is called \(name)")
            }
            try same(name, wanted, translator.counters.value(of: counter), line)
        case .bind(let binding): try bind(binding, line)
        }
    }

    func end(_ line: PairLine) throws { try nothingUntold(line) }

    // MARK: events

    private func send(_ name: String?, _ nodes: [Node], _ line: PairLine) throws {
        let image = try builder(isExpected: false).packet(nodes[...])
        guard image.holes.isEmpty else { throw line.failure("a packet that is sent must be written out") }
        sentPackets.append((name, image.octets))
        watchDrops { untoldPackets += TranslatorHarness.handle(image.octets, translator, now) }
    }

    private func wait(_ milliseconds: UInt64) {
        let end = now.advanced(byMilliseconds: milliseconds)
        let step: UInt64 = milliseconds > 10_000 ? 1000 : 250
        watchDrops {
            while now < end {
                now = min(end, now.advanced(byMilliseconds: step))
                translator.tick(now: now)
                untoldPackets += TranslatorHarness.drain(translator)
            }
        }
    }

    private func watchDrops(_ body: () -> Void) {
        let drops = TranslatorCounter.allCases.filter(\.isDrop)
        let before = drops.map(translator.counters.value)
        body()
        for (counter, value) in zip(drops, before) where translator.counters.value(of: counter) > value {
            untoldDrops[counter, default: 0] += translator.counters.value(of: counter) - value
        }
    }

    private func bind(_ binding: PairBinding, _ line: PairLine) throws {
        guard translator.bind(binding.settings) else { throw line.failure("the translator refused the binding") }
    }

    // MARK: what must have come

    private func builder(isExpected: Bool, fill: [Int: UInt64] = [:]) -> ReferenceBuilder {
        ReferenceBuilder(
            prefix: setup.prefix, variables: variables, fill: fill, isExpected: isExpected,
            sent: { [sentPackets] name in
                sentPackets.last { name == nil || $0.name == name }?.octets
            })
    }

    /// Any packet of that family that came and has not been told may be the one: RFC 6146 leaves the order open where
    /// packets were kept.
    private func expect(_ isIPv6: Bool, _ nodes: [Node], isOptional: Bool, _ line: PairLine) throws {
        let candidates = untoldPackets.indices.filter { (untoldPackets[$0].first ?? 0) >> 4 == (isIPv6 ? 6 : 4) }
        var closest: (expected: [UInt8], got: [UInt8])?
        for index in candidates {
            let expected = try matching(nodes, untoldPackets[index])
            if expected.octets == untoldPackets[index], let bound = Self.bound(expected.values) {
                variables.merge(bound) { $1 }
                untoldPackets.remove(at: index)
                return
            }
            if closest == nil { closest = (expected.octets, untoldPackets[index]) }
        }
        let wanted = try builder(isExpected: true).packet(nodes[...])
        if isOptional { return }
        guard let closest else {
            throw line.failure(
                "this packet did not come:\n\(ReadingText.sideBySide(expected: wanted.octets, got: []))\(others)")
        }
        throw line.failure(
            "another packet came\n\(ReadingText.sideBySide(expected: closest.expected, got: closest.got))\(others)")
    }

    /// The packet expected, its open fields filled with what came; and those values.
    private func matching(_ nodes: [Node], _ octets: [UInt8]) throws -> (octets: [UInt8], values: [(String?, UInt64)]) {
        let image = try builder(isExpected: true).packet(nodes[...])
        var fill: [Int: UInt64] = [:]
        for hole in image.holes { fill[hole.id] = hole.read(octets) ?? 0 }
        let filled = try builder(isExpected: true, fill: fill).packet(nodes[...])
        return (filled.octets, image.holes.map { ($0.variable, fill[$0.id] ?? 0) })
    }

    /// nil if one variable stands for two values.
    private static func bound(_ values: [(String?, UInt64)]) -> [String: UInt64]? {
        var result: [String: UInt64] = [:]
        for case (let name?, let value) in values {
            if let earlier = result[name], earlier != value { return nil }
            result[name] = value
        }
        return result
    }

    private func checkDrops(_ wanted: [String: UInt64], _ line: PairLine) throws {
        for name in wanted.keys where !TranslatorCounter.allCases.contains(where: { $0.name == name && $0.isDrop }) {
            throw line.failure("no counter of drops is called \(name)")
        }
        let got = Dictionary(uniqueKeysWithValues: untoldDrops.map { ($0.key.name, $0.value) })
        guard got == wanted else {
            throw line.failure("dropped: expected \(Self.text(wanted)), got \(Self.text(got))\(others)")
        }
        untoldDrops = [:]
    }

    private func nothingUntold(_ line: PairLine) throws {
        if let packet = untoldPackets.first {
            throw line.failure(
                "a packet came that no line told\n\(ReadingText.sideBySide(expected: [], got: packet))\(others)")
        }
        guard untoldDrops.isEmpty else { throw line.failure("a drop that no line told\(others)") }
    }

    /// What else is untold, for failures.
    private var others: String {
        let drops = untoldDrops.map { "\($0.key.name) x\($0.value)" }.sorted().joined(separator: ", ")
        return "\n    untold: \(untoldPackets.count) packets, drops: \(drops.isEmpty ? "none" : drops)"
    }

    private static func text(_ counts: [String: UInt64]) -> String {
        counts.isEmpty ? "nothing" : counts.map { "\($0.key) x\($0.value)" }.sorted().joined(separator: ", ")
    }

    private func same<Value: Equatable>(_ what: String, _ wanted: Value, _ got: Value, _ line: PairLine) throws {
        guard wanted == got else { throw line.failure("\(what): expected \(wanted), got \(got)") }
    }

    private func check(_ check: PairCheck, _ line: PairLine) throws {
        guard let value = variables[check.variable] else {
            throw line.failure("nothing is known of $\(check.variable)")
        }
        func other(_ text: String) throws -> UInt64 {
            if let octets = AddressNames.ipv4(text), text.contains(where: { !$0.isNumber }) {
                return octets.reduce(0) { $0 << 8 | UInt64($1) }
            }
            guard let other = text.hasPrefix("$") ? variables[String(text.dropFirst())] : UInt64(text) else {
                throw line.failure("nothing is known of \(text)")
            }
            return other
        }
        let holds =
            switch check.condition {
            case .even: value % 2 == 0
            case .odd: value % 2 == 1
            case .within(let range): range.contains(value)
            case .equal(let text): try value == other(text)
            case .different(let text): try value != other(text)
            }
        guard holds else { throw line.failure("$\(check.variable) is \(value)") }
    }
}
