// Whatever comes, nothing crashes, and everything that came is accounted for.

import NetAddress
import Packet
import Telemetry
import Testing
import Translator

@Suite("Hostile packets")
struct HostileInputTests {
    @Test("Octets at random are emitted, dropped for one reason, or kept", arguments: [UInt64(1), 2, 3, 4])
    func noise(_ seed: UInt64) throws {
        var bench = PropertyBench(seed)
        for round in 0..<3000 {
            var octets = bench.octets(bench.pick([bench.number(0...80), bench.number(0...1500)]))
            if !octets.isEmpty, round % 8 != 0 { octets[0] = octets[0] & 15 | (round % 2 == 0 ? 0x60 : 0x40) }
            try account(&bench, octets, "seed \(seed), round \(round)")
        }
    }

    @Test("Errors are limited (RFC 4443 section 2.4 (f)), but none of the first few is left out, and they come back")
    func errorRate() throws {
        var bench = PropertyBench(31)
        let packet = try bench.build("ip6 client > server hop=1 | udp 40000 > 53")
        let first = (0..<5).map { _ in bench.handle(packet).count }
        #expect(first.allSatisfy { $0 == 1 })
        let flood = (0..<20_000).reduce(0) { sum, _ in
            sum + TranslatorHarness.handle(packet, bench.translator, bench.now).count
        }
        #expect(flood < 10_000)
        bench.now = bench.now.advanced(byMilliseconds: 10_000)
        #expect(bench.handle(packet).count == 1)
    }

    @Test("An outbox that nobody empties is bounded: what it can't hold is counted")
    func fullOutbox() throws {
        var bench = PropertyBench(32)
        let opening = bench.handle(try bench.build("ip6 client > server | udp 40000 > 53"))
        let mapped = PacketReading(try #require(opening.first)).ports.source
        let large = try bench.build("ip4 server > public id=1 | udp 53 > \(mapped) | noise 60000")
        for _ in 0..<2000 where bench.translator.counters.value(of: .dropOutboxFull) == 0 {
            _ = TranslatorHarness.outputs(large, .none, bench.translator, bench.now, drains: false)
        }
        #expect(bench.translator.counters.value(of: .dropOutboxFull) > 0)
        #expect(!TranslatorHarness.drain(bench.translator).isEmpty)
        #expect(!bench.handle(large).isEmpty)
    }

    @Test("Good packets with octets changed, cut or lengthened", arguments: [UInt64(5), 6, 7, 8])
    func mutated(_ seed: UInt64) throws {
        var bench = PropertyBench(seed)
        let seeds = try Self.seeds.map { try bench.build($0) }
        for packet in seeds { _ = bench.handle(packet) }
        for round in 0..<4000 {
            var octets = bench.pick(seeds)
            for _ in 0..<bench.number(0...4) where !octets.isEmpty {
                octets[bench.number(0...(octets.count - 1))] = bench.octets(1)[0]
            }
            switch bench.number(0...5) {
            case 0: octets = Array(octets.prefix(bench.number(0...octets.count)))
            case 1: octets += bench.octets(bench.number(1...40))
            default: break
            }
            if round % 3 != 0 { Self.mend(&octets) }
            try account(&bench, octets, "seed \(seed), round \(round)")
        }
    }

    private static let seeds = [
        "ip6 client > server | udp 40000 > 53 | bytes 100", "ip6 client > server | tcp 40000 > 80 flags=S mss=1440",
        "ip6 client > server | icmp6 echo-request id=7 seq=1 | bytes 20",
        "ip6 client > server | hopopts | dstopts | routing | udp 40000 > 53 | bytes 10",
        "ip6 client > server | frag6 id=9 octets=0..64 | udp 40000 > 53 | bytes 100",
        "ip6 client > server | frag6 id=9 octets=64.. | udp 40000 > 53 | bytes 100",
        "ip6 client > server | icmp6 1/4 | { | ip6 server > client | udp 53 > 40000 | bytes 40 | }",
        "ip6 client > server | icmp6 3/0 | { | ip6 server > client | udp 53 > 40000 | bytes 40 | } | object 1/1 00010101",
        "ip6 client > public | udp 40000 > 40000 | bytes 9",
        "ip4 server > public | udp 53 > 40000 | bytes 100", "ip4 server > public | tcp 80 > 40000 flags=S mss=1460",
        "ip4 server > public | udp 53 > 40000 checksum=none | bytes 1400",
        "ip4 server > public opt=rr:4:0.0.0.0 opt=lsrr:8:1.2.3.4 | udp 53 > 40000 | bytes 10",
        "ip4 server > public id=9 octets=0..64 | udp 53 > 40000 | bytes 100",
        "ip4 server > public id=9 octets=64.. | udp 53 > 40000 | bytes 100",
        "ip4 server > public | icmp4 echo-reply id=7 seq=1 | bytes 20",
        "ip4 router4 > public | icmp4 3/4 mtu=1400 | { | ip4 public > server | udp 40000 > 53 | bytes 40 | }",
        "ip4 router4 > public | icmp4 11/0 | { | ip4 public > server | tcp 40000 > 80 | } | object 1/1 00010101",
    ]

    /// The IPv4 header's own checksum made right again, so that more than that is tried.
    private static func mend(_ octets: inout [UInt8]) {
        guard octets.count >= 20, octets[0] >> 4 == 4 else { return }
        let header = Int(octets[0] & 15) * 4
        guard header >= 20, header <= octets.count else { return }
        octets[10] = 0
        octets[11] = 0
        let sum = ReferenceChecksum.checksum(Array(octets[0..<header]))
        octets[10] = UInt8(sum >> 8)
        octets[11] = UInt8(sum & 255)
    }

    /// Emitted, or one drop, or kept as a fragment or SYN, or answered; and what left is well-formed as IP.
    private func account(_ bench: inout PropertyBench, _ octets: [UInt8], _ where: String) throws {
        func value(_ counter: TranslatorCounter) -> UInt64 { bench.translator.counters.value(of: counter) }
        let before = (
            drops: bench.drops, fragments: value(.fragmentsReceived), echo: value(.echoAnswered)
        )
        bench.now = bench.now.advanced(byMilliseconds: 1)
        let outputs = TranslatorHarness.outputs(octets, .none, bench.translator, bench.now)
        let dropped = bench.drops - before.drops
        let isFragment = value(.fragmentsReceived) > before.fragments
        // A SYN that came again is kept in the one that is kept already.
        let isSYN = octets.count > 33 && octets[0] == 0x45 && octets[9] == 6 && octets[33] & 2 != 0
        let isKept = isFragment || isSYN || value(.echoAnswered) > before.echo
        let comment = Comment(rawValue: "\(`where`): \(ReadingText.hex(octets))")
        try #require(isFragment || dropped <= 1, comment)
        try #require(dropped == 1 || isKept || !outputs.isEmpty, comment)
        for output in outputs {
            let faults = PacketReading(output.octets).faults.filter { $0.hasPrefix("ip") || $0.hasPrefix("version") }
            try #require(faults.isEmpty, comment)
        }
    }
}
