// Random packets with right headers, and what came of them: for properties. A failure says the seed and the round; the same
// seed makes the same packets.

import NetAddress
import Packet
import Telemetry
import Testing
import Translator

/// A translator, a source of packets, and what to expect of both.
struct PropertyBench {
    let seed: UInt64
    var random: SeededRandom
    let translator: Translator
    var now = MonotonicTime(nanoseconds: 1_000_000_000_000)

    init(_ seed: UInt64, _ change: (inout TranslatorSettings) -> Void = { _ in }) {
        self.seed = seed
        random = SeededRandom(seed)
        var settings = PairSetup().settings
        settings.quota.sessions = 0
        settings.quota.ports = 0
        settings.sessionLimit = 20_000
        change(&settings)
        translator = Translator(settings: settings, seed: seed, now: now)
    }

    /// A packet from its notation.
    func build(_ text: String) throws -> [UInt8] {
        let block = PairBlock(head: PairLine(number: 0, text: "send: " + text))
        return try ReferenceBuilder(prefix: Pref64Prefix.wellKnown, variables: [:], isExpected: false)
            .packet(try Node.read(block)[...]).octets
    }

    mutating func handle(_ octets: [UInt8]) -> [[UInt8]] {
        now = now.advanced(byMilliseconds: 1)
        return TranslatorHarness.handle(octets, translator, now)
    }

    // MARK: random parts

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[number(0...(values.count - 1))] }

    mutating func octets(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) } }

    /// Small, odd and large ones, up to `limit`.
    mutating func size(_ limit: Int) -> Int { pick([0, 1, 2, number(0...64), number(0...limit), limit]) }

    func payload(_ octets: [UInt8]) -> String { octets.isEmpty ? "" : "| hex \(ReadingText.hex(octets))" }

    /// Random octets, and the words that stand for them in a packet.
    mutating func data(_ count: Int) -> (octets: [UInt8], words: String) {
        let seed = number(1...1_000_000)
        return (PacketImage.noise(count, seed: seed), "| noise \(count) seed=\(seed)")
    }

    /// A public IPv4 address that is nobody else's here.
    mutating func server() -> String { "\(number(11...99)).\(number(0...255)).\(number(0...255)).\(number(1...254))" }

    /// A number for each drop counter, and their sum.
    var drops: UInt64 {
        TranslatorCounter.allCases.filter(\.isDrop).reduce(0) { $0 + translator.counters.value(of: $1) }
    }
}

/// A transport header in the notation, for packets of one conversation.
enum Conversation: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case udp, tcp, icmp
    var testDescription: String { rawValue }

    func request(_ client: Int, _ server: Int) -> String {
        switch self {
        case .udp: "udp \(client) > \(server)"
        case .tcp: "tcp \(client) > \(server) flags=S"
        case .icmp: "icmp6 echo-request id=\(client) seq=\(server)"
        }
    }

    /// - Parameter mapped: the public port, or identifier.
    func reply(_ mapped: Int, _ server: Int) -> String {
        switch self {
        case .udp: "udp \(server) > \(mapped)"
        case .tcp: "tcp \(server) > \(mapped) flags=SA"
        case .icmp: "icmp4 echo-reply id=\(mapped) seq=\(server)"
        }
    }
}
