// Datagrams cut at random, in an order at random, both ways: what leaves is the same datagram. RFC 6146 section 3.4.

import NetAddress
import Testing
import Translator

@Suite("Fragments at random")
struct FragmentationTests {
    @Test("IPv6 to IPv4", arguments: [Conversation.udp, .tcp], [UInt64(1), 2])
    func sixToFour(_ conversation: Conversation, _ seed: UInt64) throws {
        var bench = PropertyBench(seed)
        for round in 0..<60 {
            let comment = Comment(rawValue: "seed \(seed), round \(round)")
            let (data, words) = bench.data(bench.number(20...6000))
            let id = bench.number(0...0xffff)
            let transport = "\(conversation.request(bench.number(1...65_535), 80)) \(words)"
            let pieces = try cut(&bench, 8 + data.count).map { from, to in
                try bench.build("ip6 client > server | frag6 id=\(id) octets=\(from)..\(to) | \(transport)")
            }
            var outputs: [[UInt8]] = []
            for piece in pieces { outputs += bench.handle(piece) }
            try check(outputs, data, id, largest: 65_535, comment)
        }
    }

    @Test("IPv4 to IPv6, none larger than 1280 octets", arguments: [Conversation.udp, .tcp], [UInt64(3), 4])
    func fourToSix(_ conversation: Conversation, _ seed: UInt64) throws {
        var bench = PropertyBench(seed)
        for round in 0..<60 {
            let comment = Comment(rawValue: "seed \(seed), round \(round)")
            let port = bench.number(1...65_535)
            let opening = bench.handle(try bench.build("ip6 client > server | \(conversation.request(port, 80))"))
            let mapped = PacketReading(try #require(opening.first, comment)).ports.source
            let (data, words) = bench.data(bench.number(20...6000))
            let id = bench.number(0...0xffff)
            let hasNone = conversation == .udp && bench.number(0...2) == 0
            let transport =
                "\(conversation.reply(mapped, 80)) \(hasNone ? "checksum=none" : "") \(words)"
            let pieces = try cut(&bench, 8 + data.count).map { from, to in
                try bench.build("ip4 server > public id=\(id) octets=\(from)..\(to) | \(transport)")
            }
            var outputs: [[UInt8]] = []
            for piece in pieces { outputs += bench.handle(piece) }
            try check(outputs, data, id, largest: 1280, comment)
        }
    }

    /// Where fragments begin and end, in any order. The last one may end behind the datagram: it is cut there.
    private func cut(_ bench: inout PropertyBench, _ length: Int) throws -> [(Int, Int)] {
        var places: Set<Int> = [0]
        // The first fragment holds a TCP header.
        for _ in 0..<bench.number(1...6) where length > 48 { places.insert(bench.number(3...(length / 8)) * 8) }
        let sorted = places.filter { $0 < length }.sorted()
        var result = zip(sorted, sorted.dropFirst() + [100_000]).map { ($0, $1) }
        result.shuffle(using: &bench.random)
        return result
    }

    private func check(
        _ outputs: [[UInt8]], _ data: [UInt8], _ id: Int, largest: Int, _ comment: Comment
    ) throws {
        let readings = outputs.map { PacketReading($0) }.sorted { $0.fragmentOffset < $1.fragmentOffset }
        let first = try #require(readings.first, comment)
        var whole: [UInt8] = []
        for reading in readings {
            try #require(reading.faults.isEmpty && reading.fragmentOffset == whole.count, comment)
            try #require(!reading.isFragment || reading.identification == id, comment)
            whole += reading.transport
        }
        #expect(outputs.allSatisfy { $0.count <= largest }, comment)
        let announced = readings.dropLast().allSatisfy { $0.hasMoreFragments }
        #expect(announced, comment)
        #expect(readings.last?.hasMoreFragments == false, comment)
        #expect(Array(whole.suffix(data.count)) == data, comment)
        let pseudo = ReferenceChecksum.pseudoHeader(
            source: first.source, destination: first.destination, proto: UInt8(first.proto), length: whole.count)
        #expect(ReferenceChecksum.sum(pseudo + whole) == 0xffff, comment)
    }
}
